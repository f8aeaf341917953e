// Trainings as a window starts them: the real engine and the real trainer, each in its own process, and what happens when they die.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { forkNode } from '#app/fork-node';
import { Supervisor } from '#app/supervisor';
import { createTrainerHost, type TrainerHost } from '#app/trainer-host';
import type { Child } from '#app/child';
import type { EngineApi } from '#shared/api';
import { connect, type Client } from '#shared/rpc';
import type { JobEvent, JobInfo } from '#shared/training';

const out = resolve(import.meta.dirname, '..', '..', 'out', 'main');
const RING = { kind: 'builtin', name: 'ring-8', count: 4096, seed: 1, size: 1 } as const;
const GLYPHS = { kind: 'builtin', name: 'glyphs', count: 600, seed: 1, size: 16 } as const;
const AS_IT_IS = { size: null, crop: 'cover', grey: false } as const;

let home = '';
let supervisor: Supervisor;
let host: TrainerHost;
let client: Client<EngineApi>;
const trainers: Child[] = [];

beforeAll(async () => {
  if (!existsSync(join(out, 'trainer.js')))
    throw new Error('the project has not been built: run `npm run build` first');
  home = await mkdtemp(join(tmpdir(), 'latentscape-jobs-'));
  const env = { ...process.env, LATENTSCAPE_HOME: home };
  host = createTrainerHost({
    fork() {
      const child = forkNode(join(out, 'trainer.js'), { env });
      trainers.push(child);
      return child;
    },
  });
  supervisor = new Supervisor({
    fork() {
      const child = forkNode(join(out, 'engine.js'), { env });
      host.attach(child);
      return child;
    },
  });
  supervisor.start();
  client = connect<EngineApi>(await supervisor.connect());
});
afterAll(async () => {
  await host.stop(1000);
  await supervisor.stop();
  await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const preset = async (name: string): Promise<Record<string, unknown>> => {
  const presets = await client.call('train/presets', {});
  return { ...presets.find((each) => each.name === name)!.config };
};

/** Watches until an event is found, or fails with all that came. */
function until(job: string, found: (event: JobEvent) => boolean, ms = 60_000): Promise<readonly JobEvent[]> {
  const events: JobEvent[] = [];
  return new Promise((done, failed) => {
    const call = client.call('jobs/watch', { job }, (event) => {
      events.push(event);
      if (!found(event)) return;
      clearTimeout(timer);
      call.cancel();
      done(events);
    });
    call.then(undefined, () => undefined);
    const timer = setTimeout(() => {
      failed(new Error(`it did not come; the last was ${JSON.stringify(events.at(-1)).slice(0, 300)}`));
    }, ms);
  });
}

const stands = (state: JobInfo['state']) => (event: JobEvent) =>
  event.kind === 'job' && event.job.state === state;

describe('a training of a window', () => {
  it('runs, shows itself, outlives a killed trainer and a killed engine, and ends', async () => {
    const config = { ...(await preset('gan-points')), epochs: 60, batchSize: 64 };
    const { id } = await client.call('jobs/start', { config, data: RING, options: AS_IT_IS });
    const events = await until(id, (event) => event.kind === 'progress' && event.step > 250);
    expect(events[0]).toMatchObject({ kind: 'job', job: { id, family: 'gan', dataTitle: 'ring-8' } });
    expect(events.some((event) => event.kind === 'preview' && event.preview.points?.length === 2000)).toBe(
      true,
    );

    process.kill(trainers.at(-1)!.pid!, 'SIGKILL');
    const resumed = await until(id, (event) => event.kind === 'start');
    const start = resumed.at(-1);
    expect(start?.kind === 'start' && start.step).toBeGreaterThanOrEqual(50); // at most min(200 steps, 30 s) are lost

    process.kill(supervisor.pid!, 'SIGKILL');
    await new Promise<void>((gone) => client.onClose(() => gone()));
    client = connect<EngineApi>(await supervisor.connect());
    expect(host.running).toEqual([id]);
    const [job, history] = await until(id, (event) => event.kind === 'progress');
    expect(job).toMatchObject({ kind: 'job', job: { id, state: 'running' } });
    expect(history?.kind === 'history' && history.rows.length).toBeGreaterThan(0);

    await client.call('jobs/command', { job: id, command: { kind: 'pause' } });
    await until(id, stands('paused'));
    await client.call('jobs/command', { job: id, command: { kind: 'only', update: 'discriminator' } });
    await client.call('jobs/command', { job: id, command: { kind: 'resume' } });
    await client.call('jobs/command', { job: id, command: { kind: 'stop' } });
    await until(id, stands('stopped'));
    await client.call('jobs/resume', { job: id });
    await until(id, stands('done'));
    await client.call('jobs/remove', { job: id });
    expect(await client.call('jobs/list', {})).toEqual([]);
  }, 180_000);

  it('keeps a model of every epoch that can be opened, and the last one in the library', async () => {
    const config = { ...(await preset('vae-quick')), epochs: 2, validationCount: 100, batchSize: 50 };
    const { id } = await client.call('jobs/start', { config, data: GLYPHS, options: AS_IT_IS });
    await until(id, stands('done'), 120_000);
    const [job] = await client.call('jobs/list', {});
    expect(job?.checkpoints.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const model of [job!.checkpoints[0]!.model, job!.model!]) {
      const opened = await client.call('models/open', { model });
      expect(opened.info).toMatchObject({
        family: 'vae',
        latent: { size: 2 },
        output: { height: 16, width: 16 },
      });
      const decoded = await client.call('latent/decode', { model, z: Float32Array.of(0, 0) });
      expect(decoded.rgba.length).toBe(16 * 16 * 4);
    }
    const { models } = await client.call('models/list', {});
    expect(models.filter(({ origin }) => origin === 'library').map((model) => model.id)).toEqual([id]);
  }, 180_000);

  it('is refused in one sentence where it cannot be', async () => {
    const config = await preset('vae-quick');
    const estimate = client.call('train/estimate', {
      config: { ...config, batchSize: 0 },
      data: GLYPHS,
      options: AS_IT_IS,
    });
    await expect(Promise.resolve(estimate)).rejects.toMatchObject({ code: 'usage/config' });
    const absent = client.call('data/summary', {
      data: { kind: 'path', path: join(home, 'nowhere') },
      options: AS_IT_IS,
    });
    await expect(Promise.resolve(absent)).rejects.toMatchObject({ code: 'data/none' });
    const summary = await client.call('data/summary', { data: GLYPHS, options: AS_IT_IS });
    expect(summary).toMatchObject({
      count: 600,
      height: 16,
      classNames: { length: 10 },
      sheet: { count: 64 },
    });
    expect(summary.classCounts.reduce((sum, count) => sum + count, 0)).toBe(600);
  }, 60_000);

  it('is estimated before it starts', async () => {
    const estimate = await client.call('train/estimate', {
      config: await preset('gan-points'),
      data: RING,
      options: AS_IT_IS,
    });
    expect(estimate.parameters).toBeGreaterThan(10_000);
    expect(estimate.steps).toBe(1600);
    expect(estimate.msPerStep).toBeGreaterThan(0);
    expect(estimate.memoryBytes).toBeGreaterThan(150e6); // TensorFlow itself, which is there to be measured
    expect(estimate.speed).toMatch(/^Measured: 3 /);
  }, 60_000);

  it('is estimated in a process of its own, which ends when nobody waits for it; the engine stays small', async () => {
    const before = trainers.length;
    const call = client.call('train/estimate', {
      config: await preset('vae-quick'),
      data: GLYPHS,
      options: AS_IT_IS,
    });
    const outcome = Promise.resolve(call).catch((error: unknown) => error);
    await vi.waitFor(() => expect(trainers.length).toBe(before + 1), 10_000);
    const gone = new Promise<void>((done) => trainers.at(-1)!.onExit(() => done()));
    call.cancel();
    expect(await outcome).toMatchObject({ code: 'engine/cancelled' });
    await gone;
    expect(host.running).toEqual([]);
    if (process.platform === 'linux')
      expect(readFileSync(`/proc/${supervisor.pid}/maps`, 'utf8')).not.toMatch(/libtensorflow/);
  }, 60_000);

  it('whose trial dies is one sentence, and nothing else is disturbed', async () => {
    const before = trainers.length;
    const call = client.call('train/estimate', {
      config: await preset('vae-quick'),
      data: GLYPHS,
      options: AS_IT_IS,
    });
    const outcome = Promise.resolve(call).catch((error: unknown) => error);
    await vi.waitFor(() => expect(trainers.length).toBe(before + 1), 10_000);
    process.kill(trainers.at(-1)!.pid!, 'SIGKILL');
    expect(await outcome).toMatchObject({
      code: 'engine/trial',
      sentence: expect.stringMatching(/^The trial of this training ended/) as string,
    });
    expect(trainers.length).toBe(before + 1);
    expect(await client.call('engine/info', {})).toMatchObject({ platform: expect.any(String) as string });
  }, 60_000);
});
