// Copies of a person's pictures: as long as a project names them, and a month more; taken away when a person says so.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBroughtToMaps, type BroughtToMaps } from '#engine/maps/brought-pictures';
import { A, B, createHome, json, request, type Home } from '../projects/small-projects';

const DAY = 24 * 3600 * 1000;
const FIRST = '1'.repeat(24);
const OTHER = '2'.repeat(24);
const START = 1_700_000_000_000;
let root: string;
let clock: number;
let maps: BroughtToMaps;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'map-data-'));
  clock = START;
  maps = createBroughtToMaps(root, () => clock);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As an upload leaves it. */
async function bring(id: string, upload: string, files: Readonly<Record<string, string>>, title = 'faces') {
  const folder = join(maps.placeOf(id, upload), title);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await utimes(maps.placeOf(id, upload), clock / 1000, clock / 1000);
  await maps.settle(id, upload);
  return folder;
}
const never = (): Promise<boolean> => Promise.resolve(false);
const always = (): Promise<boolean> => Promise.resolve(true);
const kept = async (): Promise<readonly string[]> => (await maps.list()).map(({ id }) => id);

describe('what was brought', () => {
  it('is listed with its size, the newest first; one file is itself', async () => {
    expect(await maps.list()).toEqual([]);
    const folder = await bring(FIRST, 'upload-1', { 'a.png': 'aaa', 'b.png': 'bb' });
    clock += DAY;
    const file = await bring(OTHER, 'upload-2', { 'faces.zip': 'zip' }, 'faces.zip');
    expect(await maps.list()).toEqual([
      { id: OTHER, title: 'faces.zip', path: join(file, 'faces.zip'), bytes: 3, broughtAt: START + DAY },
      { id: FIRST, title: 'faces', path: folder, bytes: 5, broughtAt: START },
    ]);
  });

  it('gives its place to what is brought under its id', async () => {
    const before = await bring(FIRST, 'upload-1', { 'a.png': 'aaa' });
    await bring(OTHER, 'upload-2', { 'a.png': 'a' });
    await bring(FIRST, 'upload-3', { 'a.png': 'new' });
    expect(existsSync(before)).toBe(false);
    expect(await readdir(root)).toEqual([FIRST, OTHER]);
    expect(await readdir(join(root, FIRST))).toEqual(['upload-3']);
  });

  it('goes when a person takes it away, and only that', async () => {
    await bring(FIRST, 'upload-1', { 'a.png': 'aaa' });
    await bring(OTHER, 'upload-2', { 'a.png': 'a' });
    await maps.forget(FIRST);
    expect(await readdir(root)).toEqual([OTHER]);
    await expect(maps.forget(FIRST)).rejects.toThrow(/^There are no such pictures/);
  });
});

describe('at the start', () => {
  it('what nothing names goes after a month, and not before', async () => {
    await bring(FIRST, 'upload-1', { 'a.png': 'aaa' });
    clock += 30 * DAY;
    await maps.sweep(never);
    expect(await kept()).toEqual([FIRST]);
    clock += 1;
    await maps.sweep(never);
    expect(await readdir(root)).toEqual([]);
  });

  it('what a project names stays, and a month more when it is named no longer', async () => {
    await bring(FIRST, 'upload-1', { 'a.png': 'aaa' });
    clock += 400 * DAY;
    await maps.sweep(always);
    clock += 20 * DAY;
    await maps.sweep(never);
    expect(await kept()).toEqual([FIRST]);
    clock += 20 * DAY;
    await maps.sweep(never);
    expect(await kept()).toEqual([]);
  });

  it('nothing goes where it cannot be known what is named', async () => {
    await bring(FIRST, 'upload-1', { 'a.png': 'aaa' });
    clock += 400 * DAY;
    await expect(maps.sweep(() => Promise.reject(new Error('a damaged project')))).rejects.toThrow();
    expect(await kept()).toEqual([FIRST]);
  });

  it('a removal that was cut short is ended, and files of others are left alone', async () => {
    await mkdir(join(root, `gone-${FIRST}-17`, 'upload-1', 'faces'), { recursive: true });
    await mkdir(join(root, 'notes'));
    clock += 400 * DAY;
    await maps.sweep(never);
    expect(await readdir(root)).toEqual(['notes']);
  });
});

describe('a project names', () => {
  let home: Home;
  beforeEach(async () => (home = await createHome(false)));
  afterEach(() => home.remove());

  it('what any step of any of its parts speaks of, until it is gone for good', async () => {
    const projects = home.engine();
    expect(await projects.isNamed(FIRST)).toBe(false);
    const held = (await projects.hold(A))!;
    const map = { histories: { m: { steps: [{ spec: { source: { kind: 'data', id: FIRST } } }, {}] } } };
    await projects.save(request(held, { models: [], parts: { map: json(map) } }));
    await held.release();
    expect(await projects.isNamed(FIRST)).toBe(true);
    expect(await projects.isNamed(OTHER)).toBe(false);
    await projects.remove(A);
    expect(await projects.isNamed(FIRST)).toBe(true); // it can be brought back
  });

  it('anything, where it cannot be read', async () => {
    await mkdir(home.folder, { recursive: true });
    await writeFile(join(home.folder, `${B}.latentscape`), 'damaged');
    await expect(home.engine().isNamed(FIRST)).rejects.toThrow();
  });
});
