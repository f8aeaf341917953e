/** Every format that is opened. Found in this order, so that what is run fastest and most surely comes first. */
import type { Loader } from './loader';
import { onnxLoader } from './onnx';
import { savedModelLoader } from './saved-model';
import { packLoader } from './pack-source';
import { safetensorsLoader } from './safetensors-model';
import { tfjsGraphLoader } from './tfjs-graph';

export const LOADERS: readonly Loader[] = [
  packLoader,
  onnxLoader,
  safetensorsLoader,
  tfjsGraphLoader,
  savedModelLoader,
];
