import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createKeptPreviews } from '#engine/jobs/kept-previews';
import type { Preview } from '#shared/training';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-previews-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const folderOf = (id: string): string => join(root, id);
const job = async (id: string): Promise<string> => (await mkdir(folderOf(id)), id);
const preview = (step: number): Preview => ({
  step,
  samples: { count: 1, width: 1, height: 1, rgba: Uint8Array.of(step, 2, 3, 255) },
  columns: 1,
  columnNames: ['a'],
  coverage: {
    ...{ kind: 'classes', names: ['a'], made: [1], data: [1], covered: 1 },
    ...{ near: null, accuracy: 0.5, isBelievable: false, agreement: null },
  },
  spread: 0.9,
  reconstructions: null,
  codes: { mu: Float32Array.of(0.5, -1), size: 2, labels: Uint8Array.of(0) },
  manifold: null,
  points: null,
});

it('are there for an engine that is started again, as they were', async () => {
  const id = await job('one');
  const before = createKeptPreviews(folderOf, () => 0);
  before.put(id, preview(7));
  await before.rest(id);
  const after = createKeptPreviews(folderOf, () => 0);
  expect(await after.get(id)).toEqual(preview(7));
  expect(await after.get('none')).toBeNull();
});

it('are written every ten seconds while they come, and at once when the run rests', async () => {
  const id = await job('two');
  let clock = 0;
  const kept = createKeptPreviews(folderOf, () => clock);
  const onDisk = async () => (await createKeptPreviews(folderOf, () => 0).get(id))?.step;
  kept.put(id, preview(1));
  await expect.poll(onDisk).toBe(1);
  clock = 5_000;
  kept.put(id, preview(2));
  expect([await onDisk(), (await kept.get(id))?.step]).toEqual([1, 2]);
  clock = 11_000;
  kept.put(id, preview(3));
  await expect.poll(onDisk).toBe(3);
  kept.put(id, preview(4));
  await kept.rest(id);
  expect(await onDisk()).toBe(4);
});

it('are none where the file is cut, of another version, or lies about its size', async () => {
  const id = await job('three');
  const kept = createKeptPreviews(folderOf, () => 0);
  kept.put(id, preview(1));
  await kept.rest(id);
  const path = join(folderOf(id), 'preview.bin');
  const whole = await readFile(path);
  const read = () => createKeptPreviews(folderOf, () => 0).get(id);
  await writeFile(path, whole.subarray(0, whole.length - 9));
  expect(await read()).toBeNull();
  for (const [was, is] of [
    ['"formatVersion":1', '"formatVersion":2'],
    ['"width":1', '"width":9'],
  ] as const) {
    await writeFile(path, Buffer.from(whole.toString('latin1').replace(was, is), 'latin1'));
    expect(await read()).toBeNull();
  }
  await writeFile(path, whole);
  expect((await read())?.step).toBe(1);
});

it('stay in memory where the disk does not take them', async () => {
  const kept = createKeptPreviews(folderOf, () => 0); // its folder is not there
  kept.put('gone', preview(5));
  await kept.rest('gone');
  expect((await kept.get('gone'))?.step).toBe(5);
});
