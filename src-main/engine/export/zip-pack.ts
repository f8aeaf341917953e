/**
 * A whole pack as one zip: the folder by its id, the files that the manifest lists and nothing else. The same pack gives
 * the same bytes, today and on another machine.
 */
import { zipSync, type Zippable } from 'fflate';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, readPack, readPackFile, type Pack } from '../pack';

/** The first moment that a zip can tell; written as local time, hence not by Date.UTC. */
const NO_TIME = new Date(1980, 0, 1);
const PACKED = /\.(json|md|txt)$/;

export async function zipPack(pack: Pack): Promise<Uint8Array> {
  const { id, files } = pack.manifest;
  const entries: Zippable = {};
  await readPack(pack.folder, pack.origin); // the manifest as it is now, and every file as it says
  const names = [MANIFEST_FILE, ...Object.keys(files)].sort();
  for (const name of names) {
    const bytes =
      name === MANIFEST_FILE
        ? new Uint8Array(await readFile(join(pack.folder, name)))
        : await readPackFile(pack, name);
    // weights hardly shrink, and take long to try
    entries[`${id}/${name}`] = [bytes, { level: PACKED.test(name) ? 9 : 0, mtime: NO_TIME, os: 3 }];
  }
  return zipSync(entries);
}
