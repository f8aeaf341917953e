/** Between our own network files and TensorFlow.js models. Weights are matched by layer and name, never by order. */
import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import { registerCustomLayers } from './custom-layers';
import type { Network, Weight } from './network-file';
import { parseTopology, weightSpecs } from './topology';

export function fromLayersModel(model: tf.LayersModel): Network {
  const topology = model.toJSON(null, true) as string;
  const weights = new Map<string, Weight>();
  for (const layer of model.layers) {
    layer.weights.forEach((variable, at) => {
      const tensor = layer.getWeights()[at];
      if (tensor === undefined) return;
      weights.set(weightName(layer, variable), {
        shape: tensor.shape,
        data: Float32Array.from(tensor.dataSync()),
      });
    });
  }
  return { topology, weights };
}

/** The topology is checked before TensorFlow.js sees it; see topology.ts. */
export async function toLayersModel(network: Network): Promise<tf.LayersModel> {
  weightSpecs(parseTopology(network.topology));
  registerCustomLayers();
  const modelTopology = JSON.parse(network.topology) as tf.io.ModelJSON['modelTopology'];
  const model = await built(() => tf.loadLayersModel(tf.io.fromMemory({ modelTopology })));
  try {
    setWeights(model, network.weights);
  } catch (error) {
    disposeLayersModel(model);
    throw error;
  }
  return model;
}

/** What TensorFlow.js refuses after all is the network's fault, and leaves none of its weights behind. */
async function built(build: () => Promise<tf.LayersModel>): Promise<tf.LayersModel> {
  const { registeredVariables } = tf.engine();
  const before = new Set(Object.keys(registeredVariables));
  try {
    return await build();
  } catch (error) {
    const made = Object.entries(registeredVariables).filter(([name]) => !before.has(name));
    tf.dispose(made.map(([, variable]) => variable));
    throw new AppError({
      code: 'model/topology',
      headline: 'The network cannot be built',
      where: 'its topology',
      cause:
        error instanceof Error
          ? (error.message.split('\n')[0] ?? error.name).slice(0, 200)
          : 'no reason is given',
      remedy: 'get or export the file again',
    });
  }
}

/** `model.dispose()` counts the uses of a layer and so keeps the weights of one that is used twice. */
export function disposeLayersModel(model: tf.LayersModel): void {
  const variables = model.getWeights();
  model.dispose();
  tf.dispose(variables.filter((variable) => !variable.isDisposed));
}

function setWeights(model: tf.LayersModel, weights: ReadonlyMap<string, Weight>): void {
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    tf.tidy(() => {
      layer.setWeights(
        layer.weights.map((variable) => {
          const name = weightName(layer, variable);
          const weight = weights.get(name);
          if (weight === undefined) {
            throw new AppError({
              code: 'model/weights',
              headline: 'A weight of the network is missing',
              where: name,
            });
          }
          // A copy: TensorFlow may keep the array that it is given.
          return tf.tensor(weight.data.slice(), [...weight.shape], 'float32');
        }),
      );
    });
  }
}

/** TensorFlow.js makes names unique across a process ("dense_1/kernel_3"); ours only need the layer and the role. */
function weightName(layer: tf.layers.Layer, variable: { readonly originalName: string }): string {
  return `${layer.name}/${variable.originalName.slice(variable.originalName.lastIndexOf('/') + 1)}`;
}
