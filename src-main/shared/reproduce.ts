// What a saved picture says of itself and how it is laid out, and the words of the command that makes it again: the window and the
// command line save the same bytes.
import { exactNumber, exactText } from './exact-number';

export interface ExportLayout {
  readonly columns: number;
  readonly gap: number;
  /** Pixels of the file for each pixel of the picture. */
  readonly scale: number;
  /** Text kept inside the PNG. */
  readonly text: Readonly<Record<string, string>>;
}

export const PICTURE_SCALE = 8;
export const GRID_SCALE = 2;

const reproduce = (recipe: object): Readonly<Record<string, string>> => ({
  Latentscape: JSON.stringify(recipe),
});

/** The pictures of given latents, in a square sheet. */
export function latentExport(
  model: string,
  latents: readonly Float32Array[],
  scale = PICTURE_SCALE,
  condition?: number,
): ExportLayout {
  const z = latents.map((latent) => Array.from(latent, exactNumber));
  return {
    columns: Math.ceil(Math.sqrt(latents.length)),
    gap: 0,
    scale,
    text: reproduce({ model, z: z.length === 1 ? z[0] : z, class: condition }),
  };
}

/** A manifold grid. */
export function gridExport(
  model: string,
  n: number,
  span: number,
  scale = GRID_SCALE,
  condition?: number,
): ExportLayout {
  return { columns: n, gap: 0, scale, text: reproduce({ model, n, span, class: condition }) };
}

/** What made a picture by arithmetic: the same words, seed and count draw the same exemplars. */
export interface ArithmeticRecipe {
  readonly model: string;
  readonly expr: string;
  readonly seed: number;
  /** Exemplars of each term that is words. */
  readonly n: number;
  readonly norm: string;
  /** The paper's 3 x 3 under small noise. */
  readonly noise: boolean;
  readonly class?: number | undefined;
  readonly z: readonly number[];
}

export function arithmeticExport(recipe: ArithmeticRecipe, scale = PICTURE_SCALE): ExportLayout {
  const { model, expr, seed, n, norm, noise, class: condition, z } = recipe;
  const text = reproduce({ model, expr, seed, n, norm, noise, class: condition, z: z.map(exactNumber) });
  return { columns: noise ? 3 : 1, gap: 0, scale, text };
}

/** One latent that is drawn; by its seed where it has one, because that is shorter. */
export interface DrawnPoint {
  readonly model: string;
  readonly z: Float32Array;
  readonly seed?: number | null;
  readonly condition: number | undefined;
}

/** The words of the command that saves the bytes of `latentExport`. */
export const decodeWords = (
  { model, z, seed = null, condition }: DrawnPoint,
  scale: number,
  out: string,
): readonly string[] => [
  ...['decode', model],
  ...(seed === null ? [`--z=${Array.from(z, exactText).join(',')}`] : ['--z', `seed:${seed}`]),
  ...sharedWords(condition, scale, out),
];

/** … of `gridExport`. */
export const gridWords = (
  { model, n, span, condition }: Readonly<Record<'n' | 'span', number>> & Omit<DrawnPoint, 'z'>,
  scale: number,
  out: string,
): readonly string[] => [
  ...['grid', model, '--n', String(n), '--span', String(span)],
  ...sharedWords(condition, scale, out),
];

/** … of `arithmeticExport`. */
export const arithmeticWords = (
  { model, expr, seed, n, norm, noise, class: condition }: Omit<ArithmeticRecipe, 'z'>,
  scale: number,
  out: string,
): readonly string[] => [
  // with "=", because a sum may begin with a minus
  ...['arithmetic', model, `--expr=${expr}`, '--seed', String(seed), '--n', String(n), '--norm', norm],
  ...(noise ? ['--noise'] : []),
  ...sharedWords(condition, scale, out),
];

const sharedWords = (condition: number | undefined, scale: number, out: string): readonly string[] => [
  ...(condition === undefined ? [] : ['--class', String(condition)]),
  ...['--scale', String(scale), '--out', out],
];
