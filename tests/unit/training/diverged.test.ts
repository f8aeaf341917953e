// A run whose loss is no longer a number stops at the last good checkpoint, and goes on from there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { loadCheckpoint } from '#engine/store/checkpoint';
import { createControl } from '#engine/training/control';
import { runTraining } from '#engine/training/train';
import type { TrainEvent } from '#shared/training';
import { barsConfig, writeBars } from './tiny-data';

let root = '';
let tensorsBefore = 0;
beforeAll(async () => {
  await selectBackend();
  root = await mkdtemp(join(tmpdir(), 'latentscape-diverged-'));
  await writeBars(join(root, 'bars'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

/** Turns the learning rate up to `scale` when `ruinAt` steps are done. Each look at the clock is `tick` milliseconds later. */
function train(name: string, { checkpointSteps = 4, ruinAt = -1, scale = 1e9, tick = 0, resume = false }) {
  const control = createControl();
  const events: TrainEvent[] = [];
  let clock = 0;
  const result = runTraining({
    config: barsConfig({ checkpointSteps }),
    data: { kind: 'path', path: join(root, 'bars') },
    outFolder: join(root, name),
    control,
    resume,
    reportMs: 0,
    now: () => (clock += tick),
    onEvent(event) {
      events.push(event);
      if (event.kind === 'progress' && event.step === ruinAt) control.tell({ kind: 'learning-rate', scale });
    },
  });
  return { result, events };
}

const stateOf = async (name: string) => loadCheckpoint(join(root, name, 'checkpoint.bin'));
const isFinite = ({ tensors }: Awaited<ReturnType<typeof stateOf>>): boolean =>
  [...tensors.values()].every(({ data }) => (data as Float32Array).every(Number.isFinite));

describe('a learning rate of a billion', () => {
  it('ends it in one sentence that names the step that is kept, and that step is whole', async () => {
    await expect(train('ruined', { ruinAt: 6 }).result).rejects.toMatchObject({
      code: 'engine/diverged',
      sentence: expect.stringMatching(
        /^The training diverged at step \d+ \(.*\): the loss is no longer a number; the checkpoint of step 4 is kept; go on from it with a lower learning rate/,
      ) as string,
    });
    const state = await stateOf('ruined');
    expect(state.state['step']).toBe(4);
    expect(isFinite(state)).toBe(true);
  });

  it('is forgotten by the run that goes on from there, which ends well', async () => {
    const { result, events } = train('ruined', { resume: true });
    expect(await result).toMatchObject({ kind: 'done' });
    expect(events[0]).toMatchObject({ kind: 'start', step: 4 });
    const whole = train('undisturbed', {});
    await whole.result;
    const last = (all: readonly TrainEvent[]) => all.findLast(({ kind }) => kind === 'epoch');
    expect(last(events)).toEqual(last(whole.events));
  });

  it('is told when a checkpoint was just made, which it could not have spoiled', async () => {
    await expect(train('told', { ruinAt: 6, tick: 500 }).result).rejects.toThrow(
      'the checkpoint of step 6 is kept',
    );
    expect((await stateOf('told')).state['step']).toBe(6);
  });

  it('spoils the checkpoint that is made right after it: the one before takes its place', async () => {
    // a checkpoint after every step: the first one after the change holds huge weights, and no step from it is a number
    await expect(train('spoilt', { checkpointSteps: 1, ruinAt: 6, scale: 1e30 }).result).rejects.toThrow(
      /diverged at step \d+ .* the checkpoint of step [56] is kept/,
    );
    const state = await stateOf('spoilt');
    expect(isFinite(state)).toBe(true);
    const { result, events } = train('spoilt', { checkpointSteps: 1, resume: true });
    expect(await result).toMatchObject({ kind: 'done' });
    expect(events[0]).toMatchObject({ kind: 'start' });
  });
});

describe('settings that a person turned', () => {
  it('are part of the checkpoint: a run that is resumed goes on with them', async () => {
    const config = { checkpointSteps: 1, ruinAt: 6, scale: 0.25 };
    const whole = train('turned', config);
    await whole.result;
    const control = createControl();
    const events: TrainEvent[] = [];
    const options = {
      config: barsConfig({ checkpointSteps: 1 }),
      data: { kind: 'path', path: join(root, 'bars') },
      outFolder: join(root, 'turned-in-parts'),
      reportMs: 0,
      now: () => 0,
    } as const;
    const stopped = await runTraining({
      ...options,
      control,
      onEvent(event) {
        events.push(event);
        if (event.kind !== 'progress') return;
        if (event.step === 6) control.tell({ kind: 'learning-rate', scale: 0.25 });
        if (event.step === 9) control.tell({ kind: 'stop' });
      },
    });
    expect(stopped.kind).toBe('stopped');
    await runTraining({ ...options, resume: true, onEvent: (event) => events.push(event) });
    const figures = (all: readonly TrainEvent[]) =>
      all.flatMap((event) => (event.kind === 'progress' ? [[event.step, event.figures]] : []));
    expect(figures(events)).toEqual(figures(whole.events));
  });
});
