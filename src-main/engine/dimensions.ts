// How much each dimension of a latent says, from the best that a model brings: the KL that was measured at its training, the spread of its
// codes, or else what the decoder makes of small steps. And the principal components of its codes. Worked out once for each opened pack.
import {
  ACTIVITY_MEASURES,
  klByAxis,
  type Activity,
  type ActivityMeasure,
  type Components,
} from '#shared/dimensions';
import type { Prior } from '#shared/domain';
import { AppError, cancelled } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { Cancellation } from '#shared/rpc';
import { orthonormal } from '#ml/directions/conditional';
import { meanOfRows, scoresAlong, type Latents } from '#ml/directions/latents';
import { principalComponents } from '#ml/directions/principal-components';
import { closedFormFactors } from '#ml/directions/sefa';
import { openFirstLayer } from './attributes/first-layer';
import { readLabelled } from './attributes/labelled';
import { readCodes } from './codes';
import type { OpenModel } from './open-model';
import type { PackAndModel } from './open-models';
import type { Pack } from './pack';
import { MAX_COMPONENTS } from './store/limits';

/** Below these a dimension is called dead: Burda et al. 2016, section 5.1, for variances; a hundredth of a nat; 1 % of the liveliest. */
const LEAST: Readonly<Record<ActivityMeasure, number>> = { kl: 0.01, variance: 0.01, sensitivity: 0.01 };
/** Steps are half a standard deviation to either side of so many points: 4 at least, more where they cost little. */
const STEP = 0.5;
const POINTS = { least: 4, most: 16, decodes: 4096 } as const;
const AT_ONCE = 64;
/** Of draws that components are found from where there are no codes. */
const DRAWS = 1024;
/** Values of a picture that directions are found from; of larger pictures some of them, all over the picture. */
const MOST_UNITS = 4_096;
const SEED = 1;

interface Watching {
  readonly cancellation: Cancellation;
  readonly send: (event: { readonly done: number; readonly total: number }) => void;
}

const activities = new WeakMap<Pack, Activity>();

export async function activityOf({ pack, opened }: PackAndModel, watching: Watching): Promise<Activity> {
  const known = activities.get(pack) ?? (await measured(pack, opened, watching));
  activities.set(pack, known);
  return known;
}

async function measured(pack: Pack, opened: OpenModel, watching: Watching): Promise<Activity> {
  const { size } = pack.manifest.latent;
  const kl = klByAxis(pack.manifest.training?.metrics ?? {}, size);
  if (kl !== null) return report('kl', kl, 'the held-out pictures of its training');
  const codes = await codesOf(pack);
  if (codes !== null) {
    const rows = Array.from({ length: codes.count }, (_, row) => row);
    const mean = meanOfRows(codes, rows);
    const values = new Float32Array(size);
    for (const row of rows)
      for (let i = 0; i < size; i++) values[i]! += (codes.z[row * size + i]! - mean[i]!) ** 2 / codes.count;
    return report('variance', values, `${codes.count.toLocaleString('en')} encoded pictures`);
  }
  const { values, points } = await sensitivity(opened, watching);
  return report('sensitivity', values, `${points} draws from the prior`);
}

function report(measure: ActivityMeasure, values: Float32Array, on: string): Activity {
  const least = LEAST[measure] * (measure === 'sensitivity' ? Math.max(...values) : 1);
  return { measure, values, active: Uint8Array.from(values, (value) => (value > least ? 1 : 0)), on };
}

/** Latents that stand for pictures: the encoded ones, or labelled codes; null where the pack has neither. */
async function codesOf(pack: Pack): Promise<Latents | null> {
  const codes = await readCodes(pack);
  if (codes !== null) return { z: codes.mu, size: pack.manifest.latent.size, count: codes.count };
  const labelled = await readLabelled(pack);
  return labelled?.source === 'codes' ? labelled : null;
}

/** Finite differences: how much the picture changes for one standard deviation of each coordinate, in shades of 255. // [size] */
async function sensitivity(
  opened: OpenModel,
  watching: Watching,
): Promise<{ readonly values: Float32Array; readonly points: number }> {
  const { size } = opened.info.latent;
  const points = pointsFor(size);
  const values = new Float32Array(size);
  await smallSteps(opened, points, watching, (_, axis, plus, minus) => {
    let squares = 0;
    for (let i = 0; i < plus.length; i++) squares += (plus[i]! - minus[i]!) ** 2;
    // three channels of four; between the two lie 2 STEP standard deviations
    values[axis]! += Math.sqrt(squares / (0.75 * plus.length)) / (2 * STEP) / points;
  });
  return { values, points };
}

const pointsFor = (size: number): number =>
  Math.max(POINTS.least, Math.min(POINTS.most, Math.floor(POINTS.decodes / (2 * size))));

/** The two pictures that lie a small step to either side of a draw, along every axis, for so many draws. */
async function smallSteps(
  { info, decode }: OpenModel,
  points: number,
  { cancellation, send }: Watching,
  take: (point: number, axis: number, plus: Uint8Array, minus: Uint8Array) => void,
): Promise<void> {
  const { size, prior } = info.latent;
  const step = STEP * deviationOf(prior);
  const condition = info.condition === null ? undefined : 0;
  const pairs = AT_ONCE / 2;
  for (let point = 0; point < points; point++) {
    const base = latentOfSeed(point + 1, size, prior);
    for (let from = 0; from < size; from += pairs) {
      if (cancellation.cancelled) throw cancelled();
      const many = Math.min(pairs, size - from);
      const z = new Float32Array(2 * many * size);
      for (let k = 0; k < 2 * many; k++) {
        z.set(base, k * size);
        z[k * size + from + (k >> 1)]! += k % 2 === 0 ? step : -step;
      }
      const { rgba } = await decode(z, 2 * many, condition);
      const bytes = rgba.length / (2 * many);
      for (let k = 0; k < many; k++)
        take(
          point,
          from + k,
          rgba.subarray(2 * k * bytes, (2 * k + 1) * bytes),
          rgba.subarray((2 * k + 1) * bytes, (2 * k + 2) * bytes),
        );
      send({ done: point * size + from + many, total: points * size });
      await new Promise(setImmediate); // lets a drag through between two calls
    }
  }
}

// ---- components -------------------------------------------------------------------------------------------------------------

const components = new WeakMap<Pack, Promise<Components>>();

/** Of the codes; without any, of what the first layer makes of draws (GANSpace); or else of the decoder's own small steps. */
export function componentsOf({ pack, opened }: PackAndModel, watching: Watching): Promise<Components> {
  let found = components.get(pack);
  if (found === undefined) {
    components.set(pack, (found = find(pack, opened, watching)));
    found.catch(() => components.delete(pack));
  }
  return found;
}

async function find(pack: Pack, opened: OpenModel, watching: Watching): Promise<Components> {
  const codes = await codesOf(pack);
  if (codes !== null)
    return codeComponents(
      codes,
      `principal components of ${codes.count.toLocaleString('en')} encoded pictures`,
    );
  try {
    return await layerComponents(pack);
  } catch (error) {
    const hasNoLayer = error instanceof AppError && error.code === 'model/first-layer';
    if (!hasNoLayer || pack.manifest.latent.size > MAX_COMPONENTS) throw error;
    return decoderComponents(opened, watching);
  }
}

async function layerComponents(pack: Pack): Promise<Components> {
  const { size, prior } = pack.manifest.latent;
  const layer = await openFirstLayer(pack);
  try {
    const { z, y } = await layer.activations(DRAWS, SEED);
    const draws = { z, size, count: z.length / size };
    const found = principalComponents(draws, y, Math.min(size, MAX_COMPONENTS), SEED);
    const of = `principal components of the first layer over ${DRAWS.toLocaleString('en')} draws (GANSpace)`;
    return packed(found, meanOf(size, prior), () => deviationOf(prior), of);
  } finally {
    await layer.dispose();
  }
}

/**
 * The directions that change the picture most, whichever network makes it: eigenvectors of the mean of J^T J over draws, the metric that the
 * decoder pulls back into its latent space (Wang & Ponce 2021, arXiv 2101.06006), with J from small steps.
 */
export async function decoderComponents(opened: OpenModel, watching: Watching): Promise<Components> {
  const { size, prior } = opened.info.latent;
  const points = POINTS.least;
  const { width, height } = opened.info.output;
  // an odd stride meets all channels
  const stride = Math.ceil((4 * width * height) / MOST_UNITS) | 1;
  const units = Math.ceil((4 * width * height) / stride);
  const jacobian = new Float64Array(points * units * size); // [points * units, size]
  await smallSteps(opened, points, watching, (point, axis, plus, minus) => {
    for (let unit = 0; unit < units; unit++)
      jacobian[(point * units + unit) * size + axis] = plus[unit * stride]! - minus[unit * stride]!;
  });
  const factors = closedFormFactors(jacobian, size);
  const total = factors.reduce((sum, { value }) => sum + value, 0);
  const found = factors.map(({ direction, value }) => ({ direction, share: total > 0 ? value / total : 0 }));
  const of = `the directions that change the decoded picture most, over ${points} draws`;
  return packed(found, meanOf(size, prior), () => deviationOf(prior), of);
}

/** Exact where all are wanted. */
export function codeComponents(codes: Latents, of: string): Components {
  const rows = Array.from({ length: codes.count }, (_, row) => row);
  const mean = meanOfRows(codes, rows);
  const found = principalComponents(codes, codes.z, Math.min(codes.size, MAX_COMPONENTS), SEED);
  const deviation = (direction: Float64Array): number => {
    const scores = scoresAlong(codes, rows, direction);
    const middle = scores.reduce((sum, score) => sum + score, 0) / codes.count;
    return Math.sqrt(scores.reduce((sum, score) => sum + (score - middle) ** 2, 0) / codes.count);
  };
  return packed(found, mean, deviation, of);
}

function packed(
  found: readonly { readonly direction: Float64Array; readonly share: number }[],
  mean: Float64Array,
  deviation: (direction: Float64Array) => number,
  of: string,
): Components {
  const directions = orthonormal(found.map(({ direction }) => direction));
  const { length: count } = directions;
  const flat = new Float32Array(count * mean.length);
  directions.forEach((direction, k) => flat.set(direction, k * mean.length));
  return {
    count,
    directions: flat,
    mean: Float32Array.from(mean),
    deviations: Float32Array.from(directions, deviation),
    shares: Float32Array.from(found.slice(0, count), ({ share }) => share),
    of,
  };
}

const meanOf = (size: number, prior: Prior): Float64Array =>
  new Float64Array(size).fill(prior.kind === 'normal' ? 0 : (prior.low + prior.high) / 2);

/** Of one coordinate. */
const deviationOf = (prior: Prior): number =>
  prior.kind === 'normal' ? 1 : (prior.high - prior.low) / Math.sqrt(12);

export const describeActivity = ({ measure, on }: Activity): string => `${ACTIVITY_MEASURES[measure]}, ${on}`;
