// A pack of a few numbers whose truth is known: z of 6 numbers -> 4 x 4 x 3 through one dense layer with batch norm, labels along axes.
import * as tf from '@tensorflow/tfjs';
import { join } from 'node:path';
import { mixSeed, seededRandom } from '#shared/random';
import type { Attribute } from '#shared/attributes';
import { labelFile, labelParts, type Labelling } from '#engine/attributes/labelled';
import { encodeNetwork } from '#engine/network-file';
import { writePack, type Pack } from '#engine/pack';
import { fromLayersModel } from '#engine/tf-network';

export const SIZE = 6;

const either = (name: string, low: string, high: string): Attribute => ({
  name,
  title: name,
  ranges: { low: [-9, -0.3], middle: null, high: [0.3, 9] },
  words: { low: [low], middle: [], high: [high] },
});

/** smile is z0; gender is z1, and hair follows it with correlation rho along z2. */
export function tinyLabelling(count: number, rho: number): Labelling {
  const attributes = [
    either('smile', 'neutral', 'smiling'),
    either('gender', 'man', 'woman'),
    either('hair', 'short hair', 'long hair'),
  ];
  const mu = new Float32Array(count * SIZE);
  const values = new Float32Array(count * 3);
  for (let row = 0; row < count; row++) {
    const { normal } = seededRandom(mixSeed(5, row));
    const z = Float32Array.from({ length: SIZE }, normal);
    z[2] = rho * z[1]! + Math.sqrt(1 - rho * rho) * z[2]!;
    mu.set(z, row * SIZE);
    values.set([z[0]!, z[1]!, z[2]!], row * 3);
  }
  return { table: { attributes, count, values }, mu, seeds: null, by: 'a test' };
}

/** Weights of the first layer grow by coordinate, so that the largest factor is the last. */
export function tinyGenerator(): tf.LayersModel {
  const kernel = tf.tensor2d(
    Array.from({ length: SIZE * 48 }, (_, at) => {
      const [row, unit] = [Math.floor(at / 48), at % 48];
      return unit % SIZE === row ? 0.2 * (row + 1) : 0;
    }),
    [SIZE, 48],
  );
  const dense = tf.layers.dense({ units: 48, inputShape: [SIZE], name: 'first' });
  const norm = tf.layers.batchNormalization({ name: 'norm' });
  const model = tf.sequential({
    layers: [
      dense,
      norm,
      tf.layers.activation({ activation: 'sigmoid', name: 'squash' }),
      tf.layers.reshape({ targetShape: [4, 4, 3], name: 'picture' }),
    ],
  });
  dense.setWeights([kernel, tf.zeros([48])]);
  // gamma 2 and variance 1/4 make every unit's scale 4, but for epsilon
  norm.setWeights([tf.fill([48], 2), tf.zeros([48]), tf.zeros([48]), tf.fill([48], 0.25)]);
  return model;
}

export async function tinyPack(home: string, id: string, labelling: Labelling | null): Promise<Pack> {
  const files = new Map([['generator.safetensors', encodeNetwork(fromLayersModel(tinyGenerator()))]]);
  if (labelling !== null) files.set('labels.safetensors', labelFile(labelling, SIZE));
  return writePack(join(home, 'models', id), {
    manifest: {
      id,
      title: id,
      family: 'vae',
      generator: { file: 'generator.safetensors', format: 'latentscape-network/1' },
      latent: { size: SIZE, prior: { kind: 'normal' } },
      output: { height: 4, width: 4, channels: 3, range: [0, 1], layout: 'NHWC' },
      ...(labelling === null ? {} : labelParts(labelling, 'labels.safetensors', [])),
      licence: 'MIT',
      provenance: 'made by a test',
    },
    files,
  });
}
