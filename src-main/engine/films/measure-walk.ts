/** How much the picture changes along a walk, step by step, and the pace at which it changes evenly. */
import { norm } from '#shared/latent-math';
import type { Prior } from '#shared/domain';
import { latentAt, legCount, pointAt, walkSeconds, type Walk, type WalkPoint } from '#shared/walk';
import {
  coefficientOfVariation,
  evenPlaces,
  paceOf,
  priorShell,
  withPaces,
  type WalkMeasure,
} from '#shared/walk-pace';
import { decodedPoints, type DecodeLatents, type PictureShape, type Progress } from './decoded-points';

/** Three passes: the first measures where nothing is known, the others where much happens. */
const PASSES = 3;
const FEWEST_STEPS = 8;

export interface MeasuredModel {
  readonly picture: PictureShape;
  readonly prior: Prior;
  readonly decode: DecodeLatents;
}

export async function measureWalk(
  walk: Walk,
  samples: number,
  { picture, prior, decode }: MeasuredModel,
  progress: Progress,
): Promise<WalkMeasure> {
  // the end of a closed walk as well: its last step is a step like the others
  const last = walkSeconds(walk);
  const seconds = Float32Array.from({ length: samples }, (_, i) => (i * last) / (samples - 1));
  const points = Array.from(seconds, (moment) => latentAt(walk, moment));
  const steps = await stepLengths(points, picture, decode, progress);
  return {
    seconds,
    steps,
    total: steps.reduce((sum, step) => sum + step, 0),
    variation: coefficientOfVariation(steps),
    norms: Float32Array.from(points, ({ z }) => norm(z)),
    shell: priorShell(prior, points[0]!.z.length),
  };
}

/** The same walk at an even pace: in one speed from end to end, or with `keepSeconds` in one for each leg. */
export async function evenWalk(
  walk: Walk,
  samples: number,
  keepSeconds: boolean,
  { picture, decode }: MeasuredModel,
  { cancellation, send }: Progress,
): Promise<Walk> {
  const legs = legCount(walk);
  const count = Math.max(FEWEST_STEPS, Math.round(samples / legs));
  const paces: Float32Array[] = [];
  const lengths: number[] = [];
  const total = legs * PASSES;
  for (let leg = 0; leg < legs; leg++) {
    let places = paceOf(walk.keys[leg]!, count);
    let length = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      const points = Array.from(places, (fraction) => pointAt(walk, { leg, fraction }));
      const measured = await stepLengths(points, picture, decode, { cancellation, send: () => undefined });
      const steps = withoutJumps(measured, points);
      length = steps.reduce((sum, step) => sum + step, 0);
      places = evenPlaces(places, steps);
      send({ done: leg * PASSES + pass + 1, total });
    }
    paces.push(places);
    lengths.push(length);
  }
  return withPaces(walk, paces, lengths, keepSeconds);
}

/** Where the class changes the picture jumps, at any pace: that step counts as its neighbours do. */
function withoutJumps(steps: Float32Array, points: readonly WalkPoint[]): Float32Array {
  return steps.map((step, i) => {
    if (points[i]!.condition === points[i + 1]!.condition) return step;
    const beside = [steps[i - 1], steps[i + 1]].filter((value) => value !== undefined);
    return beside.reduce((sum, value) => sum + value / beside.length, 0);
  });
}

async function stepLengths(
  points: readonly WalkPoint[],
  picture: PictureShape,
  decode: DecodeLatents,
  progress: Progress,
): Promise<Float32Array> {
  const steps = new Float32Array(points.length - 1);
  let last: Uint8Array | null = null;
  let at = 0;
  for await (const rgba of decodedPoints(points, picture, decode, progress)) {
    if (last !== null) steps[at++] = pixelDistance(last, rgba);
    last = rgba;
  }
  return steps;
}

/** Root mean square over red, green and blue as they lie on black. // [height, width, 4] twice */
export function pixelDistance(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 4) {
    const [alphaA, alphaB] = [a[at + 3]! / 255, b[at + 3]! / 255];
    for (let channel = at; channel < at + 3; channel++)
      sum += (a[channel]! * alphaA - b[channel]! * alphaB) ** 2;
  }
  return Math.sqrt(sum / ((a.length / 4) * 3)) / 255;
}
