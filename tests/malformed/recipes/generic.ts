// What can be wrong with a file of any kind: cut, doubled, overwritten, of another kind, or not a file at all.
import { execFileSync } from 'node:child_process';
import { mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { seededRandom } from '#shared/random';
import { smallPng } from '../bases';
import { joined } from './bytes';
import { partOf, PIPE, type Base, type Files, type Recipe, type Verdict } from '../corpus';

/** `main` is the file that is damaged: what a person points at, or the part of it that is read first. */
export async function genericRecipes(base: Base, main: string): Promise<readonly Recipe[]> {
  const sealed = await base.seal(base.parts);
  const bytes = partOf(sealed, main);
  const put = (name: string, content: () => Uint8Array, verdict: Verdict = 'refused'): Recipe => ({
    ...{ name, verdict },
    files: () => new Map([...sealed, [main, content()]]),
  });
  const cut =
    (length: number): (() => Uint8Array) =>
    () =>
      bytes.slice(0, length);
  const random = seededRandom(1);
  const png = await smallPng();
  return [
    put('no byte', cut(0)),
    put('one byte', cut(1)),
    ...[7, 8, 9].map((length) => put(`the first ${length} bytes`, cut(length))),
    ...[25, 50, 75, 99].map((share) =>
      put(`cut at ${share} %`, cut(Math.floor((bytes.length * share) / 100)), 'either'),
    ),
    put('without its last byte', cut(bytes.length - 1), 'either'),
    put('one byte of zero after it', () => joined(bytes, Uint8Array.of(0)), 'either'),
    put('twice in a row', () => joined(bytes, bytes), 'either'),
    put('4 KB of 0xFF', () => new Uint8Array(4096).fill(0xff)),
    put('4 KB of zero', () => new Uint8Array(4096)),
    put('4 KB of noise', () => Uint8Array.from({ length: 4096 }, () => random.integer(256))),
    put('a picture under its name', () => png),
    put('a byte order mark before it', () => joined(Uint8Array.of(0xef, 0xbb, 0xbf), bytes), 'either'),
    put('as UTF-16', () => new Uint8Array(Uint16Array.from(bytes).buffer)),
    ...notFiles(sealed, main),
  ];
}

/** Under the name of the file lies something that is none. */
function notFiles(sealed: Files, main: string): readonly Recipe[] {
  const without = new Map([...sealed].filter(([path]) => path !== main));
  const arranged = (name: string, arrange: (path: string, outside: string) => Promise<void>): Recipe => ({
    ...{ name, verdict: 'refused', files: () => without },
    arrange: async (folder, outside) => {
      await mkdir(dirname(join(folder, main)), { recursive: true });
      await arrange(join(folder, main), outside);
    },
  });
  return [
    arranged('a folder under its name', async (path) => {
      await mkdir(path);
    }),
    arranged('a pipe under its name', (path) => Promise.resolve(makePipe(path))),
    arranged('a link to a pipe outside', (path, outside) => symlink(join(outside, PIPE), path)),
    arranged('a link to a device', (path) => symlink('/dev/zero', path)),
    arranged('a link to itself', (path) => symlink(path, path)),
    arranged('a file of 10 GB without content', async (path) => {
      const file = await open(path, 'w');
      await file.truncate(10 * 2 ** 30);
      await file.close();
    }),
  ];
}

export function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
}
