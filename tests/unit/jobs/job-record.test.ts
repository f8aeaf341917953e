import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendHistory, readHistory } from '#engine/jobs/job-record';
import type { TrainEvent } from '#shared/training';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-history-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const progress = (step: number, loss: number): TrainEvent => ({
  kind: 'progress',
  step,
  steps: 100,
  epoch: 1,
  epochs: 2,
  figures: { loss },
  stepsPerSecond: 1,
  secondsLeft: 1,
});
const epoch = (at: number, elbo: number): TrainEvent => ({
  kind: 'epoch',
  epoch: at,
  epochs: 2,
  step: 10 * at,
  training: { elbo },
  heldOut: null,
  model: null,
});
const diagnosis: TrainEvent = {
  kind: 'diagnosis',
  diagnosis: { step: 7, kind: 'posterior-collapse', sentence: 'It has collapsed.', remedy: 'lower beta' },
};

it('tells what happened once, also what was done twice by a resumed run, and skips a line that was cut', async () => {
  for (const event of [progress(1, 5), progress(2, 4), epoch(1, -9), diagnosis])
    await appendHistory(folder, event);
  await appendFile(join(folder, 'figures.jsonl'), '{"step":3,"fig\n');
  for (const event of [progress(2, 3), epoch(1, -8), diagnosis, { kind: 'resumed' } as const])
    await appendHistory(folder, event);
  expect(await readHistory(folder)).toEqual({
    rows: [
      { step: 1, figures: { loss: 5 } },
      { step: 2, figures: { loss: 3 } },
    ],
    epochs: [epoch(1, -8)],
    diagnoses: [diagnosis],
  });
});

it('thins a long history evenly and keeps its end', async () => {
  const long = await mkdtemp(join(tmpdir(), 'latentscape-history-'));
  const lines = Array.from({ length: 10_000 }, (_, step) =>
    JSON.stringify({ step, figures: { loss: step } }),
  );
  await appendFile(join(long, 'figures.jsonl'), `${lines.join('\n')}\n`);
  const { rows } = await readHistory(long);
  expect(rows.length).toBeLessThanOrEqual(4001);
  expect([rows[0]?.step, rows.at(-1)?.step]).toEqual([0, 9999]);
  await rm(long, { recursive: true });
});
