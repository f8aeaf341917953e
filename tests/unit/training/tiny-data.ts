// A data set that takes milliseconds: 8 x 8 bars, vertical or horizontal, at a seeded place and brightness.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '#shared/random';
import { parseTrainConfig, type ConfigOf } from '#engine/training/train-config';

export function idxFile(sizes: readonly number[], values: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  bytes.set([0, 0, 0x08, sizes.length]);
  sizes.forEach((size, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, size));
  bytes.set(values, 4 + 4 * sizes.length);
  return bytes;
}

export async function writeBars(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [part, count] of [
    ['train', 100],
    ['t10k', 24],
  ] as const) {
    const random = seededRandom(count);
    const pixels = new Uint8Array(count * 64);
    const labels = new Uint8Array(count);
    for (let picture = 0; picture < count; picture++) {
      const [vertical, place, light] = [random.integer(2), random.integer(8), 128 + random.integer(128)];
      labels[picture] = vertical;
      for (let i = 0; i < 8; i++) pixels[picture * 64 + (vertical ? i * 8 + place : place * 8 + i)] = light;
    }
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), idxFile([count, 8, 8], pixels));
    await writeFile(join(folder, `${part}-labels-idx1-ubyte`), idxFile([count], labels));
  }
}

export const barsConfig = (changes: Partial<ConfigOf<'vae'>> = {}): ConfigOf<'vae'> =>
  parseTrainConfig({
    id: 'bars',
    title: 'Bars',
    family: 'vae',
    data: { name: 'Bars', classNames: ['horizontal', 'vertical'], source: 'generated', licence: 'none' },
    model: {
      height: 8,
      width: 8,
      channels: 1,
      latentSize: 2,
      encoder: { kind: 'conv', filters: [4], units: [8] },
      decoder: { kind: 'conv', filters: [4, 4], units: [8] },
      activation: 'swish',
      likelihood: { kind: 'bernoulli' },
    },
    seed: 5,
    epochs: 3,
    batchSize: 16,
    learningRate: { schedule: 'cosine', peak: 5e-3, floor: 1e-4 },
    clipNorm: 50,
    beta: 1,
    klWarmUpSteps: 4,
    validationCount: 20,
    checkpointSteps: 3,
    ...changes,
  }) as ConfigOf<'vae'>;
