// Files that were dropped on the window, and no part of it took: what they mean in the place one is at. A model means the same anywhere.
import { kindOfDrop } from './drop-kind';
import { filesOfDrop, type BroughtFile } from './file-upload';
import type { Workbench } from './workbench.svelte';

/** More pictures at once are data: a map shows them. */
const MOST_PICTURES = 64;

export async function takeDrop(workbench: Workbench, transfer: DataTransfer): Promise<void> {
  const dropped = await filesOfDrop(transfer);
  const [first] = dropped?.files ?? [];
  if (dropped === null || first === undefined) return;
  const { place, importing, map, project, training, walks } = workbench;
  const { name, files } = dropped;
  // whoever has the sheet of pictures before them means that
  if (place === 'map' && map.data.isOpen) return map.data.take(name, files);
  const asFiles = (): readonly File[] => files.map(({ path, blob }) => new File([blob], path));
  const kind = kindOfDrop(files.map(({ path }) => path));
  if (kind === 'project') await project.takeFile(first);
  else if (kind === 'model' || place === 'library') await importing.takeFiles(name, files);
  else if (place === 'train') training.takeFiles(asFiles());
  else if (kind === 'data' && place === 'map') await map.data.take(name, files);
  else if (kind === 'walk' && place === 'interpolate')
    await walks.adding.takeFiles(await workbench.own.read(asFiles()));
  else if (kind === 'pictures') await takePictures(workbench, name, files, asFiles());
  else await importing.takeFiles(name, files);
}

async function takePictures(
  { place, arithmetic, map, notices, own, walks }: Workbench,
  name: string,
  brought: readonly BroughtFile[],
  files: readonly File[],
): Promise<void> {
  if (files.length > MOST_PICTURES) {
    if (place === 'map') return map.data.take(name, brought);
    return notices.problem(
      `${files.length.toLocaleString('en')} pictures are many at once; drop them on the map, and each becomes a point of it.`,
    );
  }
  if (place === 'interpolate') return walks.adding.takeFiles(await own.read(files));
  if (place !== 'arithmetic') return own.addFiles(files);
  const [first] = await own.read(files.slice(0, 1));
  if (first !== undefined) await arithmetic.face.take(first);
}
