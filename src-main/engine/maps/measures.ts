// What can only be told of points whose pictures are here: how well each is reconstructed, how likely it is, and how much its code says.
import { AppError, cancelled } from '#shared/errors';
import { readCodes } from '../codes';
import type { OpenModel } from '../open-model';
import type { PackAndModel } from '../open-models';
import type { TestPictures } from '../test-pictures';
import { jointly, type Joint } from './joint-work';
import { pointSetOf, type PointSet, type Progress } from './point-set';

export interface Measures {
  /** Root mean square of the difference, pixels from 0 to 1. // [count] */
  readonly error: Float32Array;
  /** ln p(x | z = mu) of a Bernoulli decoder, nats. // [count] */
  readonly likelihood: Float32Array;
  /** KL(q(z|x) || p(z)), nats; null where the encoder gives no variance, or the prior is not normal. // [count] */
  readonly kl: Float32Array | null;
  /** Standard deviations of q(z|x); null where the encoder gives none. // [count, size] */
  readonly sd: Float32Array | null;
}

const AT_ONCE = 128;
/** As in training: a pixel is never quite certain. */
const LEAST = 1e-6;

const cache = new WeakMap<PointSet, Map<string, Joint<Measures>>>();

/** Once for each set and class that it is decoded as. @throws AppError usage/map-colour where the pictures are not here */
export function measuresOf(
  model: PackAndModel,
  set: PointSet,
  condition: number | undefined,
  progress: Progress,
): Promise<Measures> {
  const known = cache.get(set) ?? new Map<string, Joint<Measures>>();
  cache.set(set, known);
  return jointly(known, String(condition), progress, (all) => measure(model.opened, set, condition, all));
}

async function measure(
  { info, encode, values }: OpenModel,
  set: PointSet,
  condition: number | undefined,
  { cancellation, send }: Progress,
): Promise<Measures> {
  const pictures = await set.originals();
  if (pictures === null) throw noPictures(info.id);
  const { height, width, channels, range, layout } = info.output;
  const each = height * width * channels;
  const { count, size, z } = set;
  const error = new Float32Array(count);
  const likelihood = new Float32Array(count);
  const logVars = info.hasEncoder ? new Float32Array(count * size) : null;
  let hasVariance = logVars !== null;
  for (let from = 0; from < count; from += AT_ONCE) {
    if (cancellation.cancelled) throw cancelled();
    send({ stage: 'Reconstructing', done: from, total: count });
    const some = Math.min(AT_ONCE, count - from);
    const decoded = await values(z.subarray(from * size, (from + some) * size), some, condition);
    for (let row = 0; row < some; row++) {
      let [squares, nats] = [0, 0];
      for (let at = 0; at < each; at++) {
        const x = pictures[(from + row) * each + at]! / 255;
        const place = layout === 'NHWC' ? at : (at % channels) * height * width + Math.floor(at / channels);
        const y = (decoded[row * each + place]! - range[0]) / (range[1] - range[0]);
        squares += (x - y) ** 2;
        const p = Math.min(1 - LEAST, Math.max(LEAST, y));
        nats += x * Math.log(p) + (1 - x) * Math.log(1 - p);
      }
      error[from + row] = Math.sqrt(squares / each);
      likelihood[from + row] = nats;
    }
    if (!hasVariance) continue;
    const { logVar } = await encode(pictures.subarray(from * each, (from + some) * each), some);
    if (logVar === null) hasVariance = false;
    else logVars?.set(logVar, from * size);
  }
  const variances = hasVariance ? logVars : null;
  return {
    ...{ error, likelihood },
    sd: variances?.map((logVar) => Math.exp(logVar / 2)) ?? null,
    kl: variances === null || info.latent.prior.kind !== 'normal' ? null : klOf(z, variances, size),
  };
}

/** 1/2 sum of mu^2 + sigma^2 - 1 - ln sigma^2. // [count] */
function klOf(mu: Float32Array, logVar: Float32Array, size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: mu.length / size }, (_, row) => {
    let sum = 0;
    for (let at = row * size; at < (row + 1) * size; at++)
      sum += 0.5 * (mu[at]! ** 2 + Math.exp(logVar[at]!) - 1 - logVar[at]!);
    return sum;
  });
}

/** The widths of the codes' own posteriors, or null where the pictures or the variances cannot be had. // [count, size] */
export async function posteriorSpread(
  model: PackAndModel,
  pictures: TestPictures,
  progress: Progress,
): Promise<Float32Array | null> {
  if (!model.opened.info.hasEncoder || (await readCodes(model.pack)) === null) return null;
  const set = await pointSetOf(model, { kind: 'codes' }, pictures, progress);
  if ((await set.originals()) === null) return null;
  return (await measuresOf(model, set, undefined, progress)).sd;
}

/** Is the decoder's output the probability of a Bernoulli? As its training said. */
export function isBernoulli(config: unknown): boolean {
  const field = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined;
  return field(field(field(config, 'model'), 'likelihood'), 'kind') === 'bernoulli';
}

const noPictures = (where: string): AppError =>
  new AppError({
    code: 'usage/map-colour',
    headline: 'The pictures themselves are not on this machine',
    where,
    remedy: 'attach them, or colour by something else',
  });
