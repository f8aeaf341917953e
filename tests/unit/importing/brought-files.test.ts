// Copies go with their import; what is a person's own stays.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeBrought } from '#engine/importing/brought-files';

let home: string;
const at = (...names: string[]): string => join(home, ...names);
const remove = (path: string): Promise<void> =>
  removeBrought(path, { uploads: at('uploads'), downloads: at('downloads') });

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'brought-'));
  await mkdir(at('uploads', 'abc', 'faces'), { recursive: true });
  await mkdir(at('downloads'));
  for (const file of [
    ['uploads', 'abc', 'faces', 'model.json'],
    ['uploads', 'training.zip'],
    ['downloads', 'g.onnx'],
    ['mine.onnx'],
  ])
    await writeFile(at(...file), 'x');
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('an uploaded folder goes whole, however deep the path in it', async () => {
  await remove(at('uploads', 'abc', 'faces', 'model.json'));
  expect(existsSync(at('uploads', 'abc'))).toBe(false);
  expect(existsSync(at('uploads', 'training.zip'))).toBe(true);
});

test('a download goes', async () => {
  await remove(at('downloads', 'g.onnx'));
  expect(existsSync(at('downloads', 'g.onnx'))).toBe(false);
});

test.each([[['mine.onnx']], [['uploads', 'training.zip']], [['uploads']], [['downloads']], [['.']]])(
  'stays: %s',
  async (names) => {
    await remove(at(...names));
    await remove('/etc/hostname');
    for (const file of [
      ['uploads', 'training.zip'],
      ['downloads', 'g.onnx'],
      ['mine.onnx'],
      ['uploads', 'abc'],
    ])
      expect(existsSync(at(...file))).toBe(true);
  },
);
