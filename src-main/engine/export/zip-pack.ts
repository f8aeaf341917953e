/**
 * A whole pack as one zip: the folder by its id, the files that the manifest lists and nothing else. The same pack gives
 * the same bytes.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, readPack, readPackFile, type Pack } from '../pack';
import { zipDeterministic } from './deterministic-zip';

export async function zipPack({ folder, origin }: Pack): Promise<Uint8Array> {
  const pack = await readPack(folder, origin); // as it is now, and every file as it says
  const files = new Map<string, Uint8Array>();
  files.set(MANIFEST_FILE, new Uint8Array(await readFile(join(folder, MANIFEST_FILE))));
  for (const name of Object.keys(pack.manifest.files)) files.set(name, await readPackFile(pack, name));
  return zipDeterministic(files, `${pack.manifest.id}/`);
}
