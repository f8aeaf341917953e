// Many picture files as one block of bytes: decoded once, several at a time, into a file of the user's cache, and from there read into
// memory or, where they are too many for it, by place. What cannot be read is listed and left out.
import { createHash } from 'node:crypto';
import { closeSync, openSync, read as readFrom } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { cancelled } from '#shared/errors';
import { writeAtomic } from '../store/atomic';
import { badData, reasonOf } from './data-errors';
import { decodePicture, pictureFacts, type PictureShape } from './decode-picture';
import type { PictureFile } from './picture-files';

export interface DecodeOptions {
  /** Tells this set of files from every other, beside their names and stamps. */
  readonly identity: string;
  /** Height and width; null for the most common of the files'. */
  readonly size: readonly [height: number, width: number] | null;
  readonly crop: 'cover' | 'contain';
  readonly grey: boolean;
  readonly cache: string;
  readonly onProgress?: (done: number, total: number) => void;
  /** Nobody waits for it any more. */
  readonly isCancelled?: () => boolean;
}

export interface DecodedPictures {
  readonly shape: PictureShape;
  /** Which of the files are there, in order. */
  readonly kept: Uint32Array;
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
  readonly notes: readonly string[];
  /** Raw bytes. // [kept, height, width, channels] */
  readonly path: string;
}

const VERSION = 2;
const AT_ONCE = 8;
const LOOK_AT = 200;
const TOLD_EACH = 64;
/** Larger pictures are reduced where nobody asked for a size: nobody trains on photographs of 12 megapixels. */
const LARGE_SIDE = 256;
const REDUCED_SIDE = 64;
const KEPT_SETS = 8;

const notesSchema = z.object({
  shape: z.object({ height: z.number(), width: z.number(), channels: z.union([z.literal(1), z.literal(3)]) }),
  unreadable: z.array(z.object({ at: z.number(), why: z.string() })),
  notes: z.array(z.string()),
});
type Notes = z.infer<typeof notesSchema>;

/** @throws AppError data/none: there is no picture, or none that can be read. */
export async function decodePictures(
  files: readonly PictureFile[],
  where: string,
  options: DecodeOptions,
): Promise<DecodedPictures> {
  if (files.length === 0)
    throw badData(
      'none',
      'There are no pictures',
      where,
      undefined,
      'bring PNG, JPEG, GIF, WebP or BMP files',
    );
  const folder = join(options.cache, 'data');
  const { size, crop, grey, identity } = options;
  const key = {
    version: VERSION,
    identity,
    size,
    crop,
    grey,
    files: files.map(({ name, stamp }) => [name, stamp]),
  };
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32);
  const path = join(folder, `${hash}.pictures`);
  let notes = await readNotes(path, files.length);
  if (notes === null) {
    await mkdir(folder, { recursive: true });
    notes = await decodeAll(files, where, path, options);
    await writeAtomic(notesPath(path), new TextEncoder().encode(JSON.stringify(notes)));
    await forgetOld(folder);
  }
  const bad = new Map(notes.unreadable.map(({ at, why }) => [at, why]));
  return {
    shape: notes.shape,
    kept: Uint32Array.from(files.keys()).filter((at) => !bad.has(at)),
    unreadable: notes.unreadable.map(({ at, why }) => ({ file: files[at]!.name, why })),
    notes: notes.notes,
    path,
  };
}

async function decodeAll(
  files: readonly PictureFile[],
  where: string,
  path: string,
  options: DecodeOptions,
): Promise<Notes> {
  const { shape, notes, isChosen } = await chooseShape(files, options);
  let resized = 0;
  const unreadable: { at: number; why: string }[] = [];
  const deeds = new Map<string, number>();
  async function* pixels(): AsyncGenerator<Uint8Array> {
    // A window of pictures under way keeps sharp's threads busy and memory bounded.
    const underWay: Promise<Uint8Array | null>[] = [];
    for (let next = 0, done = 0; done < files.length; done++) {
      if (options.isCancelled?.() === true) throw cancelled();
      while (next < files.length && underWay.length < AT_ONCE) underWay.push(one(next++));
      const decoded = await underWay.shift()!;
      if (decoded !== null) yield decoded;
      if (done % TOLD_EACH === 0) options.onProgress?.(done, files.length);
    }
    if (unreadable.length === files.length) {
      const why = unreadable[0]!.why;
      throw badData('none', 'None of the pictures can be read', where, `the first one because ${why}`);
    }
  }
  async function one(at: number): Promise<Uint8Array | null> {
    const file = files[at]!;
    try {
      const decoded = await decodePicture(await file.read(), file.name, shape, options.crop);
      if (decoded.isResized) resized++;
      for (const deed of decoded.deeds) deeds.set(deed, (deeds.get(deed) ?? 0) + 1);
      return decoded.pixels;
    } catch (error) {
      unreadable.push({ at, why: reasonOf(error) });
      return null;
    }
  }
  await writeAtomic(path, pixels());
  options.onProgress?.(files.length, files.length);
  const counted = [...deeds].map(
    ([deed, count]) => `${count} ${count === 1 ? 'picture is' : 'pictures are'} ${deed}.`,
  );
  return {
    shape,
    notes: [...notes, ...(isChosen ? [] : severalSizes(shape, resized, options.crop)), ...counted],
    unreadable: unreadable.sort((a, b) => a.at - b.at),
  };
}

function severalSizes(
  { height, width }: PictureShape,
  resized: number,
  crop: DecodeOptions['crop'],
): readonly string[] {
  if (resized === 0) return [];
  const how = crop === 'cover' ? 'cropped' : 'fitted';
  return [
    `The pictures are of several sizes: ${resized} ${resized === 1 ? 'was' : 'were'} ${how} to ${width} x ${height}.`,
  ];
}

/** From some of the files: the most common size, and grey where all of them are. */
async function chooseShape(files: readonly PictureFile[], { size, grey }: DecodeOptions) {
  const step = Math.max(1, Math.floor(files.length / LOOK_AT));
  const looks = files
    .filter((_, at) => at % step === 0)
    .map(async (file) => pictureFacts(await file.read(), file.name));
  const facts = (await Promise.allSettled(looks))
    .filter((look) => look.status === 'fulfilled')
    .map(({ value }) => value);
  const sizes = new Map<string, number>();
  for (const { width, height } of facts)
    sizes.set(`${height} ${width}`, (sizes.get(`${height} ${width}`) ?? 0) + 1);
  const common = [...sizes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? `${REDUCED_SIDE} ${REDUCED_SIDE}`;
  let [height, width] = (size ?? common.split(' ').map(Number)) as [number, number];
  const notes: string[] = [];
  const isReduced = size === null && Math.max(height, width) > LARGE_SIDE;
  if (isReduced) {
    notes.push(
      `Most pictures are ${width} x ${height}; they were reduced to ${REDUCED_SIDE} x ${REDUCED_SIDE}.`,
    );
    [height, width] = [REDUCED_SIDE, REDUCED_SIDE];
  }
  const isGrey = grey || (facts.length > 0 && facts.every((fact) => fact.isGrey));
  /** By the person or by us: other sizes are then no news. */
  const isChosen = size !== null || isReduced;
  return { shape: { height, width, channels: isGrey ? (1 as const) : (3 as const) }, notes, isChosen };
}

const notesPath = (path: string): string => path.replace(/\.pictures$/, '.json');

/** Null where the set is not there or not whole. */
async function readNotes(path: string, count: number): Promise<Notes | null> {
  try {
    const notes = notesSchema.parse(JSON.parse(await readFile(notesPath(path), 'utf8')));
    const { height, width, channels } = notes.shape;
    const expected = (count - notes.unreadable.length) * height * width * channels;
    return (await stat(path)).size === expected ? notes : null;
  } catch {
    return null;
  }
}

/** The newest sets stay. One that a training still reads keeps its open file. */
async function forgetOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.pictures'));
  const dated = await Promise.all(
    names.map(async (name) => ({
      name,
      time: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0,
    })),
  );
  const old = dated.sort((a, b) => b.time - a.time).slice(KEPT_SETS);
  for (const { name } of old) {
    await rm(notesPath(join(folder, name)), { force: true }).catch(() => undefined);
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** A reader that nobody holds any more gives its file back. */
const unheld = new FinalizationRegistry((descriptor: number) => closeSync(descriptor));
const readAt = promisify(readFrom);

/** Pictures of a file of raw bytes, read by place. // [count, stride] */
export function pictureReader(path: string, stride: number) {
  const descriptor = openSync(path, 'r');
  const reader = async (indices: ArrayLike<number>): Promise<Float32Array> => {
    const values = new Float32Array(indices.length * stride);
    await Promise.all(
      Array.from(indices, async (index, row) => {
        const bytes = new Uint8Array(stride);
        const { bytesRead } = await readAt(descriptor, bytes, 0, stride, index * stride);
        if (bytesRead !== stride)
          throw badData(
            'damaged',
            'The decoded pictures are cut short',
            path,
            undefined,
            'open the data again',
          );
        for (let i = 0; i < stride; i++) values[row * stride + i] = bytes[i]! / 255;
      }),
    );
    return values;
  };
  unheld.register(reader, descriptor);
  return reader;
}
