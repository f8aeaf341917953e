// What the driver does, one thing after another, drawn by a seed: what people click and what accidents do.
import { latentOfSeed } from '#shared/random';
import type { seededRandom } from '#shared/random';
import { AppError } from '#shared/errors';
import type { EngineApi } from '#shared/api';
import type { Client } from '#shared/rpc';
import type { JobInfo, TrainCommand } from '#shared/training';
import type { AppUnderTest } from './app-under-test';
import type { Watch } from './watch';

export interface Actions {
  readonly counts: Readonly<Record<string, number>>;
  begin(): Promise<void>;
  one(): Promise<void>;
  /** Whatever happened: a training still trains. */
  finish(): Promise<void>;
}

const MODEL = 'fashion-vae-2d';
const OPTIONS = { size: null, crop: 'cover', grey: false } as const;
const GLYPHS = { kind: 'builtin', name: 'glyphs', count: 2000, seed: 1, size: 16 } as const;
const RING = { kind: 'builtin', name: 'ring-8', count: 8192, seed: 1, size: 1 } as const;
/** An engine that was just killed, and a call that was given up: what the driver itself causes. */
const CAUSED = new Set(['engine/crashed', 'engine/cancelled']);

export function createActions(
  app: AppUnderTest,
  random: ReturnType<typeof seededRandom>,
  { calm, watch }: { readonly calm: boolean; readonly watch: Watch },
): Actions {
  const counts: Record<string, number> = {};
  let frozen: Promise<void> = Promise.resolve();
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

  async function jobs(client: Client<EngineApi>): Promise<readonly JobInfo[]> {
    return client.call('jobs/list', {});
  }

  async function current(client: Client<EngineApi>, ...states: JobInfo['state'][]): Promise<string | null> {
    return (await jobs(client)).find(({ state }) => states.includes(state))?.id ?? null;
  }

  async function configOf(preset: string, change: object): Promise<Record<string, unknown>> {
    const client = await app.client();
    const presets = await client.call('train/presets', {});
    return { ...presets.find(({ name }) => name === preset)!.config, ...change };
  }

  async function start(): Promise<void> {
    const client = await app.client();
    const points = !calm && random.integer(2) === 0;
    const epochs = calm ? 10_000 : 20 + random.integer(200);
    const config = points
      ? await configOf('gan-points', { epochs })
      : await configOf('vae-quick', { epochs, validationCount: 200, batchSize: 64 });
    await client.call('jobs/start', { config, data: points ? RING : GLYPHS, options: OPTIONS });
  }

  async function tell(command: TrainCommand, ...states: JobInfo['state'][]): Promise<void> {
    const client = await app.client();
    const job = await current(client, ...states);
    if (job !== null) await client.call('jobs/command', { job, command });
  }

  function kill(kind: 'engine' | 'trainer'): void {
    const pid = kind === 'engine' ? app.enginePid : app.trainerPid();
    if (pid === undefined) return;
    watch.killed(kind);
    process.kill(pid, 'SIGKILL');
  }

  async function drag(): Promise<void> {
    const client = await app.client();
    for (let i = 0; i < 60; i++) {
      const began = performance.now();
      await client.call('latent/decode', {
        model: MODEL,
        z: latentOfSeed(random.integer(1e6), 2, { kind: 'normal' }),
      });
      watch.decoded(performance.now() - began);
    }
  }

  async function estimate(): Promise<void> {
    const client = await app.client();
    const config = await configOf('gan-points', {});
    const call = client.call('train/estimate', { config, data: RING, options: OPTIONS });
    if (random.integer(2) === 0) setTimeout(() => call.cancel(), random.integer(2000));
    await call;
  }

  /** A reload of the page: it watches anew, for a moment. */
  async function look(): Promise<void> {
    const client = await app.client();
    const [job] = await jobs(client);
    if (job === undefined) return;
    const call = client.call('jobs/watch', { job: job.id });
    setTimeout(() => call.cancel(), 300);
    await call;
  }

  function freeze(): void {
    const pid = app.trainerPid();
    if (pid === undefined) return;
    process.kill(pid, 'SIGSTOP');
    frozen = wait(3000).then(() => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // it was killed while it was stopped
      }
    });
  }

  /** There is always something to train: what stopped goes on, what ended makes room, what failed has failed for a reason. */
  async function tend(): Promise<void> {
    const client = await app.client();
    const all = await jobs(client);
    if (all.some(({ state }) => state === 'running' || state === 'queued' || state === 'paused')) return;
    for (const { id, state, error } of all) {
      if (state === 'stopped') {
        await client.call('jobs/resume', { job: id });
        return;
      }
      if (state === 'failed') {
        // killed four times in five minutes it is given up; anything else is a fault
        if (error?.code !== 'engine/training') watch.failed(`job: ${error?.sentence}`);
        await client.call('jobs/resume', { job: id });
        return;
      }
    }
    for (const { id } of all.slice(2)) await client.call('jobs/remove', { job: id });
    await start();
  }

  const every: readonly (readonly [string, number, () => Promise<void> | void])[] = [
    ['drag', 12, drag],
    ['look', 3, look],
    ['wait', 12, () => wait(1000 + random.integer(4000))],
    ['pause', calm ? 0 : 1, () => tell({ kind: 'pause' }, 'running')],
    ['resume', calm ? 0 : 4, () => tell({ kind: 'resume' }, 'paused')],
    ['stop', calm ? 0 : 0.5, () => tell({ kind: 'stop' }, 'running', 'paused')],
    [
      'learning rate',
      calm ? 0 : 1,
      () => tell({ kind: 'learning-rate', scale: 0.5 + random.uniform() }, 'running'),
    ],
    [
      'pace',
      calm ? 0 : 0.3,
      () => tell({ kind: 'pace', stepsPerSecond: random.integer(2) === 0 ? 50 : null }, 'running'),
    ],
    ['preview', calm ? 0 : 1, () => tell({ kind: 'preview-now' }, 'running', 'paused')],
    ['estimate', calm ? 0 : 0.5, estimate],
    ['freeze', calm ? 0 : 0.3, freeze],
    ['kill trainer', calm ? 0 : 0.6, () => kill('trainer')],
    ['kill engine', calm ? 0 : 0.4, () => kill('engine')],
  ];
  const total = every.reduce((sum, [, weight]) => sum + weight, 0);

  async function attempt(name: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AppError && CAUSED.has(error.code)))
        watch.failed(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    counts,
    begin: () => attempt('begin', start),
    async one() {
      let at = random.uniform() * total;
      const [name, , work] = every.find(([, weight]) => (at -= weight) < 0) ?? every[0]!;
      counts[name] = (counts[name] ?? 0) + 1;
      await attempt(name, work);
      await attempt('tend', tend);
    },
    async finish() {
      await frozen;
      await attempt('resume', () => tell({ kind: 'resume' }, 'paused'));
      await attempt('tend', tend);
      const before = watch.report().steps;
      for (let waited = 0; watch.report().steps === before; waited += 500) {
        if (waited > 60_000) return watch.failed('no training went on at the end');
        await wait(500);
        await attempt('tend', tend);
      }
    },
  };
}
