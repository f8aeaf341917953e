// @ts-check
// Reads chosen entries out of a zip file (a Python wheel is one) as streams, with their checksums verified. It is
// small because it only reads what the central directory lists, and inflates with Node's own zlib: one library inside
// a wheel is 800 MB, too much for readers that work in memory.
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw, crc32 } from 'node:zlib';
import { SetupFailure } from './failure.mjs';

/** @typedef {{name: string, method: number, crc: number, compressed: number, size: number, offset: number}} Entry */

const endSignature = 0x06054b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const remedy = 'delete the file so that it is fetched again, then run `npm run setup`';

/** @param {string} file */
const broken = (file) => new SetupFailure(`${file} is cut short or damaged`, remedy);

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} length
 * @param {number} position
 */
async function readExactly(handle, length, position) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return bytesRead === length ? buffer : null;
}

/**
 * @param {string} file
 * @returns {Promise<Entry[]>}
 */
export async function listZip(file) {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tail = Math.min(size, 22 + 0xffff);
    const end = await readExactly(handle, tail, size - tail);
    if (!end) throw broken(file);
    let at = tail - 22;
    while (at >= 0 && end.readUInt32LE(at) !== endSignature) at--;
    if (at < 0) throw broken(file);
    const count = end.readUInt16LE(at + 10);
    const directoryBytes = end.readUInt32LE(at + 12);
    const start = end.readUInt32LE(at + 16);
    if (start + directoryBytes > size) throw broken(file);
    const directory = await readExactly(handle, directoryBytes, start);
    if (!directory) throw broken(file);
    /** @type {Entry[]} */
    const entries = [];
    for (let position = 0, index = 0; index < count; index++) {
      if (position + 46 > directory.length || directory.readUInt32LE(position) !== centralSignature)
        throw broken(file);
      const nameBytes = directory.readUInt16LE(position + 28);
      const extraBytes = directory.readUInt16LE(position + 30);
      const commentBytes = directory.readUInt16LE(position + 32);
      entries.push({
        name: directory.toString('utf8', position + 46, position + 46 + nameBytes),
        method: directory.readUInt16LE(position + 10),
        crc: directory.readUInt32LE(position + 16),
        compressed: directory.readUInt32LE(position + 20),
        size: directory.readUInt32LE(position + 24),
        offset: directory.readUInt32LE(position + 42),
      });
      position += 46 + nameBytes + extraBytes + commentBytes;
    }
    return entries;
  } finally {
    await handle.close();
  }
}

/**
 * Writes entries below a folder; `place` names where each goes (null: not wanted).
 * @param {string} file
 * @param {string} folder
 * @param {(name: string) => string | null} place
 * @param {(done: number, total: number) => void} [onProgress]
 * @returns {Promise<string[]>} the places written
 */
export async function extractZip(file, folder, place, onProgress) {
  const wanted = (await listZip(file))
    .filter((entry) => !entry.name.endsWith('/'))
    .map((entry) => ({ entry, to: place(entry.name) }))
    .filter((item) => item.to !== null);
  const total = wanted.reduce((sum, { entry }) => sum + entry.size, 0);
  let done = 0;
  /** @type {string[]} */
  const written = [];
  const handle = await open(file);
  try {
    for (const { entry, to } of wanted) {
      const relative = /** @type {string} */ (to);
      if (entry.method !== 0 && entry.method !== 8)
        throw new SetupFailure(`${file} uses a compression this program does not know`, remedy);
      const header = await readExactly(handle, 30, entry.offset);
      if (!header || header.readUInt32LE(0) !== localSignature) throw broken(file);
      const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
      const target = join(folder, relative);
      mkdirSync(dirname(target), { recursive: true });
      let crc = 0;
      let size = 0;
      const measure = new Transform({
        transform(chunk, _encoding, next) {
          crc = crc32(chunk, crc);
          size += chunk.length;
          done += chunk.length;
          onProgress?.(done, total);
          // A member that grows past its declared size is damaged or hostile.
          next(size > entry.size ? broken(file) : null, chunk);
        },
      });
      const source =
        entry.compressed === 0
          ? new PassThrough().end()
          : createReadStream(file, { start, end: start + entry.compressed - 1, highWaterMark: 1 << 20 });
      const inflate =
        entry.method === 8 && entry.compressed > 0
          ? createInflateRaw({ chunkSize: 1 << 20 })
          : new PassThrough();
      try {
        await pipeline(source, inflate, measure, createWriteStream(target));
      } catch (error) {
        if (String(/** @type {NodeJS.ErrnoException} */ (error).code).startsWith('Z_')) throw broken(file);
        throw error;
      }
      if (size !== entry.size || crc !== entry.crc) throw broken(file);
      written.push(relative);
    }
  } finally {
    await handle.close();
  }
  return written;
}
