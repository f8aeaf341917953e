// Labels and directions into a pack that is there already: every other file stays as it is, and the folder is replaced in one step.
import type { Direction } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { readPackFile, writePack, type Pack, type PackContent } from '../pack';
import { MAX_MANIFEST_BYTES } from '../store/limits';
import { labelFile, labelParts, type Labelling } from './labelled';

const LABELS_FILE = 'labels.safetensors';
/** A coordinate as JSON writes it, with its comma and its line. */
const BYTES_OF_NUMBER = 32;

export async function writeLabels(
  pack: Pack,
  labelling: Labelling,
  directions: readonly Direction[],
): Promise<Pack> {
  const { manifest, folder } = pack;
  const { files: hashes, formatVersion: _, attributes: _a, labels, directions: _d, ...rest } = manifest;
  const numbers = directions.reduce((sum, { vector }) => sum + vector.length, 0);
  if (numbers * BYTES_OF_NUMBER > MAX_MANIFEST_BYTES) throw tooLarge(manifest.id, numbers);
  const files = new Map<string, Uint8Array>();
  for (const name of Object.keys(hashes)) files.set(name, await readPackFile(pack, name));
  // labels that lie beside the codes stay there, unused; a file of their own is replaced
  if (labels?.file === LABELS_FILE) files.delete(LABELS_FILE);
  files.set(LABELS_FILE, labelFile(labelling, manifest.latent.size));
  const content: PackContent = {
    manifest: {
      ...rest,
      ...labelParts(
        labelling,
        LABELS_FILE,
        directions.map((direction): Direction => ({ ...direction, origin: 'pack' })),
      ),
    },
    files,
  };
  return { ...(await writePack(folder, content)), origin: pack.origin };
}

const tooLarge = (where: string, numbers: number): AppError =>
  new AppError({
    code: 'pack/too-large',
    headline: 'The directions do not fit into the pack',
    where,
    cause: `${numbers} numbers, and the manifest holds ${MAX_MANIFEST_BYTES} bytes`,
    remedy: 'write fewer directions',
  });
