// Attribute sliders over a face: z = base + sum of value x direction. A locked attribute stays where it is, because every other direction
// loses its part along the locked ones (TL-GAN's locks; Gram-Schmidt in shared/arithmetic).
import { orthogonalTo } from '#shared/arithmetic';
import type { Direction } from '#shared/attributes';
import type { LatentVector } from '#shared/domain';

export interface SliderSetting {
  /** By the key of the direction; those at 0 are left out. */
  readonly values: Readonly<Record<string, number>>;
  /** Keys of directions. */
  readonly locks: readonly string[];
}
export const NO_SLIDERS: SliderSetting = { values: {}, locks: [] };

/** In standard deviations of the attribute, to either side. */
export const SLIDER_RANGE = 4;

/** Names are unique among the directions of one method. */
export const keyOf = ({ method, name }: Direction): string => `${method}:${name}`;

export function movedBy(
  base: LatentVector,
  { values, locks }: SliderSetting,
  directions: readonly Direction[],
): Float32Array<ArrayBuffer> {
  const z = Float32Array.from(base);
  for (const [key, vector] of unlocked(directions, locks)) {
    const value = values[key] ?? 0;
    if (value === 0 || vector.length !== z.length) continue;
    for (let i = 0; i < z.length; i++) z[i] = z[i]! + value * vector[i]!;
  }
  return z;
}

/** How much of a direction is left beside the locked ones, from 0 to 1. */
export function shareLeft(
  direction: Direction,
  directions: readonly Direction[],
  locks: readonly string[],
): number {
  const rest = unlocked(directions, locks).get(keyOf(direction));
  const whole = lengthOf(direction.vector);
  return rest === undefined || whole === 0 ? 1 : lengthOf(rest) / whole;
}

export const withValue = (setting: SliderSetting, key: string, value: number): SliderSetting => {
  const { [key]: _, ...others } = setting.values;
  return { ...setting, values: value === 0 ? others : { ...others, [key]: value } };
};

export const withLock = (setting: SliderSetting, key: string, isLocked: boolean): SliderSetting => {
  const others = setting.locks.filter((lock) => lock !== key);
  return { ...setting, locks: isLocked ? [...others, key] : others };
};

export const isAtRest = ({ values }: SliderSetting): boolean => Object.keys(values).length === 0;

/** What each slider moves z by beside these locks. Worked out once for all moves of a hand. // [size] each */
function unlocked(
  directions: readonly Direction[],
  locks: readonly string[],
): ReadonlyMap<string, Float32Array> {
  if (last?.directions === directions && last.locks === locks) return last.vectors;
  const locked = directions.filter((direction) => locks.includes(keyOf(direction)));
  const vectors = new Map(
    directions.map((direction) => {
      const vector = Float32Array.from(direction.vector);
      const others = locked.filter(
        (other) => other !== direction && other.vector.length === direction.vector.length,
      );
      return [
        keyOf(direction),
        others.length === 0
          ? vector
          : orthogonalTo(
              vector,
              others.map((other) => Float32Array.from(other.vector)),
            ),
      ];
    }),
  );
  last = { directions, locks, vectors };
  return vectors;
}
let last:
  | {
      readonly directions: readonly Direction[];
      readonly locks: readonly string[];
      readonly vectors: ReadonlyMap<string, Float32Array>;
    }
  | undefined;

const lengthOf = (vector: readonly number[] | Float32Array): number => Math.hypot(...vector);
