// Every format that strangers' files come in, with what is made of it.
import * as bases from './bases';
import type { Format } from './corpus';
import { graphModelRecipes } from './recipes/graph-model';
import { hdf5Recipes } from './recipes/hdf5';
import { modelJsonRecipes } from './recipes/model-json';
import { onnxRecipes } from './recipes/onnx';
import { packRecipes, pictureRecipes, savedModelRecipes } from './recipes/others';
import { projectBase, projectRecipes } from './recipes/project';
import { safetensorsRecipes } from './recipes/safetensors';
import { kerasRecipes, zipRecipes } from './recipes/zip';

const BYTES = 3;
const JSON_TEXT = 24;

const model = (name: string, memory: number, base: Format['base'], recipes: Format['recipes']): Format => ({
  ...{ name, way: 'model', memory, base, recipes },
});

export const FORMATS: readonly Format[] = [
  model('tfjs-layers', JSON_TEXT, bases.tfjsLayers, modelJsonRecipes),
  model('tfjs-graph', JSON_TEXT, bases.tfjsGraph, graphModelRecipes),
  model('safetensors', JSON_TEXT, bases.safetensors, safetensorsRecipes),
  model('keras-h5', BYTES, bases.h5, hdf5Recipes('latest')),
  model('keras-h5-early', BYTES, bases.h5Early, hdf5Recipes('earliest')),
  model('keras-v3', BYTES, bases.keras, kerasRecipes),
  model('zip', BYTES, bases.zip, zipRecipes),
  model('onnx', BYTES, bases.onnx, onnxRecipes),
  model('saved-model', BYTES, bases.savedModel, savedModelRecipes),
  model('pack', JSON_TEXT, bases.pack, packRecipes),
  { name: 'picture', way: 'picture', memory: BYTES, base: bases.png, recipes: pictureRecipes },
  { name: 'project', way: 'project', memory: JSON_TEXT, base: projectBase, recipes: projectRecipes },
];
