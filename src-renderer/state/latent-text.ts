// A point as text, and back: for the number boxes, the clipboard and the names of files.
import type { LatentVector } from '#shared/domain';
import { exactNumber } from '#shared/exact-number';

export { exactText } from '#shared/exact-number';

/** Drags stop on this raster, far below a pixel, so that the number in the box is the whole truth. */
const RASTER = 1e4;
export const onRaster = (value: number): number => Math.round(value * RASTER) / RASTER;

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

/** A point as text has it. */
export interface WrittenPoint {
  readonly z: LatentVector;
  /** Its class, of models that take one. */
  readonly condition: number | undefined;
}

/** One point as {"model", "z": […]}, several as {"model", "z": [[…], …]}; the command line reads both. */
export function pointsAsJson(model: string, points: readonly WrittenPoint[]): string {
  const z = points.map((point) => Array.from(point.z, exactNumber));
  const classes = points.map(({ condition }) => condition);
  const [first] = classes;
  const one = classes.every((each) => each === first);
  return JSON.stringify({ model, z: z.length === 1 ? z[0] : z, class: one ? first : classes });
}

const MOST_POINTS = 1_000;

/** What `pointsAsJson` writes, bare arrays of numbers, or the numbers of one point with commas or spaces between them. */
export function parsePoints(
  text: string,
  size: number,
): Parsed<{ readonly model: string | null; readonly points: readonly WrittenPoint[] }> {
  const value = valueOf(text);
  const rows = rowsOf(Array.isArray(value) ? value : fieldOf(value, 'z'));
  if (rows === null) {
    const wanted = `[${Array.from({ length: Math.min(size, 3) }, () => '0.5').join(', ')}${size > 3 ? ', …' : ''}]`;
    return { ok: false, why: `The clipboard holds no point; a point looks like ${wanted}.` };
  }
  if (rows.length > MOST_POINTS)
    return { ok: false, why: `These are ${rows.length} points; ${MOST_POINTS} at once is the most.` };
  const said = fieldOf(value, 'class');
  const points: WrittenPoint[] = [];
  for (const [i, row] of rows.entries()) {
    const name = rows.length === 1 ? 'This point' : `Point ${i + 1} of ${rows.length}`;
    if (row.length !== size)
      return { ok: false, why: `${name} has ${count(row.length, 'number')}, but the model takes ${size}.` };
    const z = Float32Array.from(row as number[]);
    if (!row.every((item) => typeof item === 'number') || !z.every(Number.isFinite))
      return { ok: false, why: `${name} holds something that is not a finite number.` };
    const condition = Array.isArray(said) ? (said as unknown[])[i] : said;
    points.push({ z, condition: isClass(condition) ? condition : undefined });
  }
  const model = fieldOf(value, 'model');
  return { ok: true, value: { model: typeof model === 'string' ? model : null, points } };
}

const isClass = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const numbers: number[] = [];
    for (const word of text.trim().split(/[\s,;]+/)) {
      const parsed = parseCoordinate(word);
      if (!parsed.ok) return null;
      numbers.push(parsed.value);
    }
    return numbers.length > 1 ? numbers : null;
  }
}

/** The points of a list: itself, if it is of numbers, or its lists. */
function rowsOf(value: unknown): readonly (readonly unknown[])[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const items: readonly unknown[] = value;
  if (items.every((item): item is readonly unknown[] => Array.isArray(item))) return items;
  return items.some((item) => Array.isArray(item)) ? null : [items];
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
