/**
 * What an encoder's ports mean, told by a round trip: pictures of known z are encoded, and the reading under which their z
 * come back is the right one. That decides layout, range, and which output is mu, all at once.
 */
import { AppError } from '#shared/errors';
import { PICTURE_LAYOUTS, type EncoderContract, type Guess, type TensorPort } from '#shared/importing';
import { createEncoder } from '../encoder';
import type { NetworkRunner } from '../network-runner';
import { pictureShape, type PictureSize } from '../picture-order';

export interface RoundTrip {
  readonly z: Float32Array; // [count, latent]
  /** Bytes, channels last. // [count, height, width, channels] */
  readonly pictures: Uint8Array;
  readonly count: number;
}

export interface UnderstoodEncoder {
  readonly contract: EncoderContract;
  readonly guesses: readonly Guess[];
  /** How much of z comes back: the mean correlation over the dimensions that the encoder uses. */
  readonly agreement: number;
  /** Every mu, of the round trip's pictures. // [count, latent] */
  readonly mu: Float32Array;
}

export interface Partner {
  readonly latent: number;
  readonly picture: PictureSize;
  readonly range: readonly [number, number];
}

const RANGES: readonly (readonly [number, number])[] = [
  [0, 1],
  [-1, 1],
  [0, 255],
];

/** @throws AppError model/not-an-encoder where it does not go with the generator. */
export async function understandEncoder(
  runner: NetworkRunner,
  partner: Partner,
  trip: RoundTrip,
): Promise<UnderstoodEncoder> {
  const [input] = runner.inputs;
  if (input === undefined || runner.inputs.length > 1) {
    throw notTheEncoder(`it takes ${runner.inputs.length} inputs, and only a picture can be given`);
  }
  const heads = headsOf(runner.outputs, partner.latent);
  const layouts = layoutsOf(input, partner.picture);
  if (layouts.length === 0)
    throw notTheEncoder(
      `it reads [${input.shape.map((side) => side ?? 'open').join(', ')}], which is another size than the pictures have`,
    );
  const same = ([low, high]: readonly [number, number]): boolean =>
    low === partner.range[0] && high === partner.range[1];
  const ranges = [partner.range, ...RANGES.filter((range) => !same(range))];
  let best: Omit<UnderstoodEncoder, 'guesses'> | null = null;
  let failed: AppError | null = null;
  for (const layout of layouts) {
    for (const range of ranges) {
      for (const { mu, logVar } of heads) {
        const contract: EncoderContract = {
          input: input.name,
          layout,
          range,
          batch: batchOf(input),
          mu,
          logVar,
        };
        try {
          const encoded = await createEncoder(runner, contract, {
            picture: partner.picture,
            latent: partner.latent,
          }).encode(trip.pictures, trip.count);
          const agreement = correlation(trip.z, encoded.mu, trip.count);
          // the generator's own range comes first: another must be clearly better
          if (best === null || agreement > best.agreement + 0.02)
            best = { contract, agreement, mu: encoded.mu };
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          failed ??= error;
        }
      }
    }
  }
  if (best === null) throw failed ?? notTheEncoder('it gives nothing that could be the latent');
  const returns = `Pictures of known z come back with a correlation of ${best.agreement.toFixed(2)}`;
  const certain = best.agreement > 0.5;
  return {
    ...best,
    guesses: [
      {
        field: 'encoder',
        certain,
        why: certain
          ? `${returns}.`
          : `${returns}; it may belong to another generator, or read pictures in another way.`,
      },
    ],
  };
}

type Head = Pick<EncoderContract, 'mu' | 'logVar'>;

/** Which outputs could be mu, and where logVar would be then. */
function headsOf(outputs: readonly TensorPort[], latent: number): readonly Head[] {
  const widthOf = ({ shape }: TensorPort): number | null => {
    const row = shape.length <= 1 ? shape : shape.slice(1);
    return row.includes(null) ? null : row.reduce<number>((total, side) => total * (side ?? 1), 1);
  };
  const whole = outputs.filter((port) => widthOf(port) === latent || widthOf(port) === null);
  const double = outputs.filter((port) => widthOf(port) === 2 * latent);
  const heads: Head[] = whole.map(({ name }) => {
    const rest = whole.filter((other) => other.name !== name);
    const variance = rest.find((other) => /log|var|sigma|std/i.test(other.name)) ?? rest[0];
    return { mu: name, logVar: variance === undefined ? null : { kind: 'output', output: variance.name } };
  });
  for (const { name } of double) {
    heads.push({ mu: name, logVar: { kind: 'half' } });
    // some write logVar first; the round trip tells
    heads.push({ mu: name, logVar: { kind: 'half', half: 'first' } });
  }
  if (heads.length > 0) return heads;
  const widths = outputs.map((port) => widthOf(port) ?? '?').join(' and ');
  throw notTheEncoder(`it gives ${widths} numbers for a picture, and the latent has ${latent}`);
}

function batchOf({ shape }: TensorPort): EncoderContract['batch'] {
  return shape.length <= 1 || shape.length === 0 ? 'none' : (shape[0] ?? 'any');
}

/** Layouts whose shape fits the input. */
function layoutsOf({ shape }: TensorPort, picture: PictureSize): readonly EncoderContract['layout'][] {
  const fits = PICTURE_LAYOUTS.filter((layout) => {
    if (picture.channels > 1 && (layout === 'NHW' || layout === 'HW')) return false;
    const needed = pictureShape(layout, picture, 1, shape.length === 2);
    if (needed.length !== shape.length) return false;
    const batched = layout.startsWith('N') || (layout.startsWith('flat') && shape.length === 2);
    return needed.every((side, at) => (batched && at === 0) || shape[at] === null || shape[at] === side);
  });
  if (picture.channels > 1) return fits;
  // one channel: first and last are the same numbers
  return fits.filter((layout) => layout !== 'flat-channels-first');
}

/** Mean over the dimensions of the correlation of z with what came back; dimensions that do not move count as 0 on both sides. */
export function correlation(z: Float32Array, mu: Float32Array, count: number): number {
  const size = z.length / count;
  let sum = 0;
  let moving = 0;
  for (let dimension = 0; dimension < size; dimension++) {
    const one = Array.from({ length: count }, (_, row) => z[row * size + dimension] ?? 0);
    const other = Array.from({ length: count }, (_, row) => mu[row * size + dimension] ?? 0);
    const [a, b] = [centred(one), centred(other)];
    const norm = Math.sqrt(dot(a, a) * dot(b, b));
    if (!(norm > 1e-9)) continue;
    moving++;
    sum += dot(a, b) / norm;
  }
  return moving === 0 ? 0 : Math.max(0, sum / moving);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

export function notTheEncoder(cause: string): AppError {
  return new AppError({
    code: 'model/not-an-encoder',
    headline: 'This network is not the encoder of the generator',
    cause,
    remedy: 'choose another, or none',
  });
}
