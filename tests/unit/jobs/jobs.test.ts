// The trainings of a person as the engine keeps them, with trainers that do only what the test says.
import { cp, mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCancellation } from '#shared/rpc';
import type { JobEvent } from '#shared/training';
import { createEstimator } from '#engine/jobs/estimates';
import { createJobs } from '#engine/jobs/jobs';
import { noTrainers, type Trainers } from '#engine/jobs/trainers';
import { presetOf } from '#engine/training/presets';

let home = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-jobs-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

type Listener = Parameters<Trainers['onNews']>[0];

function fakeTrainers(running: readonly string[] = []) {
  const listeners = new Set<Listener>();
  const asked: unknown[][] = [];
  const trainers: Trainers = {
    start: (id, job) => void asked.push(['start', id, Reflect.get(job, 'task') ?? 'train']),
    tell: (id, command) => void asked.push(['tell', id, command.kind]),
    kill: (id) => void asked.push(['kill', id]),
    onNews(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    running: () => Promise.resolve(running),
  };
  const news: Listener = (id, what) => [...listeners].forEach((listener) => listener(id, what));
  return { trainers, asked, news };
}

const DATA = { kind: 'builtin', name: 'ring-8', count: 4096, seed: 1, size: 1 } as const;
const OPTIONS = { size: null, crop: 'cover', grey: false } as const;
const open = (trainers: Trainers) =>
  createJobs({ jobs: join(home, 'jobs'), library: join(home, 'library') }, trainers);

describe('the queue', () => {
  it('runs one at a time, in the order that they came, though the clock is set back', async () => {
    const { trainers, asked, news } = fakeTrainers();
    const jobs = open(trainers);
    const ids: string[] = [];
    const day = vi.spyOn(Date, 'now');
    for (const now of [5e12, 4e12, 3e12]) {
      day.mockReturnValue(now);
      ids.push(await jobs.start(presetOf('gan-points'), DATA, OPTIONS));
    }
    day.mockRestore();
    expect(asked).toEqual([['start', ids[0], 'train']]);
    news(ids[0]!, { kind: 'result', result: { kind: 'done', pack: null, metrics: {} } });
    await vi.waitFor(() => expect(asked.at(-1)).toEqual(['start', ids[1], 'train']));
    news(ids[1]!, { kind: 'error', error: { code: 'data/none', sentence: 'No.', headline: 'No' } });
    await vi.waitFor(() => expect(asked.at(-1)).toEqual(['start', ids[2], 'train']));
    expect((await jobs.list()).map(({ id, state }) => [id, state])).toEqual([
      [ids[2], 'running'],
      [ids[1], 'failed'],
      [ids[0], 'done'],
    ]);
  });

  it('goes on in an engine that was started again', async () => {
    const { trainers } = fakeTrainers();
    const before = open(trainers);
    const [a, b] = [
      await before.start(presetOf('gan-points'), DATA, OPTIONS),
      await before.start(presetOf('gan-points'), DATA, OPTIONS),
    ];
    const again = fakeTrainers([]);
    const jobs = open(again.trainers);
    expect((await jobs.list()).find(({ id }) => id === a)?.state).toBe('stopped');
    await vi.waitFor(() => expect(again.asked).toEqual([['start', b, 'train']]));
    // how the first one ended is told to the new engine, twice is as good as once
    for (let times = 0; times < 2; times++)
      again.news(a, { kind: 'result', result: { kind: 'done', pack: null, metrics: {} } });
    await vi.waitFor(async () => expect((await jobs.list()).find(({ id }) => id === a)?.state).toBe('done'));
  });
});

it('the queue is only read by an engine that can train nothing', async () => {
  const before = open(fakeTrainers().trainers);
  await before.start(presetOf('gan-points'), DATA, OPTIONS);
  const id = await before.start(presetOf('gan-points'), DATA, OPTIONS);
  const jobs = open(noTrainers);
  expect((await jobs.list()).find((job) => job.id === id)?.state).toBe('queued');
  await new Promise((later) => setTimeout(later, 50));
  const state = await readFile(join(home, 'jobs', id, 'state.json'), 'utf8');
  expect(JSON.parse(state)).toMatchObject({ state: 'queued' });
});

describe('a job', () => {
  it('says why it is paused to whoever looks later, and is no longer paused when it goes on', async () => {
    const { trainers, news } = fakeTrainers();
    const jobs = open(trainers);
    const id = await jobs.start(presetOf('gan-points'), DATA, OPTIONS);
    news(id, { kind: 'event', event: { kind: 'paused', why: 'The disk is full.' } });
    await vi.waitFor(async () => expect((await jobs.list())[0]?.state).toBe('paused'));
    const events: JobEvent[] = [];
    (await jobs.watch(id, (event) => events.push(event)))();
    expect(events).toContainEqual({ kind: 'paused', why: 'The disk is full.' });
    news(id, { kind: 'event', event: { kind: 'resumed' } });
    await vi.waitFor(async () => expect((await jobs.list())[0]?.state).toBe('running'));
  });

  it('is where it was last said to be, though all is said at once', async () => {
    const { trainers, news } = fakeTrainers();
    const jobs = open(trainers);
    const id = await jobs.start(presetOf('gan-points'), DATA, OPTIONS);
    news(id, { kind: 'event', event: { kind: 'paused', why: 'asked for' } });
    news(id, { kind: 'event', event: { kind: 'resumed' } });
    news(id, { kind: 'event', event: { kind: 'paused', why: 'asked for' } });
    news(id, { kind: 'result', result: { kind: 'stopped', step: 7, checkpoint: '' } });
    const path = join(home, 'jobs', id, 'state.json');
    await vi.waitFor(async () =>
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ state: 'stopped', step: 7 }),
    );
    await new Promise((later) => setTimeout(later, 50));
    expect((await jobs.list())[0]).toMatchObject({ state: 'stopped', step: 7 });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ state: 'stopped' });
  });

  it('goes on though its folder takes nothing', async () => {
    const { trainers, news } = fakeTrainers();
    const jobs = open(trainers);
    const id = await jobs.start(presetOf('gan-points'), DATA, OPTIONS);
    await rm(join(home, 'jobs'), { recursive: true });
    await writeFile(join(home, 'jobs'), 'a file where the folder was');
    news(id, { kind: 'event', event: { kind: 'paused', why: 'The disk is full.' } });
    await vi.waitFor(async () => expect((await jobs.list())[0]?.state).toBe('paused'));
    await rm(join(home, 'jobs'));
    await mkdir(join(home, 'jobs', id), { recursive: true });
    news(id, { kind: 'event', event: { kind: 'resumed' } });
    await vi.waitFor(async () =>
      expect(JSON.parse(await readFile(join(home, 'jobs', id, 'state.json'), 'utf8'))).toMatchObject({
        state: 'running',
      }),
    );
  });
});

describe('an estimate', () => {
  it('is asked of a process of its own and answers, or fails in its words', async () => {
    const { trainers, asked, news } = fakeTrainers();
    const estimate = createEstimator(trainers);
    const answer = estimate({}, createCancellation().cancellation);
    const id = asked[0]![1] as string;
    expect(asked).toEqual([['start', id, 'estimate']]);
    news('another', { kind: 'result', result: 1 });
    news(id, { kind: 'result', result: { parameters: 5 } });
    expect(await answer).toEqual({ parameters: 5 });
    const failing = estimate({}, createCancellation().cancellation);
    news(asked[1]![1] as string, {
      kind: 'error',
      error: { code: 'engine/memory', sentence: 'Too much.', headline: 'Too much' },
    });
    await expect(failing).rejects.toMatchObject({ code: 'engine/memory' });
  });

  it('that nobody waits for is ended', async () => {
    const { trainers, asked } = fakeTrainers();
    const { cancellation, cancel } = createCancellation();
    const answer = createEstimator(trainers)({}, cancellation);
    cancel();
    await expect(answer).rejects.toMatchObject({ code: 'engine/cancelled' });
    expect(asked.at(-1)).toEqual(['kill', asked[0]![1]]);
  });
});

describe('names', () => {
  it('are never those of a model of the library, nor of a training that cannot be read', async () => {
    await mkdir(join(home, 'library', 'gan-points-1'), { recursive: true });
    const hidden = join(home, 'jobs', 'gan-points-2');
    await mkdir(hidden, { recursive: true });
    await writeFile(join(hidden, 'about.json'), JSON.stringify({ formatVersion: 99, id: 'gan-points-2' }));
    await mkdir(join(home, 'jobs', 'gan-points-3'));
    await writeFile(join(home, 'jobs', 'gan-points-3', 'about.json'), '{"formatVersion": 1, "id"');
    const jobs = open(fakeTrainers().trainers);
    expect(await jobs.start(presetOf('gan-points'), DATA, OPTIONS)).toBe('gan-points-4');
    const unreadable = await jobs.unreadable();
    expect(unreadable.map(({ id }) => id)).toEqual(['gan-points-2', 'gan-points-3']);
    expect(unreadable[0]?.sentence).toContain('newer Latentscape');
    expect(unreadable[1]?.sentence).toContain('cannot be read');
    expect(await readFile(join(hidden, 'about.json'), 'utf8')).toContain('99');
  });

  it('do not write over a model that came into the library while the training ran', async () => {
    const { trainers, news } = fakeTrainers();
    const jobs = open(trainers);
    const id = await jobs.start(presetOf('gan-points'), DATA, OPTIONS);
    const [made, other] = ['digits-vae-2d', 'fashion-vae-2d'].map((name) => resolve('models', name));
    await cp(other!, join(home, 'library', id), { recursive: true });
    for (let times = 0; times < 2; times++)
      news(id, { kind: 'result', result: { kind: 'done', pack: made, metrics: {} } });
    await vi.waitFor(async () => expect((await jobs.list())[0]?.model).toBe('gan-points-2'));
    const manifestOf = (name: string): Promise<string> =>
      readFile(join(home, 'library', name, 'manifest.json'), 'utf8');
    expect(await manifestOf(id)).toContain('"fashion-vae-2d"');
    expect(await manifestOf('gan-points-2')).toContain('igits');
  });
});
