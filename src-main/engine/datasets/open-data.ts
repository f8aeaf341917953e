// Data of people, whatever it came as: a folder of pictures, a zip of one, IDX, .npz, a CSV of pixels, or data that is drawn here. All of
// it becomes a Source, with an account of what was found and what was done to it.
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { LabelTable } from '#shared/attributes';
import type { DataOptions, DataSpec, LabelColumn } from '#shared/training';
import { inWordsOfHeads } from '../attributes/head-attributes';
import { labelsFromText } from '../attributes/label-table';
import { cacheFolder } from '../backends/cache-folder';
import { MAX_DATA_IN_MEMORY_BYTES, MAX_DATA_SIDE } from '../store/limits';
import { imageSource, subsetSource, type Source } from '../training/source';
import { builtInSource } from './built-in-data';
import { badData } from './data-errors';
import { decodePictures, pictureReader } from './decoded-pictures';
import { classCountsOf, splitSource, statisticsOf, type Statistics } from './describe-data';
import { readIdxData, type LabelledImages } from './idx';
import { readNpz } from './npz';
import { folderFiles, zipFiles, type PictureFiles } from './picture-files';
import { labelFiles, type LabelledFiles } from './picture-labels';
import { readPixelTable } from './pixel-table';
import { resizedImages } from './resize-images';

/** Augmentation is not done here: what is trained on is changed, what is described is not. */
export interface OpenOptions extends Partial<Omit<DataOptions, 'augmentation'>> {
  /** Share held out where the data does not say itself; 0 to below 1. */
  readonly validationFraction?: number;
  readonly seed?: number;
  /** Where decoded pictures are kept. */
  readonly cache?: string;
  /** Decoded pictures beyond this stay on disk. */
  readonly memoryBytes?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly isCancelled?: () => boolean;
}

export interface DataDescription {
  readonly title: string;
  readonly count: number;
  readonly shape: Source['shape'];
  readonly classNames: readonly string[];
  readonly classCounts: readonly number[];
  readonly statistics: Statistics;
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
  /** What was done and what is remarkable, each a sentence. */
  readonly notes: readonly string[];
  /** Columns of labels.csv that could hold the classes, and which of them does. */
  readonly labelColumns: readonly LabelColumn[];
  readonly labelColumn: string | null;
}

export interface OpenedData {
  readonly source: Source;
  readonly validation: Source | null;
  readonly description: DataDescription;
}

interface Found {
  readonly title: string;
  readonly training: Source;
  /** The part that the data itself holds out. */
  readonly heldOut: Source | null;
  readonly unreadable?: DataDescription['unreadable'];
  readonly labelColumns?: readonly LabelColumn[];
  readonly labelColumn?: string | null;
  readonly notes: readonly string[];
}

/** @throws AppError data/…, in one sentence. */
export async function openData(spec: DataSpec, options: OpenOptions = {}): Promise<OpenedData> {
  checkOptions(options);
  const found = spec.kind === 'builtin' ? builtIn(spec) : await openPath(spec.path, options);
  const { title, unreadable = [], labelColumns = [], labelColumn = null } = found;
  const { training: source, validation } =
    found.heldOut === null
      ? splitSource(found.training, options.validationFraction ?? 0, options.seed ?? 0)
      : { training: found.training, validation: found.heldOut };
  const classCounts = classCountsOf(source);
  return {
    source,
    validation,
    description: {
      title,
      count: source.count,
      shape: source.shape,
      classNames: source.classNames,
      classCounts,
      statistics: await statisticsOf(source),
      unreadable,
      notes: [...found.notes, ...remarks(source, validation, classCounts, unreadable.length)],
      labelColumns,
      labelColumn,
    },
  };
}

function checkOptions({ size, validationFraction = 0 }: OpenOptions): void {
  if (size != null && !(Number.isInteger(size) && size >= 2 && size <= MAX_DATA_SIDE))
    throw badData(
      'too-large',
      'Pictures cannot be brought to this size',
      `${size}`,
      `2 to ${MAX_DATA_SIDE} are made`,
    );
  if (!(validationFraction >= 0 && validationFraction < 1))
    throw badData('too-few', 'This share cannot be held out', `${validationFraction}`, '0 to below 1 can');
}

const builtIn = (spec: Extract<DataSpec, { kind: 'builtin' }>): Found => ({
  title: spec.name,
  training: builtInSource(spec),
  heldOut: null,
  notes: [],
});

async function openPath(path: string, options: OpenOptions): Promise<Found> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw badData('none', 'There is no such data', path, undefined, 'check the path');
  if (info.isDirectory()) {
    const names = await readdir(path);
    if (names.some((name) => /^train-images[-.]idx[34]-ubyte(\.gz)?$/.test(name)))
      return openIdx(path, options);
    return openPictures(await folderFiles(path), path, options);
  }
  if (!info.isFile()) throw badData('none', 'The data is neither a file nor a folder', path);
  if (info.size === 0) throw badData('damaged', 'The file is empty', basename(path));
  switch (await kindOf(path)) {
    case 'npz': {
      const { train, test, classNames, notes } = await readNpz(path);
      return inMemory(path, train, test, classNames, notes, options);
    }
    case 'zip':
      return openPictures(await zipFiles(path), `${path} ${info.size} ${info.mtimeMs}`, options);
    case 'csv': {
      const { images, classNames, notes } = await readPixelTable(path);
      return inMemory(path, images, null, classNames, notes, options);
    }
    case 'idx':
      return openIdx(path, options);
  }
}

/** By the first bytes; a zip is an .npz where its name says so. */
async function kindOf(path: string): Promise<'npz' | 'zip' | 'csv' | 'idx'> {
  const name = basename(path);
  const [a, b, c, d] = await firstBytes(path);
  if (a === 0x50 && b === 0x4b) return /\.npz$/i.test(name) ? 'npz' : 'zip';
  if ((a === 0x1f && b === 0x8b) || (a === 0 && b === 0 && c === 8 && d !== undefined)) return 'idx';
  if (/\.(csv|tsv|txt)$/i.test(name)) return 'csv';
  const remedy = 'bring a folder or zip of pictures, IDX files, an .npz or a CSV of pixels';
  throw badData('format', 'This is no data that can be read', name, undefined, remedy);
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(4);
    const { bytesRead } = await file.read(bytes, 0, 4, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openIdx(path: string, options: OpenOptions): Promise<Found> {
  const { train, test } = await readIdxData(path);
  const classes = train.labels === null ? 0 : 1 + train.labels.reduce((a, b) => Math.max(a, b), 0);
  return inMemory(
    path,
    train,
    test,
    Array.from({ length: classes }, (_, i) => String(i)),
    [],
    options,
  );
}

async function inMemory(
  path: string,
  train: LabelledImages,
  test: LabelledImages | null,
  classNames: readonly string[],
  notes: readonly string[],
  options: OpenOptions,
): Promise<Found> {
  const wanted = { size: options.size ?? null, crop: options.crop ?? 'cover', grey: options.grey ?? false };
  const fits = test !== null && (test.labels === null) === (train.labels === null);
  return {
    title: titleOf(path),
    training: imageSource(await resizedImages(train, wanted), classNames),
    heldOut: fits ? imageSource(await resizedImages(test, wanted), classNames) : null,
    notes,
  };
}

async function openPictures(files: PictureFiles, identity: string, options: OpenOptions): Promise<Found> {
  try {
    const labelled = await labelFiles(files, options.labelColumn);
    const side = options.size ?? null;
    const decoded = await decodePictures(
      labelled.files.map(({ file }) => file),
      files.title,
      {
        identity,
        size: side === null ? null : [side, side],
        crop: options.crop ?? 'cover',
        grey: options.grey ?? false,
        cache: options.cache ?? cacheFolder(),
        ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
        ...(options.isCancelled === undefined ? {} : { isCancelled: options.isCancelled }),
      },
    );
    const others =
      files.others === 0
        ? []
        : files.others === 1
          ? ['One file is no picture by its name and was left out.']
          : [`${files.others} files are no pictures by their names and were left out.`];
    const { table, left } = labelsFromText(
      labelled.columns.map(({ name }, column) => ({
        name,
        values: Array.from(decoded.kept, (at) => labelled.files[at]!.texts?.[column] ?? ''),
      })),
    );
    // the classes' own column is spoken of already, and so is one that was looked at for classes
    const aboutLabels = left
      .filter(
        ({ name }) => name !== labelled.column && !labelled.notes.some((note) => note.includes(` ${name} `)),
      )
      .map(({ why }) => why);
    const notes = [...labelled.notes, ...aboutLabels, ...decoded.notes, ...others];
    const memory = options.memoryBytes ?? MAX_DATA_IN_MEMORY_BYTES;
    const all = await sourceOf(decoded, labelled, table && inWordsOfHeads(table), memory);
    const { columns: labelColumns, column: labelColumn } = labelled;
    return { title: files.title, ...all, unreadable: decoded.unreadable, notes, labelColumns, labelColumn };
  } finally {
    files.close();
  }
}

async function sourceOf(
  { shape, kept, path }: Awaited<ReturnType<typeof decodePictures>>,
  { files, classNames }: LabelledFiles,
  table: LabelTable | null,
  memoryBytes: number,
): Promise<{ readonly training: Source; readonly heldOut: Source | null }> {
  const { height, width, channels } = shape;
  const stride = height * width * channels;
  const labels =
    classNames.length === 0
      ? null
      : Uint8Array.from(kept, (at) => classNames.indexOf(files[at]!.label ?? classNames[0]!));
  const pictures: Source =
    kept.length * stride <= memoryBytes
      ? imageSource(
          { count: kept.length, height, width, channels, pixels: await readFile(path), labels },
          classNames,
        )
      : {
          count: kept.length,
          shape: { height, width, channels, classes: classNames.length },
          labels,
          classNames,
          read: pictureReader(path, stride),
        };
  const all: Source =
    table === null
      ? pictures
      : { ...pictures, labelTable: table, shape: { ...pictures.shape, labels: table.attributes.length } };
  const isHeldOut = Array.from(kept, (at) => files[at]!.part === 'held out');
  const places = (wanted: boolean) =>
    Uint32Array.from(kept.keys()).filter((place) => isHeldOut[place] === wanted);
  const [training, heldOut] = [places(false), places(true)];
  if (heldOut.length === 0 || training.length === 0) return { training: all, heldOut: null };
  return { training: subsetSource(all, training), heldOut: subsetSource(all, heldOut) };
}

function remarks(
  training: Source,
  validation: Source | null,
  classCounts: readonly number[],
  unreadable: number,
): readonly string[] {
  const empty = training.classNames.filter((_, label) => classCounts[label] === 0);
  return [
    ...(unreadable === 0
      ? []
      : [
          unreadable === 1
            ? 'One file could not be read and was left out.'
            : `${unreadable} files could not be read and were left out.`,
        ]),
    ...(training.count === 1 ? ['There is only one picture: a model can only learn it by heart.'] : []),
    ...(training.classNames.length === 1
      ? [
          `There is only one class, ${training.classNames[0]!}: a conditional model has nothing to choose from.`,
        ]
      : []),
    ...(empty.length === 0 ? [] : [`No picture to train on has the class ${empty.slice(0, 5).join(', ')}.`]),
    ...(validation === null
      ? []
      : [
          `${validation.count} ${validation.count === 1 ? 'picture is' : 'pictures are'} held out of training.`,
        ]),
  ];
}

const titleOf = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
