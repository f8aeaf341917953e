// Latents from the command line: a JSON file in any of the shapes that the window copies, or the numbers themselves.
import { readFile } from 'node:fs/promises';
import { AppError } from '#shared/errors';

/**
 * With `model`, a file that names another one is refused.
 * @throws AppError input/latent where it is no JSON, holds something else than finite numbers, or has the wrong length. // n x [size]
 */
export async function readLatents(
  source: string,
  size: number,
  model?: string,
): Promise<readonly Float32Array[]> {
  const inline = /^[-+.\deE,\s]+$/.test(source) && /\d/.test(source);
  const rows = inline ? [source.split(',').map(Number)] : rowsOf(await readJson(source), source, model);
  if (rows.length === 0) throw wrong(source, 'it holds no latents');
  return rows.map((row, i) => checked(row, rows.length > 1 ? `${source}, latent ${i}` : source, size));
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new AppError({
      code: 'input/missing',
      headline: 'The latents cannot be read',
      where: path,
      cause: error.code,
      remedy: 'check its path',
    });
  });
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw wrong(path, 'it is not JSON');
  }
}

function rowsOf(document: unknown, where: string, model: string | undefined): readonly unknown[] {
  const named =
    typeof document === 'object' && document !== null && 'model' in document ? document.model : null;
  if (model !== undefined && typeof named === 'string' && named !== model)
    throw wrong(where, `it says that it is one of ${named.slice(0, 64)}, not of ${model}`);
  const value = typeof document === 'object' && document !== null && 'z' in document ? document.z : document;
  if (!Array.isArray(value)) throw wrong(where, 'it has no list of numbers');
  return value.every((item) => Array.isArray(item)) ? value : [value];
}

function checked(row: unknown, where: string, size: number): Float32Array {
  if (!Array.isArray(row) || !row.every((value) => typeof value === 'number' && Number.isFinite(value))) {
    throw wrong(where, 'every coordinate must be a finite number');
  }
  if (row.length !== size)
    throw wrong(where, `it has ${row.length} coordinates, this model's latent has ${size}`);
  return Float32Array.from(row as number[]);
}

function wrong(where: string, cause: string): AppError {
  return new AppError({
    code: 'input/latent',
    headline: 'This is no latent of the model',
    where,
    cause,
    remedy: 'correct it and try again',
  });
}
