/**
 * IDX, the format of MNIST and its kin: four bytes of magic (0, 0, type, dimensions), one big-endian 32-bit length for each
 * dimension, then the values. Raw or gzipped. http://yann.lecun.com/exdb/mnist (section "the IDX file format").
 *
 * A header is a claim: nothing is allocated from it, it only has to agree with the bytes that are there.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError } from '#shared/errors';

export interface ImageSet {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly pixels: Uint8Array; // [count, height, width, channels]
}

export interface LabelledImages extends ImageSet {
  readonly labels: Uint8Array | null; // [count]
}

/** What a data folder holds. A single file of pictures has no test set. */
export interface IdxData {
  readonly train: LabelledImages;
  readonly test: LabelledImages | null;
}

const LIMIT = { fileBytes: 2 ** 30, unpackedBytes: 2 ** 30, side: 4096 } as const;
const UNSIGNED_BYTE = 0x08;
const MAGIC_BYTES = 4;
const gunzipAsync = promisify(gunzip);

/** A folder with MNIST's four file names (labels optional, raw or .gz), or one file of pictures. */
export async function readIdxData(path: string): Promise<IdxData> {
  if (await isFolder(path)) {
    const names = await readdir(path);
    const train = await readLabelled(path, names, 'train');
    if (train === null) {
      throw new AppError({
        code: 'data/none',
        headline: 'There is no data in this folder',
        where: basename(path),
        cause: 'it has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz',
        remedy: 'name the folder that holds the IDX files',
      });
    }
    return { train, test: await readLabelled(path, names, 't10k') };
  }
  return { train: { ...(await readIdxImages(path)), labels: null }, test: null };
}

/** Only the test set (or, for a single file of pictures, those pictures): what an evaluation needs. */
export async function readIdxTestSet(path: string): Promise<LabelledImages> {
  if (!(await isFolder(path))) return { ...(await readIdxImages(path)), labels: null };
  const test = await readLabelled(path, await readdir(path), 't10k');
  if (test !== null) return test;
  throw new AppError({
    code: 'data/none',
    headline: 'There is no test set in this folder',
    where: basename(path),
    cause: 'it has no t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz',
    remedy: 'name the folder that holds the IDX files, or one file of pictures',
  });
}

export async function readIdxImages(path: string): Promise<ImageSet> {
  return parseIdxImages(await readUnpacked(path), basename(path));
}

export async function readIdxLabels(path: string): Promise<Uint8Array> {
  return parseIdxLabels(await readUnpacked(path), basename(path));
}

export function parseIdxImages(bytes: Uint8Array, where: string): ImageSet {
  const { sizes, values } = parseIdx(bytes, where, [3, 4]);
  const [count = 0, height = 0, width = 0, channels = 1] = sizes;
  if (count === 0) throw damaged(where, 'it holds no pictures');
  if (height < 1 || width < 1 || height > LIMIT.side || width > LIMIT.side) {
    throw damaged(where, `its pictures are ${width} x ${height}, and sides from 1 to ${LIMIT.side} are read`);
  }
  if (channels !== 1 && channels !== 3)
    throw damaged(where, `its pictures have ${channels} channels, not 1 or 3`);
  return { count, height, width, channels, pixels: values };
}

export function parseIdxLabels(bytes: Uint8Array, where: string): Uint8Array {
  return parseIdx(bytes, where, [1]).values;
}

/** The bytes of an IDX file, whether they came gzipped or not. */
export async function unpackIdx(bytes: Uint8Array, where: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await gunzipAsync(bytes, { maxOutputLength: LIMIT.unpackedBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw damaged(where, `it unpacks to more than ${LIMIT.unpackedBytes} bytes`);
    }
    if (code === 'Z_BUF_ERROR') throw damaged(where, 'it is cut short: the compressed data ends too early');
    throw damaged(where, 'its compressed data is not valid');
  }
}

/** Identity of a set of pictures: the SHA-256 of its pixel bytes, without header, unpacked. */
export function imagesSha256(images: ImageSet): string {
  return createHash('sha256').update(images.pixels).digest('hex');
}

/** Pictures `from` to `to` (exclusive) of a set, sharing its memory. */
export function sliceImages(images: LabelledImages, from: number, to: number): LabelledImages {
  const size = images.height * images.width * images.channels;
  return {
    ...images,
    count: to - from,
    pixels: images.pixels.subarray(from * size, to * size),
    labels: images.labels?.subarray(from, to) ?? null,
  };
}

function parseIdx(bytes: Uint8Array, where: string, ranks: readonly number[]) {
  if (bytes.byteLength < MAGIC_BYTES) throw damaged(where, `it is only ${bytes.byteLength} bytes long`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3]!;
  if (bytes[0] !== 0 || bytes[1] !== 0) throw damaged(where, 'it does not start like an IDX file');
  if (bytes[2] !== UNSIGNED_BYTE) throw damaged(where, 'its values are not unsigned bytes');
  if (!ranks.includes(rank)) throw damaged(where, `it has ${rank} dimensions, not ${ranks.join(' or ')}`);
  const headerBytes = MAGIC_BYTES + 4 * rank;
  if (bytes.byteLength < headerBytes) throw damaged(where, 'it ends inside its header');
  const sizes = Array.from({ length: rank }, (_, axis) => view.getUint32(MAGIC_BYTES + 4 * axis));
  const promised = sizes.reduce((product, size) => product * size, 1);
  const present = bytes.byteLength - headerBytes;
  if (present < promised) {
    throw damaged(
      where,
      `it is cut short: its header promises ${promised} bytes of data and ${present} are there`,
    );
  }
  if (present > promised) throw damaged(where, `${present - promised} bytes follow after its data`);
  return { sizes, values: bytes.subarray(headerBytes) };
}

async function readLabelled(
  folder: string,
  names: readonly string[],
  part: string,
): Promise<LabelledImages | null> {
  const find = (kind: string) => {
    const pattern = new RegExp(`^${part}-${kind}[-.]idx[134]-ubyte(\\.gz)?$`);
    return names.filter((name) => pattern.test(name)).sort()[0];
  };
  const [imageFile, labelFile] = [find('images'), find('labels')];
  if (imageFile === undefined) return null;
  const images = await readIdxImages(join(folder, imageFile));
  const labels = labelFile === undefined ? null : await readIdxLabels(join(folder, labelFile));
  if (labels !== null && labels.length !== images.count) {
    throw damaged(labelFile!, `it has ${labels.length} labels for ${images.count} pictures`);
  }
  return { ...images, labels };
}

const readUnpacked = async (path: string): Promise<Uint8Array> =>
  unpackIdx(await readWhole(path), basename(path));

async function readWhole(path: string): Promise<Uint8Array> {
  const { size } = await statOf(path);
  if (size > LIMIT.fileBytes)
    throw damaged(basename(path), `it is ${size} bytes long, more than ${LIMIT.fileBytes}`);
  return readFile(path);
}

async function isFolder(path: string): Promise<boolean> {
  return (await statOf(path)).isFolder;
}

async function statOf(path: string): Promise<{ readonly size: number; readonly isFolder: boolean }> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() || found?.isFile()) return { size: found.size, isFolder: found.isDirectory() };
  throw new AppError({
    code: 'data/none',
    headline:
      found === null ? 'There is no such data file or folder' : 'The data is neither a file nor a folder',
    where: path,
    remedy: 'check the path',
  });
}

function damaged(where: string, cause: string): AppError {
  return new AppError({
    code: 'data/idx',
    headline: 'The data file is damaged',
    where,
    cause,
    remedy: 'get the file again',
  });
}
