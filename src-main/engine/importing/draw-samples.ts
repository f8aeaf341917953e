/** The 16 pictures by which a person judges whether a contract is right. */
import type { GeneratorContract, Samples } from '#shared/importing';
import { AppError } from '#shared/errors';
import type { Generator } from '../generator';
import { floatsToRgba } from '../pictures';
import { latentsOf } from './probe';

export const SAMPLE_COUNT = 16;

/** Without a class they are spread over all that there are. */
export async function drawSamples(
  generator: Generator,
  { latent, condition, picture }: GeneratorContract,
  seed: number,
  wanted?: number,
): Promise<Samples> {
  if (wanted !== undefined && wanted >= (condition?.size ?? 0)) {
    throw new AppError({
      code: 'input/condition',
      headline: condition === null ? 'This model takes no class' : 'There is no such class',
      cause: condition === null ? undefined : `${wanted}, the last is ${condition.size - 1}`,
      remedy: 'choose another class, or none',
    });
  }
  const z = latentsOf(seed, SAMPLE_COUNT, generator.size, latent.prior);
  const each = picture.height * picture.width * picture.channels;
  let values: Float32Array;
  if (condition === null || wanted !== undefined) {
    values = await generator.decode(z, SAMPLE_COUNT, wanted);
  } else {
    values = new Float32Array(SAMPLE_COUNT * each);
    for (let at = 0; at < SAMPLE_COUNT; at++) {
      const classOf = Math.floor((at * Math.min(condition.size, SAMPLE_COUNT)) / SAMPLE_COUNT);
      const one = await generator.decode(
        z.subarray(at * generator.size, (at + 1) * generator.size),
        1,
        classOf,
      );
      values.set(one, at * each);
    }
  }
  const { width, height, channels, range } = picture;
  const { rgba, notNumbers } = floatsToRgba(values, {
    width,
    height,
    channels,
    range,
    layout: generator.order,
  });
  const notes = notNumbers === 0 ? [] : [`${notNumbers} values are no numbers and are shown as 0.`];
  const clipped = values.filter((value) => value < range[0] || value > range[1]).length / values.length;
  if (clipped > 0.2)
    notes.push(`${Math.round(clipped * 100)} % of the values lie outside the range and are cut.`);
  return {
    pictures: { count: SAMPLE_COUNT, width, height, rgba },
    values: extent(values),
    notes,
  };
}

function extent(values: Float32Array): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}
