// Files and folders that arrive in pieces.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBroughtToMaps, type BroughtToMaps } from '#engine/maps/brought-pictures';
import { createUploads, type Receive } from '#engine/datasets/uploads';

let folder: string;
let receive: Receive;
let maps: BroughtToMaps;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  maps = createBroughtToMaps(join(folder, 'map-data'), Date.now);
  receive = createUploads(folder, maps);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const whole = (name: string, text: string, last: boolean, folderName = 'my model') =>
  receive({
    upload: 'abcdefgh',
    name,
    offset: 0,
    total: text.length,
    piece: bytes(text),
    folder: { name: folderName, last },
  });

test('a file comes together from its pieces under its own ending', async () => {
  const first = await receive({
    upload: 'abcdefgh',
    name: 'A.ONNX',
    offset: 0,
    total: 5,
    piece: bytes('abc'),
  });
  expect(first.path).toBeNull();
  const { path } = await receive({
    upload: 'abcdefgh',
    name: 'A.ONNX',
    offset: 3,
    total: 5,
    piece: bytes('de'),
  });
  expect(path).toBe(join(folder, 'abcdefgh.onnx'));
  expect(await readFile(path!, 'utf8')).toBe('abcde');
});

test('a folder keeps its name and the folders in it', async () => {
  expect((await whole('model.json', '{}', false)).path).toBeNull();
  const { path } = await whole('variables/weights.bin', 'wwww', true);
  expect(path).toBe(join(folder, 'abcdefgh', 'my model'));
  expect(await readFile(join(path!, 'variables', 'weights.bin'), 'utf8')).toBe('wwww');
  expect(await readFile(join(path!, 'model.json'), 'utf8')).toBe('{}');
});

test.each(['../e', 'a/../../e', '/etc/passwd', 'a//b', 'C:\\x', 'a\\..\\b', 'a/\u0000b', '', '.'])(
  'no file of a folder lands elsewhere: %j',
  async (name) => {
    await expect(whole(name, 'x', true)).rejects.toThrow(/did not arrive whole/);
    expect(await readdir(folder)).toEqual(['partial']);
  },
);

test('the name of a folder is a name and not a path', async () => {
  const { path } = await whole('model.json', '{}', true, '../../evil');
  expect(path).toBe(join(folder, 'abcdefgh', '_.._evil'));
});

test('a piece that does not follow the last one is refused', async () => {
  await expect(
    receive({ upload: 'abcdefgh', name: 'a.zip', offset: 3, total: 5, piece: bytes('de') }),
  ).rejects.toThrow('byte 0 was expected and 3 came');
});

test('what comes for a map is kept under its id, in place of what was there', async () => {
  const forMap = 'ab'.repeat(12);
  const bring = (upload: string, text: string) =>
    receive({
      ...{ upload, name: 'a.png', offset: 0, total: text.length, piece: bytes(text) },
      folder: { name: 'faces', last: true, forMap },
    });
  const first = await bring('abcdefgh', 'first');
  expect(first.path).toBe(join(folder, 'map-data', forMap, 'abcdefgh', 'faces'));
  const second = await bring('ijklmnop', 'second');
  expect(await readdir(join(folder, 'map-data', forMap))).toEqual(['ijklmnop']);
  expect(await readFile(join(second.path!, 'a.png'), 'utf8')).toBe('second');
  expect(await maps.list()).toMatchObject([{ id: forMap, title: 'faces', bytes: 6 }]);
  expect(await readdir(folder)).toEqual(['map-data', 'partial']);
});
