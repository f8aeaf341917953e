// Did it memorise? The pictures that lie closest to one point: by their latents, and by their pixels. How near is near is told by the
// pictures themselves: how far each lies from its own nearest. A generator that copies draws pictures that lie nearer than that.
import { AppError } from '#shared/errors';
import type { MapProgress, MapSource, Neighbour, NeighbourList, Neighbours } from '#shared/map';
import { shuffledIndices } from '#shared/random';
import type { CallContext } from '#shared/rpc';
import { quantile } from '#shared/statistics';
import type { Rows } from '#ml/maps/nearest';
import type { PackAndModel } from '../open-models';
import { bytesToRgba } from '../pictures';
import type { TestPictures } from '../test-pictures';
import { decodedBytes, picturesAt, withoutAlpha } from './decoded-set';
import { rowsAt, type RunMapJob } from './map-job';
import { jobWatch } from './map-threads';
import { wrongLength } from './make-map';
import { pointSetOf, type PointSet } from './point-set';

export interface NeighboursRequest {
  readonly z: Float32Array;
  /** Bytes of the picture that is asked about, in the model's channels; of z itself where there is none. */
  readonly picture: Uint8Array | null;
  readonly source: MapSource;
  readonly count: number;
  readonly condition: number | undefined;
  /** The point of the set that z is, which is not its own neighbour. */
  readonly own: number | null;
}

interface Tools {
  readonly run: RunMapJob;
  readonly pictures: TestPictures;
}
type Context = CallContext<MapProgress>;

/** Pictures of the set whose own nearest are looked for. */
const MEASURED = 200;
/** Numbers that are compared for that: of large pictures fewer are measured. */
const MEASURED_NUMBERS = 1e9;
const LEAST_MEASURED = 30;
const SEED = 11;

interface Side {
  readonly rows: Rows;
  /** Distance of each measured row to its nearest, ascending. */
  readonly own: readonly number[];
}
interface Sides {
  readonly latent: Promise<Side>;
  readonly pixels: Promise<Side & { readonly against: 'pictures' | 'reconstructions' }>;
}

const cache = new WeakMap<PointSet, Map<string, Sides>>();

export async function findNeighbours(
  model: PackAndModel,
  { z, picture, source, count, condition, own }: NeighboursRequest,
  tools: Tools,
  context: Context,
): Promise<Neighbours> {
  const { opened } = model;
  const { latent, output } = opened.info;
  if (z.length !== latent.size) throw wrongLength(z.length, latent.size);
  const set = await pointSetOf(model, source, tools.pictures, context);
  if (set.count < 3) throw tooFew(set.count);
  const sides = await sidesOf(model, set, condition, tools, context);
  const [byLatent, byPixels] = [await sides.latent, await sides.pixels];
  const bytes = picture ?? (await decodedPicture(model, z, condition));
  const nearest = async (
    side: Side,
    values: Float32Array | Uint8Array,
    scale: number,
  ): Promise<NeighbourList> => {
    const queries: Rows = { values, count: 1, size: side.rows.size };
    const job = {
      kind: 'nearest',
      rows: side.rows,
      queries,
      k: count,
      own: own === null ? null : Int32Array.of(own),
    } as const;
    const { indices, distances } = await tools.run(job, jobWatch(context));
    const found = Array.from(indices, (row, at) => neighbourAt(set, row, distances[at]! * scale));
    const shown = (await shownBytes(model, set, indices, condition)) ?? new Uint8Array();
    return {
      nearest: found,
      pictures: picturesAt(
        shown,
        output,
        Array.from(indices, (_, at) => at),
      ),
      yardstick: yardstickOf(side.own, found[0]?.distance ?? NaN),
    };
  };
  const toRms = 1 / 255 / Math.sqrt(byPixels.rows.size);
  const latentList = await nearest(byLatent, z, 1);
  const pixelList = await nearest(byPixels, bytes, toRms);
  const { against } = byPixels;
  return {
    query: {
      count: 1,
      width: output.width,
      height: output.height,
      rgba: bytesToRgba(bytes, output.channels),
    },
    z,
    title: set.title,
    searched: set.count,
    latent: latentList,
    pixels: { ...pixelList, against },
    notes: notesOf(source, against, set),
  };
}

function notesOf(
  source: MapSource,
  against: 'pictures' | 'reconstructions',
  set: PointSet,
): readonly string[] {
  const notes: string[] = [];
  if (against === 'reconstructions' && source.kind === 'labelled')
    notes.push(
      'The model keeps the labels of these points, not pictures of them: pixels are compared with what it makes of them.',
    );
  if (against === 'reconstructions' && source.kind === 'codes')
    notes.push(
      'The pictures themselves are not on this machine: pixels are compared with what the model makes of their codes, which is nearer to anything it draws.',
    );
  if (source.kind === 'codes')
    notes.push(
      'These are test pictures, which the model was not trained on: a near one is no copy. To look for copies, compare with the data that it was trained on.',
    );
  if (source.kind === 'samples') notes.push('These are other draws of the model itself, and no data.');
  return [...notes, ...set.notes];
}

/** The rows to search, and how far they lie from each other: once for each set. */
async function sidesOf(
  model: PackAndModel,
  set: PointSet,
  condition: number | undefined,
  { run }: Tools,
  context: Context,
): Promise<Sides> {
  const originals = await set.originals();
  const key = originals === null ? `decoded ${condition ?? ''}` : 'pictures';
  const known = cache.get(set) ?? new Map<string, Sides>();
  cache.set(set, known);
  const before = known.get(key);
  if (before !== undefined) return before;
  const own = async (rows: Rows, scale: number): Promise<Side> => {
    const affordable = Math.floor(MEASURED_NUMBERS / (rows.count * rows.size));
    const many = Math.min(rows.count, MEASURED, Math.max(LEAST_MEASURED, affordable));
    const chosen = Int32Array.from(shuffledIndices(SEED, rows.count).slice(0, many));
    const job = { kind: 'nearest', rows, queries: rowsAt(rows, chosen), k: 1, own: chosen } as const;
    const { distances } = await run(job, jobWatch(context));
    return { rows, own: Array.from(distances, (distance) => distance * scale).sort((a, b) => a - b) };
  };
  const pixels = async (): Promise<Side & { against: 'pictures' | 'reconstructions' }> => {
    const values = originals ?? (await decodedBytes(model.opened, set.z, condition, context));
    const size = values.length / set.count;
    const side = await own({ values, count: set.count, size }, 1 / 255 / Math.sqrt(size));
    return { ...side, against: originals === null ? 'reconstructions' : 'pictures' };
  };
  const latent = own({ values: set.z, count: set.count, size: set.size }, 1);
  const sides = { latent, pixels: latent.then(pixels) };
  known.set(key, sides);
  sides.pixels.catch(() => known.delete(key));
  return sides;
}

function yardstickOf(own: readonly number[], nearest: number): NeighbourList['yardstick'] {
  return {
    of: own.length,
    low: quantile(own, 0.05),
    median: quantile(own, 0.5),
    high: quantile(own, 0.95),
    share: own.filter((distance) => distance <= nearest).length / own.length,
  };
}

function neighbourAt({ labels, classNames, nameOf }: PointSet, row: number, distance: number): Neighbour {
  const label = labels?.[row];
  return {
    index: row,
    name: nameOf(row),
    className: label === undefined ? null : (classNames[label] ?? String(label)),
    distance,
  };
}

/** The pictures themselves where they are here, else what their codes decode to. // [indices, height, width, channels] */
export async function shownBytes(
  model: PackAndModel,
  set: PointSet,
  indices: ArrayLike<number>,
  condition: number | undefined,
): Promise<Uint8Array> {
  const originals = await set.originals();
  const { height, width, channels } = model.opened.info.output;
  const each = height * width * channels;
  const bytes = new Uint8Array(indices.length * each);
  if (originals !== null) {
    for (let at = 0; at < indices.length; at++)
      bytes.set(originals.subarray(indices[at]! * each, (indices[at]! + 1) * each), at * each);
    return bytes;
  }
  if (indices.length === 0) return bytes;
  const z = new Float32Array(indices.length * set.size);
  for (let at = 0; at < indices.length; at++)
    z.set(set.z.subarray(indices[at]! * set.size, (indices[at]! + 1) * set.size), at * set.size);
  const { rgba } = await model.opened.decode(z, indices.length, condition);
  return withoutAlpha(rgba, channels, bytes);
}

async function decodedPicture(
  { opened }: PackAndModel,
  z: Float32Array,
  condition: number | undefined,
): Promise<Uint8Array> {
  const { rgba, width, height } = await opened.decode(z, 1, condition);
  const { channels } = opened.info.output;
  return withoutAlpha(rgba, channels, new Uint8Array(width * height * channels));
}

const tooFew = (count: number): AppError =>
  new AppError({
    code: 'usage/map-source',
    headline: 'There are too few pictures to compare with',
    cause: `${count}`,
    remedy: 'name data with more of them',
  });
