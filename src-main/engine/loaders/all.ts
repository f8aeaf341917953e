/** Every format that is opened. Found in this order, so that what is run fastest and most surely comes first. */
import { kerasH5Loader } from './keras-h5';
import { kerasV3Loader } from './keras-v3';
import type { Loader } from './loader';
import { onnxLoader } from './onnx';
import { savedModelLoader } from './saved-model';
import { packLoader } from './pack-source';
import { safetensorsLoader } from './safetensors-model';
import { tfjsGraphLoader } from './tfjs-graph';
import { tfjsLayersLoader } from './tfjs-layers';

export const LOADERS: readonly Loader[] = [
  packLoader,
  onnxLoader,
  safetensorsLoader,
  kerasV3Loader,
  kerasH5Loader,
  tfjsLayersLoader,
  tfjsGraphLoader,
  savedModelLoader,
];
