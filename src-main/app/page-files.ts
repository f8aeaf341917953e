// The built page as a fixed table from path to bytes, read once. A request is looked up in it and never becomes a path on the disk,
// so there is nothing to traverse.
import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import { extname, join } from 'node:path';
import { AppError } from '#shared/errors';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** From '/assets/index.js' to the file. '/' is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

export function readPageFiles(folder: string): PageFiles {
  const files = new Map<string, PageFile>();
  addFolder(folder, '/', files);
  const index = files.get('/index.html');
  if (index === undefined) {
    throw new AppError({
      code: 'usage/not-built',
      headline: 'The page has not been built',
      remedy: 'run “npm run build” first',
    });
  }
  return files.set('/', index);
}

/** Plain files with plain names and a type we know; links are left out. */
function addFolder(folder: string, prefix: string, files: Map<string, PageFile>): void {
  for (const item of entriesOf(folder)) {
    const path = join(folder, item.name);
    const type = TYPES[extname(item.name)];
    if (!PLAIN_NAME.test(item.name)) continue;
    if (item.isDirectory()) addFolder(path, `${prefix}${item.name}/`, files);
    else if (item.isFile() && type !== undefined) {
      files.set(prefix + item.name, { type, bytes: new Uint8Array(readFileSync(path)) });
    }
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
