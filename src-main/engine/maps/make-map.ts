// A map from its recipe, and further points onto it.
import { AppError } from '#shared/errors';
import type { MapFeatures, MapPoints, MapProgress, MapRecipe } from '#shared/map';
import type { CallContext } from '#shared/rpc';
import type { Rows } from '#ml/maps/nearest';
import { projected } from '#ml/maps/pca';
import { placeByUmap } from '#ml/maps/umap';
import type { PackAndModel } from '../open-models';
import type { TestPictures } from '../test-pictures';
import { colourChoices } from './colours';
import { decodedBytes } from './decoded-set';
import { jointly, type Joint } from './joint-work';
import type { KeptMaps } from './kept-maps';
import { flat, UMAP_FITTED, UMAP_NEIGHBOURS, UMAP_WIDTH, type Projection, type RunMapJob } from './map-job';
import { jobWatch } from './map-threads';
import { pointSetOf, type PointSet } from './point-set';

export interface MapTools {
  readonly run: RunMapJob;
  readonly kept: KeptMaps;
  readonly pictures: TestPictures;
}

type Context = CallContext<MapProgress>;

export async function makeMap(
  model: PackAndModel,
  recipe: MapRecipe,
  condition: number | undefined,
  tools: MapTools,
  context: Context,
): Promise<MapPoints> {
  const set = await pointSetOf(model, recipe.source, tools.pictures, context);
  const about = {
    count: set.count,
    title: set.title,
    colours: await colourChoices(model, set),
    picturesAttached: (await set.originals()) !== null,
  };
  if (recipe.method === 'axes') {
    const [across, up] = checkedAxes(recipe.axes, set.size);
    const xy = Float32Array.from(
      { length: 2 * set.count },
      (_, at) => set.z[(at >> 1) * set.size + (at % 2 === 0 ? across : up)]!,
    );
    const notes = [...set.notes];
    if (set.size > 2)
      notes.push(`Two of ${set.size} dimensions; what lies near here may be far apart in the others.`);
    return { ...about, xy, axisNames: [axisName(across), axisName(up)], trust: null, notes };
  }
  const projection = await projectionOf(model, set, recipe, condition, tools, context);
  const percent = (share: number | undefined): string => `${(100 * (share ?? 0)).toFixed(0)} %`;
  const isPca = recipe.method === 'pca';
  return {
    ...about,
    xy: projection.xy,
    axisNames: isPca
      ? [`PC1, ${percent(projection.shares[0])}`, `PC2, ${percent(projection.shares[1])}`]
      : ['', ''],
    trust: projection.trust,
    notes: [...set.notes, ...notesOf(recipe, set, projection)],
  };
}

function notesOf(
  { method, features, seed }: MapRecipe,
  set: PointSet,
  { basis }: Projection,
): readonly string[] {
  const notes: string[] = [];
  if (features === 'pictures') notes.push('What lies near what is told by the decoded pictures, not by z.');
  if (method !== 'umap') return notes;
  notes.push(`Only who is near whom means something here, not directions or distances; seed ${seed}.`);
  if (set.count > UMAP_FITTED)
    notes.push(
      `UMAP was fitted to ${UMAP_FITTED.toLocaleString('en')} points drawn by the seed, and the other ${(set.count - UMAP_FITTED).toLocaleString('en')} were placed among them.`,
    );
  if (basis !== null) notes.push(`It began with the ${UMAP_WIDTH} largest principal components.`);
  return notes;
}

const axisName = (axis: number): string => `z${axis + 1}`;

function checkedAxes(axes: MapRecipe['axes'], size: number): MapRecipe['axes'] {
  if (axes.every((axis) => axis < size)) return axes;
  throw new AppError({
    code: 'usage/axes',
    headline: 'The latent has no such dimension',
    cause: `${Math.max(...axes) + 1}, and it has ${size}`,
    remedy: `choose two of 1 to ${size}`,
  });
}

/** In memory for as long as the points are, on disk for longer. */
const memory = new WeakMap<PointSet, Map<string, Joint<Projection>>>();

function projectionOf(
  model: PackAndModel,
  set: PointSet,
  { method, features, seed, source }: MapRecipe,
  condition: number | undefined,
  { run, kept }: MapTools,
  context: Context,
): Promise<Projection> {
  const { manifest } = model.pack;
  const recipe = {
    model: manifest.files[manifest.generator.file],
    // what a pack's own points are may change without its generator
    points: [manifest.codes?.file, manifest.labels?.file].map((file) => file && manifest.files[file]),
    ...{ source, method, features, seed, condition },
  };
  const key = JSON.stringify(recipe);
  const known = memory.get(set) ?? new Map<string, Joint<Projection>>();
  memory.set(set, known);
  return jointly(known, key, context, async (all) => {
    // a person's files may change under the same path
    const isKept = method === 'umap' && source.kind !== 'data';
    const found = isKept ? await kept.find(recipe) : null;
    if (found !== null && found.xy.length === 2 * set.count) return found;
    const rows = await featureRows(model, set.z, features, condition, all);
    if (method === 'axes') throw new Error('axes need no projection');
    const { trust, ...drawn } = await run({ kind: 'project', method, rows, seed }, jobWatch(all));
    // as it is kept: the first time says the same figures as every later one
    const made = { ...drawn, trust: { ...trust, value: Math.fround(trust.value) } };
    if (isKept) await kept.keep(recipe, made);
    return made;
  });
}

async function featureRows(
  { opened }: PackAndModel,
  z: Float32Array,
  features: MapFeatures,
  condition: number | undefined,
  context: Context,
): Promise<Rows> {
  const { size } = opened.info.latent;
  const count = z.length / size;
  if (features === 'latent') return { values: z, count, size };
  const { height, width, channels } = opened.info.output;
  return {
    values: await decodedBytes(opened, z, condition, context),
    count,
    size: height * width * channels,
  };
}

/** Where further latents lie on a map that is there. // z [count, size] -> [count, 2] */
export async function placeOnMap(
  model: PackAndModel,
  recipe: MapRecipe,
  z: Float32Array,
  condition: number | undefined,
  tools: MapTools,
  context: Context,
): Promise<Float32Array> {
  const { size } = model.opened.info.latent;
  const count = z.length / size;
  if (!Number.isInteger(count)) throw wrongLength(z.length, size);
  if (recipe.method === 'axes') {
    const axes = checkedAxes(recipe.axes, size);
    return Float32Array.from({ length: 2 * count }, (_, at) => z[(at >> 1) * size + axes[at % 2]!]!);
  }
  const set = await pointSetOf(model, recipe.source, tools.pictures, context);
  const { basis, fitted } = await projectionOf(model, set, recipe, condition, tools, context);
  const rows = await featureRows(model, z, recipe.features, condition, context);
  const narrow: Rows =
    basis === null ? rows : { values: projected(rows, basis), count, size: basis.axes.length };
  if (fitted === null) return flat(Float32Array.from(narrow.values), narrow.size);
  return placeByUmap(fitted, narrow, { neighbours: UMAP_NEIGHBOURS, seed: recipe.seed });
}

export function wrongLength(length: number, size: number): AppError {
  return new AppError({
    code: 'input/latent',
    headline: 'The latent has the wrong length',
    cause: `${length} numbers, and this model takes ${size} for each point`,
    remedy: `give ${size} numbers`,
  });
}
