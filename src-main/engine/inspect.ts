// What a pack is and how it would run here: by id, or by the folder it lies in.
import { stat } from 'node:fs/promises';
import { bundledModelsFolder, libraryFolder } from './store/paths';
import { openModel } from './open-model';
import { createRegistry, openPackFolder } from './registry';
import type { Pack, Manifest } from './pack';
import type { ModelRuntime } from '#shared/domain';

export interface Places {
  readonly appRoot: string;
  readonly userData: string;
}

/** A pack by its id in the registry, or by a folder of its own. */
export async function openPackFor(target: string, { appRoot, userData }: Places): Promise<Pack> {
  const isFolder = await stat(target).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (isFolder) return openPackFolder(target);
  return createRegistry({ bundled: bundledModelsFolder(appRoot), library: libraryFolder(userData) }).get(
    target,
  );
}

export async function inspect(
  target: string,
  places: Places,
): Promise<{ readonly manifest: Manifest; readonly runtime: ModelRuntime }> {
  const pack = await openPackFor(target, places);
  const model = await openModel(pack);
  try {
    return { manifest: pack.manifest, runtime: model.runtime };
  } finally {
    await model.dispose();
  }
}
