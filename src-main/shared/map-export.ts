// The picture of a map as a file: what it says of itself, and the words of the command that makes it again.
import type { MapPoints, MapRecipe, MapSource } from './map';

export interface DrawnMapRecipe extends MapRecipe {
  readonly model: string;
  readonly condition: number | undefined;
  /** A key of MapPoints.colours. */
  readonly colour: string;
  /** Classes that are left out of the picture, by their numbers. */
  readonly hidden: readonly number[];
}

/** The side of the file in pixels. */
export const MAP_SIDE = 1024;

/** Text kept inside the PNG; of a person's own data its last name, not where it lies. */
export function mapText(
  { model, condition, source, method, features, seed, axes, colour, hidden }: DrawnMapRecipe,
  { count, title, trust }: Pick<MapPoints, 'count' | 'title' | 'trust'>,
): Readonly<Record<string, string>> {
  const of = source.kind === 'data' ? { ...source, path: source.path.split(/[\\/]/).at(-1) } : source;
  const recipe = { model, class: condition, source: of, method, features, seed, axes, colour };
  const shown = hidden.length === 0 ? {} : { hidden };
  return { Latentscape: JSON.stringify({ ...recipe, ...shown, count, title, trust }) };
}

/** The words of the command that saves these bytes. */
export const mapWords = (
  { model, condition, source, method, features, seed, axes, colour, hidden }: DrawnMapRecipe,
  out: string,
): readonly string[] => [
  ...['map', model, ...sourceWords(source, seed), '--method', method],
  ...(features === 'latent' ? [] : ['--features', features]),
  ...(axes[0] === 0 && axes[1] === 1 ? [] : ['--axes', axes.map((axis) => axis + 1).join(',')]),
  ...(seed === 1 ? [] : [`--seed=${seed}`]),
  ...(condition === undefined ? [] : ['--class', String(condition)]),
  ...['--colour', colour],
  ...(hidden.length === 0 ? [] : ['--hide', hidden.join(',')]),
  ...['--out', out],
];

function sourceWords(source: MapSource, seed: number): readonly string[] {
  switch (source.kind) {
    case 'codes':
    case 'labelled':
      return ['--source', source.kind];
    case 'samples': {
      const own = source.seed === seed ? [] : [`--first=${source.seed}`];
      return ['--source', 'samples', '--n', String(source.count), ...own];
    }
    case 'data':
      return [`--data=${source.path}`, '--n', String(source.count)];
  }
}
