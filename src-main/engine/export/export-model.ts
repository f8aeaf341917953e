/**
 * A model as a file for other programs. What is written was run before and gave what the model gives here; a network
 * that cannot be said in a format is refused in one sentence.
 */
import { AppError } from '#shared/errors';
import type { ExportFormat, ExportPart } from '#shared/exporting';
import { readPackFile, type Pack } from '../pack';
import type { ExportedFile } from './kept-exports';
import { zipPack } from './zip-pack';

export async function exportModel(pack: Pack, part: ExportPart, format: ExportFormat): Promise<ExportedFile> {
  const { id } = pack.manifest;
  if (format === 'zip') return { name: `${id}.zip`, bytes: await zipPack(pack) };
  const network = pack.manifest[part];
  if (network === undefined) {
    throw new AppError({
      code: 'model/no-encoder',
      headline: 'The model has no encoder to export',
      where: id,
      remedy: 'export its generator',
    });
  }
  if (format === 'safetensors') {
    return { name: `${id}-${part}.safetensors`, bytes: await readPackFile(pack, network.file) };
  }
  throw cannot(id, format, 'this format is not written yet');
}

export const cannot = (where: string, format: ExportFormat, cause: string): AppError =>
  new AppError({
    code: 'model/unsupported',
    headline: `The network cannot be exported as ${format}`,
    where,
    cause,
    remedy: 'choose another format',
  });
