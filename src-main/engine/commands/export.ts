// export: a model as a file for other programs.
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { EXPORT_FORMATS } from '#shared/exporting';
import { AppError } from '#shared/errors';
import { exportModel } from '../export/export-model';
import { openPackFor } from '../inspect';
import { writeAtomic, writeFolderAtomic } from '../store/atomic';
import { realFilePort } from '../store/file-port';
import { formatBytes, storeError } from '../store/store-errors';
import { command, text } from './command';

export const exportCommand = command({
  usage: 'export <model>',
  describe: 'a model as a file for other programs, checked before it is written',
  options: [
    { flag: '--format <name>', describe: EXPORT_FORMATS.join(', '), default: 'zip' },
    { flag: '--part <name>', describe: 'generator or encoder; a zip has both', default: 'generator' },
    { flag: '--out <file>', describe: 'where to; tfjs writes a folder unless it ends in .zip' },
  ],
  examples: ['export fashion-vae-2d --format onnx --out generator.onnx'],
  input: z.object({
    model: text,
    format: z.enum(EXPORT_FORMATS),
    part: z.enum(['generator', 'encoder']),
    out: text.optional(),
  }),
  async run({ model, format, part, out }, { paths }) {
    const { name, bytes, files } = await exportModel(await openPackFor(model, paths), part, format);
    const target = resolve(out ?? name);
    const asFolder = files !== undefined && !target.endsWith('.zip');
    try {
      await mkdir(dirname(target), { recursive: true });
    } catch (error) {
      throw storeError(error, target, bytes.byteLength);
    }
    if (asFolder) {
      if (await realFilePort.exists(target)) throw folderIsThere(target);
      await writeFolderAtomic(target, files, { mode: 0o644 });
    } else await writeAtomic(target, bytes, { mode: 0o644 });
    const size = bytes.byteLength;
    return {
      json: { model, format, part: format === 'zip' ? 'all' : part, file: target, bytes: size },
      lines: [`${target}, ${formatBytes(size)}`],
    };
  },
});

/** A folder is replaced as a whole: whatever else lies in it would be gone. */
const folderIsThere = (where: string): AppError =>
  new AppError({
    code: 'usage/out',
    headline: 'There is something of this name already',
    where,
    cause: 'a whole folder is written',
    remedy: 'name a folder that is not there yet, or a file that ends in .zip',
  });
