import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { evaluate, type EvaluateOptions } from '#engine/evaluation/evaluate';
import type { Evaluation } from '#engine/evaluation/evaluation';
import { targetOf } from '#engine/evaluation/subject';
import { runTraining } from '#engine/training/train';
import { parseTrainConfig } from '#engine/training/train-config';
import type { DataSpec } from '#shared/training';
import { barsConfig, writeBars } from '../training/tiny-data';

let root = '';
let bars: DataSpec;
let tensorsBefore = 0;
beforeAll(async () => {
  await selectBackend();
  root = await mkdtemp(join(tmpdir(), 'latentscape-evaluate-'));
  bars = { kind: 'path', path: join(root, 'bars') };
  await writeBars(join(root, 'bars'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(tensorsBefore));

const body = { kind: 'conv', width: 4 } as const;
const { model: _model, learningRate: _rate, clipNorm: _clip, beta: _beta, ...common } = barsConfig();
const { klWarmUpSteps: _warm, freeBits: _free, labelWeight: _weight, family: _family, ...shared } = common;
const ADVERSARIAL = {
  ...shared,
  epochs: 1,
  latentSize: 3,
  generator: { body, batchNorm: true, learningRate: 1e-3 },
  discriminator: { body, learningRate: 1e-3 },
  ...{ schedule: 'linear', beta1: 0.5, beta2: 0.99, loss: 'non-saturating', r1: 0.2, r1Every: 8 },
};
const { freeBits: _bits, labelWeight: _labels, ...vaeForClasses } = barsConfig({ epochs: 1 });
const GAN = {
  ...ADVERSARIAL,
  discriminator: { ...ADVERSARIAL.discriminator, batchNorm: false },
  discriminatorSteps: 1,
  penalty: { r1: 0.1, r2: 0, every: 4, form: 'gradient' },
  ...{ wassersteinWeight: 10, averageDecay: 0.9 },
};
const { r1: _r1, r1Every: _every, ...PLAIN_GAN } = GAN;
const CONFIGS = {
  vae: barsConfig({ epochs: 1 }),
  cvae: { ...vaeForClasses, family: 'cvae' },
  gan: { ...PLAIN_GAN, family: 'gan' },
  cgan: { ...ADVERSARIAL, family: 'cgan', jointUnits: 8 },
  acgan: { ...ADVERSARIAL, family: 'acgan', classWeight: 1 },
  infogan: {
    ...ADVERSARIAL,
    family: 'infogan',
    ...{ categories: 2, continuous: 1, categoryWeight: 1, continuousWeight: 0.1 },
  },
  bigan: { ...ADVERSARIAL, family: 'bigan', reconstructionWeight: 0.02, jointUnits: 8 },
  vaegan: { ...ADVERSARIAL, family: 'vaegan', likenessWeight: 0.05, beta: 1 },
} as const;
type Name = keyof typeof CONFIGS;

const trainings = new Map<Name, string>();

/** The folder of a training of one epoch, made when it is first asked for. */
async function folderOf(name: Name): Promise<string> {
  const outFolder = join(root, name);
  if (!trainings.has(name)) {
    const config = parseTrainConfig({ ...CONFIGS[name], id: name });
    await runTraining({ config, data: bars, outFolder, now: () => 0 });
    trainings.set(name, outFolder);
  }
  return outFolder;
}

const target = (folder: string) => targetOf(folder, { appRoot: root, userData: root });

async function figuresOf(folder: string, options: Partial<EvaluateOptions> = {}): Promise<Evaluation> {
  const few = { data: bars, seed: 3, importanceSamples: 4, judgeSteps: 60, cache: root };
  return evaluate({ target: await target(folder), ...few, ...options });
}

/** The figures of a pack, and of the folder of its training. */
async function trained(name: Name) {
  const folder = await folderOf(name);
  return { pack: await figuresOf(join(folder, 'pack')), run: await figuresOf(folder) };
}

describe('the figures that fit a family', () => {
  it('of a VAE: every one, from its pack and from its training', async () => {
    const { pack, run } = await trained('vae');
    for (const report of [pack, run]) {
      expect(report.elbo).toBeCloseTo(report.reconstruction! - report.kl!, 4);
      expect(report.iwae).toBeGreaterThan(report.elbo! - 0.5);
      expect(report.klPerDimension).toHaveLength(2);
      expect(report.psnr).toBeGreaterThan(3);
      expect(report.ssim).toBeGreaterThan(-1);
      expect(report.ssim).toBeLessThan(1);
      expect(report.n).toBe(24);
      expect(report.data).toEqual({ title: 'bars', part: 'test set', count: 24 });
      expect(report.judge?.name).toBe('the 64 features of a judge that learned the classes of bars, 8 x 8');
      expect(report.judge?.accuracy).toBeGreaterThan(0.9);
      expect(report.classKept).toBeGreaterThan(0.3);
    }
    // half-precision weights of the pack against the full ones of the checkpoint
    expect(pack.elbo).toBeCloseTo(run.elbo!, 0);
    expect(pack.psnr).toBeCloseTo(run.psnr!, 1);
    expect(run.notes).toContain('Measured at step 5 of the training.');
    expect(pack.model).toBe('vae');
  });

  it('of a conditional VAE: the ELBO only from its training, and the pack says so', async () => {
    const { pack, run } = await trained('cvae');
    expect(pack.elbo).toBeNull();
    expect(pack.notes.join(' ')).toContain('keeps its encoder in the folder of its training');
    expect(run.elbo).toBeCloseTo(run.reconstruction! - run.kl!, 3);
    expect(run.iwae).toBeNull();
    for (const report of [pack, run]) {
      expect(report.drawn?.labelAgreement).toBeGreaterThanOrEqual(0);
      expect(report.drawn?.labelAgreementOfData).toBeGreaterThan(0.8);
      expect(report.psnr).toBeNull();
    }
  });

  it.each(['cgan', 'acgan'] as const)('of a %s: label agreement, no ELBO', async (name) => {
    const { pack, run } = await trained(name);
    for (const { elbo, drawn, activeUnits, notes } of [pack, run]) {
      expect([elbo, activeUnits]).toEqual([null, null]);
      expect(drawn?.labelAgreement).toBeGreaterThanOrEqual(0);
      expect(drawn?.purity).toBeNull();
      expect(drawn?.diversity).toBeGreaterThanOrEqual(0);
      expect(notes.join(' ')).toContain('There is no encoder');
    }
  });

  it('of a GAN: coverage, and no class can be asked for', async () => {
    const { pack, run } = await trained('gan');
    for (const { drawn } of [pack, run]) {
      expect(drawn?.coverage).toMatchObject({ ofClasses: 2, names: ['0', '1'] });
      expect(drawn?.labelAgreement).toBeNull();
    }
    // the pack is shown in bytes and the training in numbers; the prior's draws are the same
    expect(pack.drawn?.diversity).toBeCloseTo(run.drawn!.diversity, 1);
  });

  it('of an InfoGAN: how pure its categories are', async () => {
    const { pack } = await trained('infogan');
    expect(pack.drawn?.labelAgreement).toBeNull();
    expect(pack.drawn?.purity).toBeGreaterThanOrEqual(0.5);
    expect(pack.notes.join(' ')).toContain('finds its categories by itself');
  });

  it('of a BiGAN and a VAE/GAN: reconstructions and active units, and no likelihood of pixels', async () => {
    for (const name of ['bigan', 'vaegan'] as const) {
      const { pack, run } = await trained(name);
      expect(pack.elbo).toBeNull();
      expect(pack.notes).toContain('It gives pixels no likelihood, so there is no ELBO.');
      expect(pack.psnr).toBeCloseTo(run.psnr!, 1);
      expect(pack.ssim).toBeCloseTo(run.ssim!, 1);
      expect(pack.activeUnits).toBe(run.activeUnits);
      expect(pack.kl === null).toBe(name === 'bigan');
    }
  });
});

describe('what cannot be had is said', () => {
  it('too few pictures for the distance, and none asked of a judge', async () => {
    const pack = join(await folderOf('vae'), 'pack');
    const few = await figuresOf(pack, { n: 10 });
    expect(few.drawn).toMatchObject({ samples: 10, frechet: null, floor: null });
    expect(few.notes.join(' ')).toContain('10 pictures are too few for a Frechet distance on 64 features');
    const without = await figuresOf(pack, { judged: false });
    expect(without.drawn).toBeNull();
    expect(without.notes.join(' ')).toContain('No judge was asked');
  });

  it('data without labels: the judge learns which way up its pictures are', async () => {
    const path = join(root, 'unlabelled');
    await mkdir(path);
    for (const part of ['train', 't10k']) {
      const name = `${part}-images-idx3-ubyte`;
      await copyFile(join(root, 'bars', name), join(path, name));
    }
    const options = { data: { kind: 'path', path }, judgeSteps: 20 } as const;
    const plain = await figuresOf(join(await folderOf('vae'), 'pack'), options);
    expect(plain.judge?.name).toContain('a judge that learned the turns of unlabelled');
    expect(plain.notes).toContain(
      'The data has no classes: the judge learned which way up its pictures are.',
    );
    expect(plain.drawn).toMatchObject({ coverage: null, labelAgreement: null, attributes: {} });
    expect(plain.drawn?.diversity).toBeGreaterThanOrEqual(0);
    const asked = await figuresOf(join(await folderOf('cgan'), 'pack'), options);
    expect(asked.notes.join(' ')).toContain('The data has no labels, so the classes are asked for in turn');
  });

  it('pictures of another size', async () => {
    const data = { kind: 'builtin', name: 'glyphs', count: 50, size: 16, seed: 1 } as const;
    const pack = join(await folderOf('vae'), 'pack');
    await expect(figuresOf(pack, { data })).rejects.toMatchObject({ code: 'data/mismatch' });
    await expect(figuresOf(await folderOf('vae'), { data })).rejects.toMatchObject({
      code: 'data/mismatch',
    });
  });
});

describe('points of a plane', () => {
  it('from the folder of a training: modes, and the distance to the data beside its floor', async () => {
    const data = { kind: 'builtin', name: 'ring-8', count: 600, size: 32, seed: 1 } as const;
    const dense = { kind: 'dense', units: [8] } as const;
    const config = parseTrainConfig({
      ...CONFIGS.gan,
      ...{ id: 'ring', validationCount: 0, latentSize: 2, averageDecay: 0 },
      generator: { body: dense, batchNorm: false, learningRate: 1e-3 },
      discriminator: { body: dense, batchNorm: false, learningRate: 1e-3 },
    });
    const outFolder = join(root, 'ring');
    await runTraining({ config, data, outFolder, now: () => 0 });
    const { points, drawn, notes } = await figuresOf(outFolder, { data, n: 500 });
    expect(drawn).toBeNull();
    expect(points).toMatchObject({ samples: 500, coverage: { ofModes: 8 } });
    expect(points!.energyDistance).toBeGreaterThan(10 * Math.abs(points!.floor));
    expect(notes).toEqual(['Measured at step 37 of the training.']);
    await expect(figuresOf(outFolder)).rejects.toMatchObject({
      headline: 'The training cannot be evaluated on this data',
    });
  });
});
