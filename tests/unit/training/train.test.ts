import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCodes } from '#engine/codes';
import { modelInfo } from '#engine/registry';
import { selectBackend } from '#engine/backends/select';
import { evaluate } from '#engine/evaluation/evaluate';
import { parseGolden, checkGolden } from '#engine/golden';
import { decodeNetwork } from '#engine/network-file';
import { readPack, readPackFile } from '#engine/pack';
import { loadCheckpoint } from '#engine/store/checkpoint';
import { decodeSafetensors } from '#engine/store/safetensors';
import { toLayersModel } from '#engine/tf-network';
import { readJobConfig } from '#engine/training/job-folder';
import { createControl } from '#engine/training/control';
import { runTraining, type TrainingOptions } from '#engine/training/train';
import type { TrainEvent } from '#shared/training';
import { barsConfig, writeBars } from './tiny-data';

let root = '';
let dataPath = '';
let tensorsBefore = 0;
beforeAll(async () => {
  await selectBackend();
  root = await mkdtemp(join(tmpdir(), 'latentscape-training-'));
  dataPath = join(root, 'bars');
  await writeBars(dataPath);
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

const NAMES = ['horizontal', 'vertical'];
const STEPS = 15; // 80 pictures in batches of 16, three times

async function train(name: string, changes: Partial<TrainingOptions> = {}) {
  const events: TrainEvent[] = [];
  const outFolder = join(root, name);
  const data = { kind: 'path', path: dataPath } as const;
  const options = { config: barsConfig(), data, outFolder, now: () => 0, ...changes };
  const result = await runTraining({ ...options, onEvent: (event) => events.push(event) });
  return { result, events, outFolder };
}

/** Trains, asks to stop once `steps` steps are done, as Ctrl+C does. */
async function trainUntil(name: string, steps: number, resume = false) {
  const control = createControl();
  let done = 0;
  const tick = () => (++done, 1000 * done); // each look at the clock is a second later, so that each step is reported
  const events: TrainEvent[] = [];
  const outFolder = join(root, name);
  const onEvent = (event: TrainEvent) => {
    events.push(event);
    if (event.kind === 'progress' && event.step >= steps) control.tell({ kind: 'stop' });
  };
  const options = {
    config: barsConfig(),
    data: { kind: 'path', path: dataPath } as const,
    outFolder,
    resume,
    control,
    now: tick,
    onEvent,
  };
  return { result: await runTraining(options), events };
}

const finalState = async (name: string) => loadCheckpoint(join(root, name, 'checkpoint.bin'));

describe('a training run', () => {
  it('pauses, takes single steps and new settings, and goes on', async () => {
    const control = createControl();
    const events: TrainEvent[] = [];
    const told = new Set<string>();
    const once = (what: string, tell: () => void) => {
      if (!told.has(what)) setTimeout(tell);
      told.add(what);
    };
    let clock = 0;
    const result = await runTraining({
      config: barsConfig(),
      data: { kind: 'path', path: dataPath },
      outFolder: join(root, 'paused'),
      control,
      watched: true,
      now: () => (clock += 3000),
      onEvent(event) {
        events.push(event);
        if (event.kind === 'progress' && event.step === 3)
          once('pause', () => control.tell({ kind: 'pause' }));
        if (event.kind === 'paused') {
          once('only', () => control.tell({ kind: 'only', update: 'vae' }));
          once('live', () => control.tell({ kind: 'live', live: { beta: 0.5 } }));
          once('resume', () => control.tell({ kind: 'resume' }));
        }
      },
    });
    expect(result.kind).toBe('done');
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['paused', 'resumed', 'preview', 'epoch', 'done']));
    const kept = events.flatMap((event) => (event.kind === 'epoch' ? [event.model] : []));
    expect(kept).toEqual(['bars-epoch-0001', 'bars-epoch-0002', 'bars-epoch-0003']);
    const epoch = await readPack(join(root, 'paused', 'epochs', 'bars-epoch-0002'));
    expect(epoch.manifest).toMatchObject({ family: 'vae', latent: { size: 2 }, codes: { count: 20 } });
    expect(await readCodes(epoch)).toMatchObject({
      title: 'Bars, epoch 2, held-out pictures',
      ...{ classNames: NAMES, picturesFile: null },
    });
    const previews = events.flatMap((event) => (event.kind === 'preview' ? [event.preview] : []));
    expect(previews[0]).toMatchObject({
      step: 0,
      samples: { count: 64, width: 8 },
      manifold: { count: 144 },
    });
    expect(previews[0]?.reconstructions?.count).toBe(16);
  });

  it('ends in a pack whose figures, codes and golden pictures belong to its stored weights', async () => {
    const { result, events, outFolder } = await train('whole');
    expect(result.kind).toBe('done');
    expect(events.map((event) => event.kind)).toEqual(
      expect.arrayContaining(['start', 'progress', 'epoch', 'checkpoint', 'done']),
    );
    expect(JSON.parse(JSON.stringify(events))).toEqual(events);
    expect((await readdir(join(outFolder, 'pack'))).sort()).toEqual([
      'README.md',
      'card.png',
      'codes.safetensors',
      'encoder.safetensors',
      'generator.safetensors',
      'golden.json',
      'manifest.json',
    ]);
    const pack = await readPack(join(outFolder, 'pack'));
    const { metrics } = pack.manifest.training!;
    const target = { kind: 'pack', pack } as const;
    const data = { kind: 'path', path: dataPath } as const;
    const measured = await evaluate({ target, data, judged: false });
    expect(measured.elbo).toBeCloseTo(metrics['elbo']!, 3);
    expect(measured.iwae).toBeCloseTo(metrics['iwae50']!, 3);
    expect(measured.elbo).toBeCloseTo(measured.reconstruction! - measured.kl!, 4);
    expect(measured.iwae).toBeGreaterThan(measured.elbo!);
    const some = await evaluate({ target, data, judged: false, n: 10, seed: 2, importanceSamples: 2 });
    expect(some).toMatchObject({ n: 10, seed: 2, importanceSamples: 2 });

    const codes = decodeSafetensors(await readPackFile(pack, 'codes.safetensors')).tensors;
    expect(codes.get('mu')?.shape).toEqual([24, 2]);
    expect(codes.get('label')?.data.length).toBe(24);
    expect(pack.manifest.codes).toEqual({ file: 'codes.safetensors', count: 24 });
    const picturesFile = 't10k-images-idx3-ubyte.gz';
    expect(await readCodes(pack)).toMatchObject({ title: 'Bars, test set', classNames: NAMES, picturesFile });

    const decoder = await toLayersModel(decodeNetwork(await readPackFile(pack, 'generator.safetensors')));
    const golden = parseGolden(await readPackFile(pack, 'golden.json'), 'golden.json');
    const check = await checkGolden(golden, async (z, count) =>
      tf.tidy(() => Float32Array.from((decoder.apply(tf.tensor2d(z, [count, 2])) as tf.Tensor).dataSync())),
    );
    decoder.dispose();
    expect(check.passed).toBe(true);
    for (const file of ['README.md', 'manifest.json']) {
      expect(await readFile(join(outFolder, 'pack', file), 'utf8')).not.toContain(root);
    }
  });

  it('keeps the names of classes with the codes where the data has no test set', async () => {
    const alone = join(root, 'alone');
    await mkdir(alone);
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'])
      await copyFile(join(dataPath, name), join(alone, name));
    for (const [name, validationCount, of] of [
      ['held', 20, 'held-out pictures'],
      ['unheld', 0, 'training pictures'],
    ] as const) {
      const { outFolder } = await train(name, {
        config: barsConfig({ validationCount }),
        data: { kind: 'path', path: alone },
      });
      const pack = await readPack(join(outFolder, 'pack'));
      expect(pack.manifest.training).not.toHaveProperty('testSet');
      expect(pack.manifest.codes).toMatchObject({ of, classNames: NAMES });
      expect(modelInfo(pack).classNames).toEqual(NAMES);
      expect(await readCodes(pack)).toMatchObject({
        title: `Bars, ${of}`,
        ...{ classNames: NAMES, picturesFile: null },
      });
    }
  });

  it('stopped and resumed twice, ends in the numbers of an uninterrupted run', async () => {
    const whole = await finalState('whole');
    expect((await trainUntil('parts', 4)).result).toMatchObject({ kind: 'stopped', step: 4 });
    expect((await trainUntil('parts', 9, true)).result).toMatchObject({ kind: 'stopped', step: 9 });
    const { result, events } = await train('parts', { resume: true });
    expect(result.kind).toBe('done');
    expect(events[0]).toMatchObject({ kind: 'start', step: 9, steps: STEPS });
    const parts = await finalState('parts');
    expect(parts.state['step']).toBe(whole.state['step']);
    for (const [name, { data }] of whole.tensors) {
      const other = parts.tensors.get(name)!.data as Float32Array;
      (data as Float32Array).forEach((value, at) => expect(Math.abs(value - other[at]!)).toBeLessThan(1e-5));
    }
  });

  it('keeps its configuration, and refuses to mix two runs in one folder', async () => {
    expect(await readJobConfig(join(root, 'whole'))).toEqual(barsConfig());
    await expect(train('whole')).rejects.toThrow('already holds a training');
    const config = barsConfig({ seed: 6 });
    await expect(train('whole', { config, resume: true })).rejects.toThrow('another configuration');
    await expect(readJobConfig(root)).rejects.toThrow('This folder holds no training');
  });

  it('refuses data that does not fit, in one sentence', async () => {
    const model = { ...barsConfig().model, height: 16, width: 16 };
    await expect(train('wrong-size', { config: barsConfig({ model }) })).rejects.toThrow(
      'they are 8 x 8 x 1 and it wants 16 x 16 x 1',
    );
    await expect(train('too-few', { config: barsConfig({ validationCount: 90 }) })).rejects.toThrow(
      'There are too few pictures',
    );
    await expect(
      train('no-data', { data: { kind: 'path', path: join(root, 'nowhere') } }),
    ).rejects.toMatchObject({
      code: 'data/none',
    });
    expect(await readdir(root)).not.toContain('no-data');
  });
});
