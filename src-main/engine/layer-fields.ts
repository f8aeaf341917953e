/** Reads the settings of a layer: numbers, pairs, borders, axes. What is not such a thing is refused in a sentence. */
import type { Json, JsonObject } from './store/strict-json';

export type Fail = (cause: string) => Error;

/** `channels_last` and `channelsLast` are the same word: TensorFlow.js and Keras spell it differently. */
export const word = (value: Json | undefined): string =>
  typeof value === 'string' ? value.toLowerCase().replaceAll('_', '') : '';

export function sizeField(config: JsonObject, key: string, fail: Fail): number {
  const value = config[key];
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > 2 ** 28) {
    throw fail(`its ${key} ${JSON.stringify(value) ?? 'is not given'} is not a positive whole number`);
  }
  return value as number;
}

/** [rows, columns], from a pair or from one number for both. */
export function pairField(
  config: JsonObject,
  key: string,
  fail: Fail,
  otherwise?: number,
): readonly [number, number] {
  const given = config[key] ?? otherwise;
  const [rows, columns] = Array.isArray(given) ? (given as readonly Json[]) : [given, given];
  return [sizeField({ [key]: rows ?? null }, key, fail), sizeField({ [key]: columns ?? null }, key, fail)];
}

/** [[top, bottom], [left, right]] of ZeroPadding2D and Cropping2D. */
export function bordersField(
  config: JsonObject,
  key: string,
  fail: Fail,
): readonly [number, number, number, number] {
  const given = config[key];
  const pairs = Array.isArray(given) ? (given as readonly Json[]) : [given, given];
  const sides = pairs.flatMap((pair) =>
    Array.isArray(pair) ? (pair as readonly Json[]) : [pair ?? null, pair ?? null],
  );
  if (
    sides.length !== 4 ||
    sides.some((side) => !Number.isSafeInteger(side) || Math.abs((side as number) - 32_768) > 32_768)
  ) {
    throw fail(`its ${key} ${JSON.stringify(given) ?? 'is not given'} is not two pairs of whole numbers`);
  }
  return sides as unknown as readonly [number, number, number, number];
}

export const isSame = (config: JsonObject): boolean => word(config['padding']) === 'same';

export function requirePadding(config: JsonObject, fail: Fail): void {
  if (!['same', 'valid'].includes(word(config['padding'] ?? 'valid')))
    throw fail('its padding is neither same nor valid');
}

/** The axes that a layer names, counted without the batch dimension, in order. */
export function axesField(config: JsonObject, key: string, rank: number, fail: Fail): readonly number[] {
  const listed = config[key] ?? -1;
  const axes = (Array.isArray(listed) ? (listed as readonly Json[]) : [listed]).map((axis) =>
    typeof axis === 'number' && axis < 0 ? rank + axis : Number(axis) - 1,
  );
  if (axes.length === 0 || axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank))
    throw fail(`its ${key} ${JSON.stringify(listed)} is not one of its input`);
  return axes.toSorted((a, b) => a - b);
}
