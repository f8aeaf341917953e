// Uploads go when nothing needs them any more, and nothing else goes.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLeftUploads, type LeftUploads } from '#engine/datasets/left-uploads';
import { createUploads } from '#engine/datasets/uploads';
import { createJobs, type Jobs } from '#engine/jobs/jobs';
import { noTrainers, type Trainers } from '#engine/jobs/trainers';
import { presetOf } from '#engine/training/presets';

const DAY = 24 * 3600 * 1000;
const OPTIONS = { size: null, crop: 'cover', grey: false } as const;
const [FIRST, OTHER, FOLDER] = ['1', '2', '3'].map((digit) => digit.repeat(24)) as [string, string, string];
/** They take everything and do nothing. */
const idle: Trainers = { ...noTrainers, start: () => undefined, kill: () => undefined };
let home: string;
let clock: number;
let open: string[];
let jobs: Jobs;
let uploads: LeftUploads;

const at = (...names: string[]): string => join(home, ...names);
const inUploads = (...names: string[]): string => at('uploads', ...names);
const data = (path: string) => ({ kind: 'path', path }) as const;
const begin = (path: string): Promise<string> => jobs.start(presetOf('gan-points'), data(path), OPTIONS);
const kept = async (): Promise<readonly string[]> => (await readdir(inUploads())).sort();
async function put(...names: string[]): Promise<string> {
  await mkdir(dirname(inUploads(...names)), { recursive: true });
  await writeFile(inUploads(...names), 'x');
  return inUploads(...names);
}
/** As an engine that was started again. */
function start(): void {
  jobs = createJobs({ jobs: at('jobs'), library: at('models') }, idle);
  uploads = createLeftUploads({
    folder: inUploads(),
    named: async () => [...(await jobs.abouts()), ...open],
    now: () => clock,
  });
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'left-uploads-'));
  clock = Date.now();
  open = [];
  start();
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('what is old', () => {
  it('goes where nothing names it: a file, a folder, and what never came whole', async () => {
    await put(`${FIRST}.zip`);
    await put(FOLDER, 'faces.latentscape', 'faces.latentscape');
    await put('partial', OTHER, 'file');
    clock += 8 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual(['partial']);
    expect(await readdir(inUploads('partial'))).toEqual([]);
  });

  it('stays where a training names it, in whatever state, also of a newer version', async () => {
    await begin(await put(`${FIRST}.zip`));
    await put(`${OTHER}.zip`);
    await mkdir(at('jobs', 'newer'));
    const newer = { formatVersion: 99, sources: [{ where: inUploads(`${OTHER}.zip`) }] };
    await writeFile(at('jobs', 'newer', 'about.json'), JSON.stringify(newer));
    clock += 400 * DAY;
    start();
    await uploads.sweep();
    expect(await kept()).toEqual([`${FIRST}.zip`, `${OTHER}.zip`]);
  });

  it('stays where a training names it by another way to the same home', async () => {
    await put(`${FIRST}.zip`);
    await symlink(home, `${home}-link`);
    await begin(join(`${home}-link`, 'uploads', `${FIRST}.zip`));
    await rm(`${home}-link`);
    clock += 400 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([`${FIRST}.zip`]);
  });

  it('stays where an import is open of it', async () => {
    open = [await put(FOLDER, 'my model', 'model.json')];
    clock += 400 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([FOLDER]);
  });

  it.each([['{"formatVersion": 1, "da'], ['']])(
    'stays where it cannot be known what a training names: %j',
    async (about) => {
      await put(`${FIRST}.zip`);
      await mkdir(at('jobs', 'damaged'), { recursive: true });
      await writeFile(at('jobs', 'damaged', 'about.json'), about);
      clock += 400 * DAY;
      await uploads.sweep();
      await uploads.left(data(inUploads(`${FIRST}.zip`)), null);
      expect(await kept()).toEqual([`${FIRST}.zip`]);
    },
  );

  it('stays where no upload put it', async () => {
    await put('notes.txt');
    await put('My faces', 'a.png');
    await put('holiday2024.zip');
    clock += 400 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual(['My faces', 'holiday2024.zip', 'notes.txt']);
  });
});

describe('what is young', () => {
  it('stays for a week', async () => {
    await put(`${FIRST}.zip`);
    clock += 6.9 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([`${FIRST}.zip`]);
  });

  it('stays for a week after a window looked at it', async () => {
    const path = await put(`${FIRST}.zip`);
    clock += 100 * DAY;
    const { mtimeMs } = await stat(path);
    await uploads.seen(data(path));
    expect((await stat(path)).mtimeMs).toBeCloseTo(mtimeMs, -1);
    await uploads.sweep();
    start(); // whether or not its engine was lost since
    clock += 6.9 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([`${FIRST}.zip`]);
    clock += DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([]);
  });
});

describe('the data of a training that is removed', () => {
  it('go at once, with the last training that names them', async () => {
    const path = await put(`${FIRST}.zip`);
    await put(`${OTHER}.zip`);
    const [one, two] = [await begin(path), await begin(path)];
    await uploads.left(await jobs.remove(one), null);
    expect(await kept()).toEqual([`${FIRST}.zip`, `${OTHER}.zip`]);
    await uploads.left(await jobs.remove(two), null);
    expect(await kept()).toEqual([`${OTHER}.zip`]);
  });

  it('stay for a week where another training is being prepared of them', async () => {
    const path = await put(`${FIRST}.zip`);
    const job = await begin(path);
    clock += 30 * DAY;
    await uploads.left(await jobs.remove(job), path);
    await uploads.sweep();
    expect(await kept()).toEqual([`${FIRST}.zip`]);
    clock += 8 * DAY;
    await uploads.sweep();
    expect(await kept()).toEqual([]);
  });

  it('stay where they are a person’s own', async () => {
    const elsewhere = at('1'.repeat(24));
    const outside = [elsewhere, inUploads('..', '1'.repeat(24)), inUploads(), home, inUploads('My faces')];
    await writeFile(elsewhere, 'x');
    await put('My faces', 'a.png');
    for (const path of outside) await uploads.left(data(path), null);
    await uploads.left({ kind: 'builtin', name: FIRST, count: 1, seed: 1, size: 1 }, null);
    expect(existsSync(elsewhere)).toBe(true);
    expect(await kept()).toEqual(['My faces']);
  });
});

it('a link is never followed, and stays', async () => {
  const mine = at('mine', 'a.png');
  await mkdir(dirname(mine));
  await writeFile(mine, 'x');
  await mkdir(inUploads(FOLDER), { recursive: true });
  await symlink(at('mine'), inUploads(FOLDER, 'inside'));
  await symlink(at('mine'), inUploads(FIRST));
  await symlink(mine, inUploads(`${OTHER}.png`));
  await mkdir(at('whole', OTHER), { recursive: true });
  await symlink(at('whole'), inUploads('partial'));
  clock += 400 * DAY;
  await uploads.sweep();
  await uploads.left(data(inUploads(FIRST, 'a.png')), null);
  await uploads.left(data(inUploads(`${OTHER}.png`)), null);
  for (const each of [mine, at('whole', OTHER)]) expect(existsSync(each)).toBe(true);
  expect(await kept()).toEqual([FIRST, `${OTHER}.png`, 'partial']);
});

it('nothing is asked, and nothing fails, where there are no uploads', async () => {
  const never = createLeftUploads({
    folder: inUploads(),
    named: () => Promise.reject(new Error('asked')),
    now: () => clock,
  });
  await never.sweep();
  await put(`${FIRST}.zip`);
  await never.sweep();
  expect(await kept()).toEqual([`${FIRST}.zip`]);
});

it('an engine that takes nothing leaves alone what another one is taking', async () => {
  const maps = { placeOf: () => '', settle: () => Promise.resolve() };
  const receive = createUploads(inUploads(), maps);
  const piece = (offset: number) => ({
    ...{ upload: FIRST, name: 'a.zip', offset, total: 2 },
    piece: Uint8Array.of(offset),
  });
  expect((await receive(piece(0))).path).toBeNull();
  createUploads(inUploads(), maps);
  await uploads.sweep();
  expect((await receive(piece(1))).path).toBe(inUploads(`${FIRST}.zip`));
});
