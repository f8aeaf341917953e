// What a saved picture says of itself, and how it is laid out: the window and the command line save the same bytes.

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
  const z = latents.map((latent) => [...latent]);
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
  readonly z: readonly number[];
}

export function arithmeticExport(recipe: ArithmeticRecipe, scale = PICTURE_SCALE): ExportLayout {
  return { columns: recipe.noise ? 3 : 1, gap: 0, scale, text: reproduce(recipe) };
}
