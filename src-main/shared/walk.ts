// A walk through latent space: keyframes in time, and a way between them. Time -> leg -> eased fraction -> even pace -> point.
// Leg i goes from key i to the next; the last leg of a closed walk goes back to the first key.
import { slerp, lerp, norm } from './latent-math';
import { splinePoint } from './walk-spline';

export const WALK_PATHS = ['lerp', 'slerp', 'spline'] as const;
/** lerp: straight legs. slerp: great circles (White 2016). spline: centripetal Catmull-Rom through all keys. */
export type WalkPath = (typeof WALK_PATHS)[number];

export const EASINGS = ['linear', 'ease-in', 'ease-out', 'ease-in-out', 'cosine'] as const;
export type Easing = (typeof EASINGS)[number];

export interface Keyframe {
  readonly z: Float32Array; // [size]
  /** The class of the pictures around this key; it changes half-way along a leg. */
  readonly condition?: number | undefined;
  /** Seconds that the walk stands here. */
  readonly hold?: number | undefined;
  /** Of the leg that leaves this key: how long it takes, how it starts and stops, and its pace. */
  readonly seconds: number;
  readonly easing: Easing;
  /** Places on the leg, 0 to 1, that lie equal decoded distances apart: see walk-pace. */
  readonly pace?: Float32Array | undefined; // [steps + 1]
}

export interface Walk {
  readonly path: WalkPath;
  readonly closed: boolean;
  /** Every point gets the norm that goes in a straight line from key to key: no dive through the empty middle of a normal prior. */
  readonly keepNorm?: boolean | undefined;
  readonly keys: readonly Keyframe[];
}

export interface WalkPoint {
  readonly z: Float32Array<ArrayBuffer>;
  readonly condition: number | undefined;
}

export const legCount = ({ keys, closed }: Pick<Walk, 'keys' | 'closed'>): number =>
  closed ? keys.length : keys.length - 1;

/** Seconds from the first picture to the last; of a closed walk to the first again. A hold at the last key of an open walk counts. */
export function walkSeconds(walk: Walk): number {
  const legs = legCount(walk);
  return walk.keys.reduce((sum, key, i) => sum + (key.hold ?? 0) + (i < legs ? key.seconds : 0), 0);
}

const EASE: Readonly<Record<Easing, (x: number) => number>> = {
  linear: (x) => x,
  'ease-in': (x) => x * x,
  'ease-out': (x) => x * (2 - x),
  // smoothstep
  'ease-in-out': (x) => x * x * (3 - 2 * x),
  cosine: (x) => (1 - Math.cos(Math.PI * x)) / 2,
};
export const ease = (easing: Easing, x: number): number => EASE[easing](x);

export interface PlaceOnWalk {
  readonly leg: number;
  /** 0 to 1 on the leg's curve. */
  readonly fraction: number;
}

/** Where the walk is at `seconds`; before the start it is at the start, after the end at the end. */
export function placeAt(walk: Walk, seconds: number): PlaceOnWalk {
  const legs = legCount(walk);
  let left = Math.max(0, seconds);
  for (let leg = 0; leg < legs; leg++) {
    const key = walk.keys[leg]!;
    left -= key.hold ?? 0;
    if (left <= 0) return { leg, fraction: 0 };
    if (left < key.seconds) return { leg, fraction: paced(key.pace, ease(key.easing, left / key.seconds)) };
    left -= key.seconds;
  }
  return { leg: legs - 1, fraction: 1 };
}

/** The table between its entries: a straight line. */
function paced(pace: Float32Array | undefined, x: number): number {
  if (pace === undefined || pace.length < 2) return x;
  const at = x * (pace.length - 1);
  const below = Math.min(pace.length - 2, Math.floor(at));
  return pace[below]! + (at - below) * (pace[below + 1]! - pace[below]!);
}

export function pointAt(walk: Walk, { leg, fraction }: PlaceOnWalk): WalkPoint {
  const { keys } = walk;
  const from = keys[leg]!;
  const to = keys[(leg + 1) % keys.length]!;
  const condition = (fraction < 0.5 ? from : to).condition;
  // the ends are the keys themselves, to the bit
  if (fraction <= 0) return { z: from.z.slice(), condition };
  if (fraction >= 1) return { z: to.z.slice(), condition };
  const z = onCurve(walk, leg, from.z, to.z, fraction);
  if (walk.keepNorm !== true) return { z, condition };
  const length = norm(z);
  const wanted = (1 - fraction) * norm(from.z) + fraction * norm(to.z);
  return { z: length > 0 ? z.map((value) => (value * wanted) / length) : z, condition };
}

function onCurve(walk: Walk, leg: number, from: Float32Array, to: Float32Array, x: number) {
  if (walk.path === 'lerp') return lerp(from, to, x);
  if (walk.path === 'slerp') return slerp(from, to, x);
  const { keys, closed } = walk;
  const neighbour = (at: number): Float32Array | null =>
    closed ? keys[(at + keys.length) % keys.length]!.z : (keys[at]?.z ?? null);
  return splinePoint(neighbour(leg - 1), from, to, neighbour(leg + 2), x);
}

export const latentAt = (walk: Walk, seconds: number): WalkPoint => pointAt(walk, placeAt(walk, seconds));

/** Pictures in a film of the walk: at least both ends of an open one, and one of a closed one. */
export const frameCount = (walk: Walk, fps: number): number =>
  Math.max(walk.closed ? 1 : 2, Math.round(walkSeconds(walk) * fps));

/**
 * `count` moments spread evenly over the walk. An open walk shows both its ends; a closed one leaves out the end, which is its
 * start, so that a film of it loops without a doubled picture.
 */
export function frameTimes(walk: Walk, count: number): Float64Array {
  const steps = Math.max(1, walk.closed ? count : count - 1);
  const total = walkSeconds(walk);
  return Float64Array.from({ length: count }, (_, i) => (i * total) / steps);
}

/** |z| at each moment. */
export const normsAlong = (walk: Walk, times: ArrayLike<number>): Float32Array =>
  Float32Array.from(times, (seconds) => norm(latentAt(walk, seconds).z));
