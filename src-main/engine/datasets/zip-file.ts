// Zip files that others made. Names that lead out of the archive, sizes that lie, entries that unpack to a thousand times their size,
// encrypted ones and wrong checksums are refused; nothing is ever written to disk under a name from a zip.
import { crc32 } from 'node:zlib';
import { basename } from 'node:path';
import { fromBufferPromise, openPromise, type Entry, type ZipFile } from 'yauzl';
import {
  MAX_DATA_FILES,
  MAX_UNPACKED_BYTES,
  MAX_UNPACKED_ENTRY_BYTES,
  MAX_UNPACKED_RATIO,
} from '../store/limits';
import { badData } from './data-errors';

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  /** A symbolic link, as Unix systems pack one: what it holds is the path it leads to. */
  readonly isLink: boolean;
  /** The first bytes, fewer where it is shorter. */
  readonly head: (count: number) => Promise<Uint8Array>;
  readonly read: () => Promise<Uint8Array>;
}

export interface OpenZip {
  readonly entries: readonly ZipEntry[];
  readonly close: () => void;
}

const SMALL_ENTRY = 1 << 20;

/**
 * `checked`: entries may not share bytes, and each must bear the same name in the directory and where it lies. Two readers
 * could otherwise see two different archives, and a small one could unpack to terabytes (Fifield, "A better zip bomb", 2019).
 */
export interface ZipOptions {
  readonly inside?: 'checked' | 'as it is';
  /** Files, at most: each of them is looked at where it lies. */
  readonly most?: number;
}

const ZIP_OPTIONS = { autoClose: false, strictFileNames: true, validateEntrySizes: true } as const;

export const openZip = (path: string, options: ZipOptions = {}): Promise<OpenZip> =>
  openWith(() => openPromise(path, ZIP_OPTIONS), basename(path), options);

/** A zip in memory, e.g. one that lies in another zip. */
export const openZipBytes = (
  bytes: Uint8Array,
  where: string,
  options: ZipOptions = {},
): Promise<OpenZip> => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return openWith(() => fromBufferPromise(buffer, ZIP_OPTIONS), where, options);
};

async function openWith(
  start: () => Promise<ZipFile>,
  where: string,
  { inside = 'as it is', most = MAX_DATA_FILES }: ZipOptions,
): Promise<OpenZip> {
  let zip: ZipFile;
  try {
    zip = await start();
  } catch (error) {
    throw refused(where, error);
  }
  try {
    const entries = await entriesOf(zip, where, most);
    if (inside === 'checked') await checkLayout(zip, entries, where);
    return {
      entries: entries.map((entry) => ({
        name: entry.fileName,
        size: entry.uncompressedSize,
        isLink: ((entry.externalFileAttributes >>> 16) & 0xf000) === 0xa000,
        head: (count) => readHead(zip, entry, count),
        read: () => readEntry(zip, entry),
      })),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw refused(where, error);
  }
}

async function checkLayout(zip: ZipFile, entries: readonly Entry[], where: string): Promise<void> {
  let end = 0;
  for (const entry of entries.toSorted(
    (a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader,
  )) {
    const { fileName: name, relativeOffsetOfLocalHeader: start, compressedSize } = entry;
    if (start < end)
      throw badData('zip', 'The zip is damaged', where, `${name} lies in another file's place`);
    const local = await zip.readLocalFileHeaderPromise(entry);
    const central = entry.fileNameRaw;
    if (!local.fileName.equals(central))
      throw badData('zip', 'The zip is damaged', where, `${name} has another name where it lies`);
    end = local.fileDataStart + compressedSize;
  }
}

async function entriesOf(zip: ZipFile, where: string, most: number): Promise<readonly Entry[]> {
  if (zip.entryCount > most)
    throw badData('zip', 'The zip holds too many files', where, `${zip.entryCount}, and ${most} are read`);
  const entries: Entry[] = [];
  const names = new Set<string>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    const { fileName: name, uncompressedSize: size } = entry;
    if (name.endsWith('/')) continue;
    if (names.has(name)) throw badData('zip', 'The zip is damaged', where, `it holds ${name} twice`);
    names.add(name);
    total += size;
    if (total > MAX_UNPACKED_BYTES)
      throw badData(
        'zip',
        'The zip is too large',
        where,
        `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`,
      );
    entries.push(entry);
  }
  return entries;
}

const unreadable = (name: string, cause: string) =>
  badData('zip', 'A file in the zip cannot be read', name, cause);

function requireReadable(entry: Entry): void {
  const { fileName, uncompressedSize: size, compressedSize } = entry;
  const fail = (cause: string) => unreadable(fileName, cause);
  if (entry.isEncrypted()) throw fail('it is encrypted');
  if (!entry.canDecodeFileData()) throw fail(`it is packed by method ${entry.compressionMethod}`);
  if (size > MAX_UNPACKED_ENTRY_BYTES) throw fail(`it unpacks to ${size} bytes`);
  if (size > SMALL_ENTRY && size > MAX_UNPACKED_RATIO * compressedSize)
    throw fail(`it unpacks to more than ${MAX_UNPACKED_RATIO} times its size`);
}

async function readHead(zip: ZipFile, entry: Entry, count: number): Promise<Uint8Array> {
  requireReadable(entry);
  try {
    const stream = await zip.openReadStreamPromise(entry);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of stream) {
      chunks.push(chunk as Uint8Array);
      length += (chunk as Uint8Array).byteLength;
      if (length >= count) break; // leaves and so destroys the stream
    }
    return new Uint8Array(Buffer.concat(chunks).subarray(0, count));
  } catch (error) {
    throw refused(entry.fileName, error);
  }
}

/** @throws AppError data/zip: this entry cannot be read; others may. */
async function readEntry(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  requireReadable(entry);
  const { fileName, uncompressedSize: size } = entry;
  const fail = (cause: string) => unreadable(fileName, cause);
  try {
    // yauzl holds the packed size against the file first: nothing is allocated for a claim alone.
    const stream = await zip.openReadStreamPromise(entry);
    const bytes = new Uint8Array(size);
    let [at, checksum] = [0, 0];
    for await (const chunk of stream) {
      const part = chunk as Uint8Array;
      if (at + part.byteLength > size) throw fail('it is longer than it says');
      bytes.set(part, at);
      at += part.byteLength;
      checksum = crc32(part, checksum);
    }
    if (at !== size) throw fail('it is shorter than it says');
    // yauzl checks sizes, and leaves the checksum to whoever reads.
    if (checksum >>> 0 !== entry.crc32 >>> 0) throw fail('its checksum is wrong');
    return bytes;
  } catch (error) {
    throw refused(fileName, error);
  }
}

function refused(where: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'AppError') return error;
  const cause = error instanceof Error ? error.message : String(error);
  return badData('zip', 'The zip is damaged', where, cause, 'pack it again');
}
