// What a training lives through beside being killed: too little memory, and being suspended. With the real trainer process.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { superviseTrainer } from '#app/supervised-trainer';
import type { TrainEvent } from '#shared/training';
import {
  forkTrainer,
  GLYPHS,
  historyOf,
  isLong,
  largestDifference,
  live,
  requireBuild,
  VAE,
} from '../fixtures/real-trainer';

const GB = 1e9;
const config = { ...VAE, epochs: 10 };
let root = '';
let held = 0;
let whole: readonly TrainEvent[] = [];

const jobOf = (folder: string) => ({
  config,
  data: GLYPHS,
  outFolder: join(root, folder),
  reportMs: 0,
  watched: true,
});

beforeAll(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'latentscape-hardships-'));
  const life = live(jobOf('whole'));
  expect(await life.ended).toMatchObject({ kind: 'result' });
  whole = life.events;
  held = Math.max(...whole.flatMap((event) => (event.kind === 'checkpoint' ? [event.memoryBytes] : [])));
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

/** Under the supervisor, as a window has it. */
function train(
  folder: string,
  gigabytes: number,
  onEvent: (event: TrainEvent, tell: Tell) => void = () => undefined,
) {
  let forks = 0;
  const events: TrainEvent[] = [];
  const trainer = superviseTrainer<object, TrainEvent, unknown>(
    { ...jobOf(folder), memory: gigabytes },
    (event) => {
      events.push(event);
      onEvent(event, (command) => trainer.tell(command));
    },
    {
      fork() {
        forks++;
        return forkTrainer();
      },
    },
  );
  return { trainer, events, forks: () => forks };
}
type Tell = (command: { readonly kind: 'resume' }) => void;

describe('too little memory', () => {
  it('an estimate measures what is taken, and is refused where that is more than it may', async () => {
    const estimate = live({ task: 'estimate', config, data: GLYPHS });
    expect(await estimate.ended).toMatchObject({ kind: 'result' });
    const refused = live({ task: 'estimate', config, data: GLYPHS, memory: 0.25 });
    const { kind, code, sentence } = await refused.ended;
    // either the trial came to its end and its peak is told, or the watch ended it before
    if (kind === 'error') {
      expect(code).toBe('engine/memory');
      expect(sentence).toMatch(
        /does not fit into memory: its first steps took \d\.\d+ GB, and it may take 0\.250 GB/,
      );
    } else expect(kind).toBe('died');
  }, 60_000);

  it('a network that cannot fit is refused before it is built', async () => {
    const wide = { kind: 'dense', filters: [], units: Array.from({ length: 8 }, () => 8192) };
    const model = { ...config.model, encoder: wide, decoder: wide };
    const life = live({ ...jobOf('wide'), config: { ...config, model }, memory: 8 });
    expect(await life.ended).toMatchObject({
      kind: 'error',
      code: 'engine/memory',
      sentence: expect.stringMatching(/it needs at least 1\d\.\d GB, and it may take/) as string,
    });
    expect(life.events).toEqual([]);
  }, 60_000);

  it('near its limit it pauses with a sentence, goes on when it is told to, and ends in the same numbers', async () => {
    // it is told at .8 of the cap and ended at the cap; `held` is of checkpoints, and between them it holds somewhat more
    const { trainer, events, forks } = train('tight', held / 0.86 / GB, (event, tell) => {
      if (event.kind === 'paused') tell({ kind: 'resume' });
    });
    expect(await trainer.result).toMatchObject({ kind: 'done' });
    const paused = events.filter((event) => event.kind === 'paused');
    expect(paused.length).toBeGreaterThan(0);
    expect(paused[0]?.why).toMatch(
      /^It holds \d\.\d+ GB of the \d\.\d+ GB of memory that a training may take/,
    );
    expect(forks()).toBe(1);
    expect(largestDifference(historyOf(whole).steps, historyOf(events).steps)).toBe(0);
  }, 120_000);

  it('at its limit it is ended and not started again', async () => {
    const { trainer, forks } = train('full', (0.6 * held) / GB);
    await expect(trainer.result).rejects.toMatchObject({ code: 'engine/memory' });
    expect(forks()).toBe(1);
  }, 60_000);
});

describe('being suspended', () => {
  const seconds = isLong ? 60 : 5;
  it.skipIf(process.platform === 'win32')(
    `for ${seconds} s it is waited for, and its time left is no nonsense after it`,
    async () => {
      let stopped = false;
      const { trainer, events, forks } = train('suspended', 100, (event) => {
        if (stopped || event.kind !== 'progress' || event.step < 60) return;
        stopped = true;
        const pid = trainer.pid!;
        process.kill(pid, 'SIGSTOP');
        setTimeout(() => process.kill(pid, 'SIGCONT'), 1000 * seconds);
      });
      expect(await trainer.result).toMatchObject({ kind: 'done' });
      expect(stopped).toBe(true);
      expect(forks()).toBe(1);
      const progress = events.filter((event) => event.kind === 'progress');
      for (const { secondsLeft } of progress) expect(secondsLeft).toBeGreaterThanOrEqual(0);
      expect(largestDifference(historyOf(whole).steps, historyOf(events).steps)).toBe(0);
    },
    180_000,
  );
});
