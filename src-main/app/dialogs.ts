// The native dialogs. The person picks the path; the page learns the file's name and bytes, never where it lies.
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { BrowserWindow } from 'electron';
import { AppError } from '#shared/errors';
import type { FileFilter, PickedFile } from '#shared/host';
import { LIMITS } from '#shared/schema';
import type { ElectronParts } from './electron-parts';

/** Writes all of it or nothing. */
export type WriteFile = (path: string, bytes: Uint8Array) => Promise<unknown>;

type DialogParts = Pick<ElectronParts, 'dialog'>;

export async function saveFile(
  { dialog }: DialogParts,
  window: BrowserWindow,
  write: WriteFile,
  suggestedName: string,
  bytes: Uint8Array,
): Promise<string | null> {
  const extension = extname(suggestedName).slice(1);
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    defaultPath: plainName(suggestedName),
    ...(extension === '' ? {} : { filters: [{ name: extension.toUpperCase(), extensions: [extension] }] }),
  });
  if (canceled || filePath === '') return null;
  await write(filePath, bytes);
  return basename(filePath);
}

export async function openFiles(
  { dialog }: DialogParts,
  window: BrowserWindow,
  { name, extensions }: FileFilter,
): Promise<readonly PickedFile[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, {
    properties: ['openFile', 'multiSelections'],
    filters: [{ name, extensions: [...extensions] }],
  });
  return canceled ? [] : Promise.all(filePaths.map(readPicked));
}

async function readPicked(path: string): Promise<PickedFile> {
  const name = basename(path);
  const { size } = await stat(path).catch(() => unreadable(name));
  if (size > LIMITS.dataBytes) {
    throw new AppError({
      code: 'input/too-large',
      headline: 'This file is too large',
      where: name,
      cause: `it has ${Math.round(size / 2 ** 20)} MB, and ${LIMITS.dataBytes / 2 ** 20} MB is the most`,
      remedy: 'choose a smaller one',
    });
  }
  return { name, bytes: new Uint8Array(await readFile(path).catch(() => unreadable(name))) };
}

function unreadable(name: string): never {
  throw new AppError({
    code: 'input/unreadable',
    headline: 'This file cannot be read',
    where: name,
    remedy: 'check that it is still there and that you may read it',
  });
}

/** What a page suggests is a name and must not become a path. */
export function plainName(suggested: string): string {
  const name = basename(suggested.replaceAll('\\', '/')).replace(/[\p{Cc}<>:"|?*]/gu, '_');
  return /^\.*$/.test(name) ? 'latentscape' : name;
}
