// The table of the page's files, and the words of `serve`.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPageFiles } from '#app/page-files';
import { parseServeOptions } from '#app/run-serve';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-page-'));
  const root = join(folder, 'root');
  await mkdir(join(root, 'assets', 'fonts'), { recursive: true });
  await mkdir(join(folder, 'root-evil'));
  await writeFile(join(folder, 'root-evil', 'x.js'), 'evil');
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets', 'index-a1.js'), '1');
  await writeFile(join(root, 'assets', 'fonts', 'a.woff2'), '2');
  await writeFile(join(root, 'assets', 'index-a1.js.map'), 'source');
  await writeFile(join(root, '.env.js'), 'secret');
  await writeFile(join(root, 'a b.js'), 'odd');
  await symlink('/etc/passwd', join(root, 'passwd.js'));
  await symlink(join(folder, 'root-evil'), join(root, 'evil'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('page files', () => {
  test('are the plain ones of known types; links, hidden files and source maps are none', () => {
    const files = readPageFiles(join(folder, 'root'));
    expect([...files.keys()].sort()).toEqual([
      '/',
      '/assets/fonts/a.woff2',
      '/assets/index-a1.js',
      '/index.html',
    ]);
    expect(files.get('/')).toBe(files.get('/index.html'));
  });

  test('that are not there: one sentence', () => {
    expect(() => readPageFiles(join(folder, 'nothing'))).toThrow(
      'The page has not been built; run “npm run build” first.',
    );
  });
});

describe('serve', () => {
  test('takes a port, a browser and a folder', () => {
    expect(parseServeOptions([])).toEqual({ port: 0, open: false, data: null });
    expect(parseServeOptions(['--port', '8080', '--open', '--data', 'x'])).toEqual({
      port: 8080,
      open: true,
      data: 'x',
    });
    expect(parseServeOptions(['--port=65535'])).toMatchObject({ port: 65_535 });
  });

  test.each([
    ['--port', 'x'],
    ['--port', '-1'],
    ['--port', '65536'],
    ['--port', '1e3'],
    ['--port', ''],
  ])('refuses %s %j', (...argv) =>
    expect(() => parseServeOptions(argv)).toThrow(/^'.*' is not a port; |^serve does not take this/),
  );

  test('refuses what it does not know', () => {
    for (const argv of [['--host', '0.0.0.0'], ['8080'], ['--port']]) {
      expect(() => parseServeOptions(argv)).toThrow(
        /^serve does not take this: [^\n]+; use serve \[--port 0\]/,
      );
    }
  });
});
