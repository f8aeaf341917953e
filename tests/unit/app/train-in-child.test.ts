// A training job's process: it dies and goes on from its checkpoint, it fails with its own words, it stops when it is asked.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainInChild } from '#app/train-in-child';
import { bundle } from '../../fixtures/bundle';

let script: string;
let folder: string;
beforeAll(async () => {
  script = (await bundle(['tests/fixtures/dying-trainer.ts']))('dying-trainer');
  folder = await mkdtemp(join(tmpdir(), 'latentscape-train-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Life = 'die' | 'finish' | 'fail' | 'wait';
type Event = { readonly life: Life };
let jobs = 0;

async function train(
  lives: readonly Life[],
  onEvent: (event: Event) => void = () => undefined,
  resume = false,
) {
  const counter = join(folder, `job-${jobs++}`);
  const outcome = await trainInChild<object, Event, { kind: string }>(
    script,
    { lives, counter, resume },
    onEvent,
    {
      onLine: () => undefined,
    },
  ).catch((error: { code: string; message: string }) => error);
  return { outcome, lives: await readFile(counter, 'utf8') };
}

test('a result comes back, and events before it', async () => {
  const events: unknown[] = [];
  expect(await train(['finish'], (event) => events.push(event))).toEqual({
    outcome: { kind: 'done' },
    lives: 's',
  });
  expect(events).toEqual([{ resume: false, life: 'finish' }]);
});

test('killed twice, it goes on from its checkpoint and finishes', async () => {
  expect(await train(['die', 'die', 'finish'])).toEqual({ outcome: { kind: 'done' }, lives: 'srr' });
});

test('a job that resumes does so from its first life on', async () => {
  expect((await train(['finish'], undefined, true)).lives).toBe('r');
});

test('its own error is reported as it is, and nothing is tried again', async () => {
  const { outcome, lives } = await train(['fail']);
  expect(outcome).toMatchObject({ code: 'data/short', message: 'The data is cut short (x.idx).' });
  expect(lives).toBe('s');
});

test('one that dies whatever is done is given up after three more tries', async () => {
  const { outcome, lives } = await train(['die', 'die', 'die', 'die', 'finish']);
  expect(outcome).toMatchObject({ code: 'engine/training' });
  expect(lives).toBe('srrr');
});

test('Ctrl+C asks it to stop, and waits for its last words', async () => {
  const { outcome } = await train(['wait'], () => setTimeout(() => process.emit('SIGINT'), 50));
  expect(outcome).toEqual({ kind: 'stopped' });
  expect(process.listenerCount('SIGINT')).toBe(0);
});
