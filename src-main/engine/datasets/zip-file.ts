// Zip files that others made. Names that lead out of the archive, sizes that lie, entries that unpack to a thousand times their size,
// encrypted ones and wrong checksums are refused; nothing is ever written to disk under a name from a zip.
import { crc32 } from 'node:zlib';
import { basename } from 'node:path';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
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
  readonly read: () => Promise<Uint8Array>;
}

export interface OpenZip {
  readonly entries: readonly ZipEntry[];
  readonly close: () => void;
}

const SMALL_ENTRY = 1 << 20;

export async function openZip(path: string): Promise<OpenZip> {
  const where = basename(path);
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
  } catch (error) {
    throw refused(where, error);
  }
  try {
    return { entries: await entriesOf(zip, where), close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw refused(where, error);
  }
}

async function entriesOf(zip: ZipFile, where: string): Promise<readonly ZipEntry[]> {
  if (zip.entryCount > MAX_DATA_FILES)
    throw badData(
      'zip',
      'The zip holds too many files',
      where,
      `${zip.entryCount}, and ${MAX_DATA_FILES} are read`,
    );
  const entries: ZipEntry[] = [];
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
    entries.push({ name, size, read: () => readEntry(zip, entry) });
  }
  return entries;
}

/** @throws AppError data/zip: this entry cannot be read; others may. */
async function readEntry(zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  const { fileName, uncompressedSize: size, compressedSize } = entry;
  const fail = (cause: string) => badData('zip', 'A file in the zip cannot be read', fileName, cause);
  if (entry.isEncrypted()) throw fail('it is encrypted');
  if (!entry.canDecodeFileData()) throw fail(`it is packed by method ${entry.compressionMethod}`);
  if (size > MAX_UNPACKED_ENTRY_BYTES) throw fail(`it unpacks to ${size} bytes`);
  if (size > SMALL_ENTRY && size > MAX_UNPACKED_RATIO * compressedSize)
    throw fail(`it unpacks to more than ${MAX_UNPACKED_RATIO} times its size`);
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
