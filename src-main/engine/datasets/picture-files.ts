// Pictures in a folder or in a zip, as one list: names relative to it, sorted, and how to read each.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MAX_DATA_FILES, MAX_PICTURE_FILE_BYTES } from '../store/limits';
import { badData } from './data-errors';
import { openZip, type ZipEntry } from './zip-file';

export interface PictureFile {
  /** Relative, with forward slashes. */
  readonly name: string;
  /** Changes when the file does. */
  readonly stamp: string;
  readonly read: () => Promise<Uint8Array>;
}

export interface PictureFiles {
  readonly title: string;
  readonly pictures: readonly PictureFile[];
  /** Tables beside them, by relative name. */
  readonly tables: readonly PictureFile[];
  /** Files that are neither. */
  readonly others: number;
  readonly close: () => void;
}

const PICTURE = /\.(png|jpe?g|gif|webp|bmp)$/i;
const TABLE = /\.(csv|tsv)$/i;
/** What systems leave behind. */
const HIDDEN = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/;

export async function folderFiles(folder: string): Promise<PictureFiles> {
  const files: PictureFile[] = [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  if (entries.length > MAX_DATA_FILES)
    throw badData('too-large', 'The folder holds too many files', basename(folder), `${entries.length}`);
  for (const entry of entries) {
    if (!entry.isFile()) continue; // links are not followed: they lead anywhere
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, '');
    const { size, mtimeMs } = await stat(path);
    files.push({ name, stamp: `${size} ${mtimeMs}`, read: () => readPictureFile(path, size) });
  }
  return { ...sorted(files), title: basename(folder), close: () => undefined };
}

async function readPictureFile(path: string, size: number): Promise<Uint8Array> {
  if (size > MAX_PICTURE_FILE_BYTES) throw new Error(`it is ${size} bytes long`);
  return readFile(path);
}

/** The caller closes it. */
export async function zipFiles(path: string): Promise<PictureFiles> {
  const { entries, close } = await openZip(path);
  const file = ({ name, size, read }: ZipEntry): PictureFile => ({ name, stamp: String(size), read });
  return { ...sorted(entries.map(file)), title: basename(path).replace(/\.zip$/i, ''), close };
}

function sorted(files: readonly PictureFile[]): Pick<PictureFiles, 'pictures' | 'tables' | 'others'> {
  const visible = files
    .filter(({ name }) => !HIDDEN.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const pictures = visible.filter(({ name }) => PICTURE.test(name));
  const tables = visible.filter(({ name }) => TABLE.test(name));
  return { pictures, tables, others: visible.length - pictures.length - tables.length };
}
