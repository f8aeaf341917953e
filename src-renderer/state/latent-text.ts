// A point as text, and back: for the number boxes, the clipboard and the names of files.
import type { LatentVector } from '#shared/domain';

/** Drags stop on this raster, far below a pixel, so that the number in the box is the whole truth. */
const RASTER = 1e4;
export const onRaster = (value: number): number => Math.round(value * RASTER) / RASTER;

/** The shortest decimal that is exactly this 32-bit float again. */
export function exactText(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(single);
}

export const shortText = (value: number): string => value.toFixed(3).replace('-', '−');

export type Parsed<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly why: string };

/** One coordinate from a text box. A decimal comma is taken as well. */
export function parseCoordinate(text: string): Parsed<number> {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  if (plain === '') return { ok: false, why: 'Type a number, for example 0.5.' };
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  if (!Number.isFinite(Math.fround(value))) return { ok: false, why: `“${text.trim()}” is not a number.` };
  return { ok: true, value };
}

export const pointAsJson = (model: string, z: LatentVector): string =>
  JSON.stringify({ model, z: Array.from(z, (value) => Number(exactText(value))) });

/** {"model": …, "z": […]} or a bare array of `size` numbers. */
export function parsePoint(
  text: string,
  size: number,
): Parsed<{ readonly model: string | null; readonly z: LatentVector }> {
  const wanted = `[${Array.from({ length: Math.min(size, 3) }, () => '0.5').join(', ')}${size > 3 ? ', …' : ''}]`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, why: `The clipboard holds no point; a point looks like ${wanted}.` };
  }
  const z = Array.isArray(value) ? (value as unknown[]) : fieldOf(value, 'z');
  const model = fieldOf(value, 'model');
  if (!Array.isArray(z))
    return { ok: false, why: `The clipboard holds no point; a point looks like ${wanted}.` };
  if (z.length !== size) {
    return {
      ok: false,
      why: `This point has ${count(z.length, 'number')}, but the model takes ${size}.`,
    };
  }
  const numbers = Float32Array.from(z as number[]);
  if (!z.every((item) => typeof item === 'number') || !numbers.every(Number.isFinite)) {
    return { ok: false, why: 'This point holds something that is not a finite number.' };
  }
  return { ok: true, value: { model: typeof model === 'string' ? model : null, z: numbers } };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `<model>_z_0.123_-1.2`: enough to know the picture by; the exact point is inside the file. */
export const pictureFileName = (model: string, z: LatentVector): string =>
  `${model}_z_${Array.from(z.subarray(0, 4), (value) => String(Number(value.toFixed(3)))).join('_')}.png`;

export const gridFileName = (model: string, n: number, span: number): string =>
  `${model}_grid_${n}x${n}_span_${Number(span.toFixed(2))}.png`;
