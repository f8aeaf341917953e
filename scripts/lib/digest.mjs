// @ts-check
// SHA-256 of files and of whole source trees.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * @param {string} file
 * @param {(done: number) => void} [onProgress] bytes so far
 * @returns {Promise<string>} hexadecimal
 */
export async function fileSha256(file, onProgress) {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
    done += chunk.length;
    onProgress?.(done);
  }
  return hash.digest('hex');
}

/**
 * One digest over the names and contents of files and folders. Contents rather than dates, because a checkout
 * changes dates and an editor can keep them.
 * @param {string} base
 * @param {readonly string[]} entries relative to base; those that are absent count as absent
 */
export function treeDigest(base, entries) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (!name.startsWith('.')) add(join(path, name));
    } else {
      const content = readFileSync(path);
      hash.update(`${relative(base, path)}\0${content.length}\0`).update(content);
    }
  };
  for (const entry of entries) add(join(base, entry));
  return hash.digest('hex');
}
