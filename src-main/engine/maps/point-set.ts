// The points that a map is of: the pack's own codes or labelled latents, draws from the prior, or pictures of a person's own data through
// the encoder. The same recipe gives the same points, so that a number names a point for good.
import type { LabelTable } from '#shared/attributes';
import { AppError, cancelled } from '#shared/errors';
import type { MapSource } from '#shared/map';
import { latentOfSeed } from '#shared/random';
import type { Cancellation } from '#shared/rpc';
import { readLabelled } from '../attributes/labelled';
import { readCodes } from '../codes';
import { openData } from '../datasets/open-data';
import { checkFits } from '../evaluation/data';
import type { PackAndModel } from '../open-models';
import { MAX_MAP_PICTURE_BYTES } from '../store/limits';
import type { TestPictures } from '../test-pictures';
import { jointly, type Joint } from './joint-work';

export interface PointSet {
  readonly z: Float32Array; // [count, size]
  readonly size: number;
  readonly count: number;
  readonly title: string;
  readonly nameOf: (row: number) => string;
  readonly labels: Uint8Array | null; // [count]
  readonly classNames: readonly string[];
  readonly table: LabelTable | null;
  /** The pictures that were encoded, as bytes in a shared buffer; null where they are not on this machine. // [count, height, width, channels] */
  readonly originals: () => Promise<Uint8Array | null>;
  /** Why there may be no pictures, and what to do. */
  readonly whyNone: string;
  readonly notes: readonly string[];
}

export interface Progress {
  readonly cancellation: Cancellation;
  readonly send: (event: { readonly stage: string; readonly done: number; readonly total: number }) => void;
}

const AT_ONCE = 128;
/** Sets of one model that are kept: a person goes to and fro between two or three. */
const MOST_KEPT = 4;

const kept = new WeakMap<object, Map<string, Joint<PointSet>>>();

/** Read or drawn once for each model and recipe. @throws AppError usage/map-source where the model has no such points */
export function pointSetOf(
  opened: PackAndModel,
  source: MapSource,
  pictures: TestPictures,
  progress: Progress,
): Promise<PointSet> {
  const sets = kept.get(opened.pack) ?? new Map<string, Joint<PointSet>>();
  kept.set(opened.pack, sets);
  const made = jointly(sets, JSON.stringify(source), progress, (all) => make(opened, source, pictures, all));
  for (const oldest of [...sets.keys()].slice(0, -MOST_KEPT)) sets.delete(oldest);
  return made;
}

async function make(
  { pack, opened }: PackAndModel,
  source: MapSource,
  pictures: TestPictures,
  progress: Progress,
): Promise<PointSet> {
  const { latent, condition } = opened.info;
  const { size } = latent;
  const whyNone = 'the pictures themselves are not on this machine; attach them in Explore';
  const none = { whyNone, labels: null, classNames: [], table: null, notes: [], originals: noPictures };
  switch (source.kind) {
    case 'codes': {
      const codes = await readCodes(pack);
      if (codes === null) throw noSuchPoints(pack.manifest.id, 'it has no encoded pictures');
      const { mu, count, labels, classNames, title } = codes;
      return {
        ...none,
        ...{ z: mu, size, count, title, labels, classNames },
        nameOf: (row) => `No. ${row}`,
        originals: once(async () => {
          const images = await pictures.find(pack.manifest);
          return images === null || images.count !== count ? null : shared(images.pixels);
        }),
      };
    }
    case 'labelled': {
      const labelled = await readLabelled(pack);
      if (labelled === null) throw noSuchPoints(pack.manifest.id, 'it has no labelled latents');
      const { z, count, table, refOf } = labelled;
      const title = `${pack.manifest.labels?.by ?? pack.manifest.title}, labelled`;
      const nameOf = (row: number): string => refOf(row).replace(/^./, (first) => first.toUpperCase());
      const why = 'the model keeps the labels of these points, not pictures of them';
      return { ...none, z, size, count, table, title, nameOf, whyNone: why };
    }
    case 'samples': {
      const { count, seed } = source;
      const z = new Float32Array(count * size);
      for (let row = 0; row < count; row++) z.set(latentOfSeed(seed + row, size, latent.prior), row * size);
      const notes =
        condition === null
          ? []
          : ['The class is not in z: all of these are drawn as the class that is chosen.'];
      const title = `${count.toLocaleString('en')} draws from the prior`;
      const why = 'these points are drawn: there is no real picture of them';
      return { ...none, z, size, count, title, nameOf: (row) => `Seed ${seed + row}`, notes, whyNone: why };
    }
    case 'data':
      return encodedData({ pack, opened }, source, progress);
  }
}

/** The first pictures of a person's data, brought to the model's size and as the app encodes them. */
async function encodedData(
  { opened }: PackAndModel,
  { path, count: wanted }: Extract<MapSource, { kind: 'data' }>,
  { cancellation, send }: Progress,
): Promise<PointSet> {
  const { output, latent, hasEncoder } = opened.info;
  if (!hasEncoder) throw noSuchPoints(opened.info.title, 'it has no encoder, and pictures need one');
  const { source, validation, description } = await openData(
    { kind: 'path', path },
    {
      size: output.width === output.height ? output.height : null,
      grey: output.channels === 1,
      isCancelled: () => cancellation.cancelled,
      onProgress: (done, total) => send({ stage: 'Reading the pictures', done, total }),
    },
  );
  checkFits(source.shape, output);
  const count = Math.min(wanted, source.count);
  const each = output.height * output.width * output.channels;
  checkPictureBytes(count * each);
  const bytes = new Uint8Array(new SharedArrayBuffer(count * each));
  const z = new Float32Array(count * latent.size);
  for (let from = 0; from < count; from += AT_ONCE) {
    if (cancellation.cancelled) throw cancelled();
    send({ stage: 'Encoding', done: from, total: count });
    const places = Uint32Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    const some = Uint8Array.from(await source.read(places), (value) => Math.round(255 * value));
    bytes.set(some, from * each);
    z.set((await opened.encode(some, places.length)).mu, from * latent.size);
  }
  const notes = [
    count < source.count ? `These are the first ${count} of ${source.count} pictures.` : null,
    description.unreadable.length === 0
      ? null
      : `${description.unreadable.length} files could not be read and were left out.`,
    validation === null
      ? null
      : 'They are the part that is trained on; what the data holds out is not among them.',
  ].filter((note) => note !== null);
  return {
    ...{ z, size: latent.size, count, title: description.title, notes },
    nameOf: (row) => `No. ${row}`,
    labels: source.labels?.slice(0, count) ?? null,
    classNames: source.labels === null ? [] : description.classNames,
    table: source.labelTable ?? null,
    originals: () => Promise.resolve(bytes),
    whyNone: '',
  };
}

/** @throws AppError usage/map-pictures */
export function checkPictureBytes(bytes: number): void {
  if (bytes <= MAX_MAP_PICTURE_BYTES) return;
  throw new AppError({
    code: 'usage/map-pictures',
    headline: 'These are too many pictures to compare at once',
    cause: `they take ${Math.round(bytes / 2 ** 20)} MB, and up to ${MAX_MAP_PICTURE_BYTES / 2 ** 20} MB are held`,
    remedy: 'take fewer points',
  });
}

/** A copy that threads can read without another one. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

const noPictures = (): Promise<null> => Promise.resolve(null);

/** Looks again as long as there is nothing. */
function once<T>(work: () => Promise<T | null>): () => Promise<T | null> {
  let known: Promise<T | null> | null = null;
  return async () => {
    known ??= work();
    const value = await known;
    if (value === null) known = null;
    return value;
  };
}

/** Rows of the set, in this order. @throws AppError usage/index */
export function latentsAt({ z, size, count }: PointSet, indices: Uint32Array): Float32Array<ArrayBuffer> {
  const chosen = new Float32Array(indices.length * size);
  indices.forEach((row, at) => {
    if (row >= count) throw noSuchPoint(row, count);
    chosen.set(z.subarray(row * size, (row + 1) * size), at * size);
  });
  return chosen;
}

export const noSuchPoint = (row: number, count: number): AppError =>
  new AppError({
    code: 'usage/index',
    headline: 'There is no such point on the map',
    cause: `${row}, the last is ${count - 1}`,
    remedy: 'choose one that is there',
  });

const noSuchPoints = (where: string, cause: string): AppError =>
  new AppError({
    code: 'usage/map-source',
    headline: 'The model has no such points',
    where,
    cause,
    remedy: 'map samples of its prior, or data of your own',
  });
