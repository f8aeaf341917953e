// Labels for a model without an encoder: a judge, a network that was taught on labelled data, looks at what the model makes of draws from
// the prior. A draw is its seed, so only seeds and labels are kept.
import type { Attribute } from '#shared/attributes';
import type { Judge } from '../datasets/judge';
import { latentOfSeed } from '#shared/random';
import type { OpenModel } from '../open-model';
import type { Progress } from './label-data';
import type { Labelling } from './labelled';

const AT_ONCE = 128;

/** Of seeds `seed`, `seed + 1`, …; the attributes are those that the judge reads. */
export async function labelSamples(
  model: OpenModel,
  judge: Judge,
  attributes: readonly Attribute[],
  { count, seed, by }: { readonly count: number; readonly seed: number; readonly by: string },
  onProgress: Progress = () => undefined,
): Promise<Labelling> {
  const { latent } = model.info;
  const read = attributes.filter(({ name }) => judge.scales.some((scale) => scale.name === name));
  const values = new Float32Array(count * read.length);
  const seeds = Int32Array.from({ length: count }, (_, row) => seed + row);
  for (let from = 0; from < count; from += AT_ONCE) {
    const rows = Math.min(AT_ONCE, count - from);
    const z = new Float32Array(rows * latent.size);
    for (let row = 0; row < rows; row++)
      z.set(latentOfSeed(seeds[from + row]!, latent.size, latent.prior), row * latent.size);
    const { factors } = judge.read(await judgedPictures(model, z, rows));
    read.forEach(({ name }, column) => {
      for (let row = 0; row < rows; row++) values[(from + row) * read.length + column] = factors[name]![row]!;
    });
    onProgress(from + rows, count);
  }
  return { table: { attributes: read, count, values }, mu: null, seeds, by };
}

/** Decoded pictures as a judge takes them. // [count, height, width, channels] in [0, 1] */
export async function judgedPictures(
  model: OpenModel,
  z: Float32Array,
  count: number,
): Promise<Float32Array> {
  const { channels } = model.info.output;
  const { rgba, width, height } = await model.decode(z, count);
  const values = new Float32Array(count * width * height * channels);
  for (let pixel = 0; pixel < count * width * height; pixel++)
    for (let channel = 0; channel < channels; channel++)
      values[pixel * channels + channel] = rgba[pixel * 4 + channel]! / 255;
  return values;
}
