// A group as a file: which points, where they lie on the map, and their mean.
import type { MapPoints } from '#shared/map';
import { sameSource } from '#shared/map';
import { exactText } from './latent-text';
import type { ChosenRecipe, MapGroup } from './map-spec';

interface Shown {
  readonly model: string | null;
  readonly points: MapPoints | null;
  readonly recipe: ChosenRecipe;
}

/** Where the members lie, if the map that is shown is of their points. */
const placesOf = ({ members }: MapGroup, { points, recipe }: Shown): Float32Array | null =>
  points !== null && points.count === members.of && sameSource(members.source, recipe.source)
    ? points.xy
    : null;

const exact = (value: number): number => Number(exactText(value));

export function groupCsv(group: MapGroup, shown: Shown): string {
  const xy = placesOf(group, shown);
  const rows = Array.from(group.members.indices, (index) =>
    xy === null ? String(index) : [index, exactText(xy[2 * index]!), exactText(xy[2 * index + 1]!)].join(','),
  );
  return `${[xy === null ? 'point' : 'point,x,y', ...rows].join('\n')}\n`;
}

/** `z` is the mean, so that the command line decodes the file as it is. */
export function groupJson(group: MapGroup, shown: Shown): string {
  const { name, members } = group;
  const { mean, indices, source, count, spread, classes, attributes } = members;
  const document = {
    model: shown.model,
    z: Array.from(mean, exact),
    name,
    ...{ source, count, spread, classes, attributes },
    points: [...indices],
  };
  return `${JSON.stringify(document)}\n`;
}
