// What cannot be trained is refused in one sentence that says what is wrong, where, and what would be right, before anything is computed.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import { checkFits } from '#engine/training/fit-config';
import { readJobConfig } from '#engine/training/job-folder';
import { presetOf } from '#engine/training/presets';
import { parseTrainConfig, type ConfigOf, type TrainConfig } from '#engine/training/train-config';
import { barsConfig } from './tiny-data';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-bad-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const bars = barsConfig();
const gan = presetOf('gan-points');
const BARS = { height: 8, width: 8, channels: 1, classes: 2 };

const withRate = (peak: unknown) => ({ ...bars, learningRate: { ...bars.learningRate, peak } });
const withModel = (change: object) => ({ ...bars, model: { ...bars.model, ...change } });

describe.each<[string, unknown, string, RegExp]>([
  ['a learning rate of 1e9', withRate(1e9), 'learningRate.peak', /more than 0 and at most 1.*is usual/],
  ['a learning rate of 0', withRate(0), 'learningRate.peak', /more than 0/],
  ['a learning rate that is no number', withRate(NaN), 'learningRate.peak', /more than 0/],
  ['a learning rate in words', withRate('fast'), 'learningRate.peak', /more than 0/],
  [
    'a floor below 0',
    { ...bars, learningRate: { ...bars.learningRate, floor: -1 } },
    'learningRate.floor',
    /from 0 to 1/,
  ],
  [
    'a player’s rate of 1e9',
    { ...gan, generator: { ...(gan as ConfigOf<'gan'>).generator, learningRate: 1e9 } },
    'generator.learningRate',
    /at most 1/,
  ],
  ['a latent of 0', withModel({ latentSize: 0 }), 'model.latentSize', /from 1 to 512/],
  ['a latent of 0 in a game', { ...gan, latentSize: 0 }, 'latentSize', /from 1 to 512/],
  ['a latent of 1e9', withModel({ latentSize: 1e9 }), 'model.latentSize', /from 1 to 512/],
  ['half a batch', { ...bars, batchSize: 0.5 }, 'batchSize', /whole number from 1 to 4096/],
  ['a batch of a million', { ...bars, batchSize: 1e6 }, 'batchSize', /whole number from 1 to 4096/],
  ['no epochs', { ...bars, epochs: 0 }, 'epochs', /from 1 to 10000/],
  ['a weight without end', { ...bars, beta: 1e300 }, 'beta', /from 0 to 1000000/],
  ['fewer than no held-out pictures', { ...bars, validationCount: -5 }, 'validationCount', /0 or more/],
  [
    'a newer version',
    { ...bars, formatVersion: 2 },
    'formatVersion',
    /version 2, and 1 is known here; update/,
  ],
  ['a newer job.json', { formatVersion: 7, config: bars }, 'formatVersion', /newer Latentscape/],
])('%s', (_name, config, where, words) => {
  it('is refused where it is wrong, with what would be right', () => {
    const error = refusal(() => parseTrainConfig(config));
    expect(error).toMatchObject({ code: 'usage/config', where });
    expect(error.sentence).toMatch(words);
    expect(error.sentence).not.toMatch(/Too (big|small)|Invalid|expected/);
  });
});

describe('a configuration', () => {
  it('may say that it is of this version, or be a whole job.json', () => {
    expect(parseTrainConfig({ ...bars, formatVersion: 1 })).toEqual(bars);
    expect(parseTrainConfig({ formatVersion: 1, config: bars })).toEqual(bars);
  });

  it('of a newer version is not resumed, and its file stays as it is', async () => {
    await writeFile(join(folder, 'job.json'), JSON.stringify({ formatVersion: 2, config: bars }));
    await expect(readJobConfig(folder)).rejects.toMatchObject({
      code: 'usage/config',
      where: 'formatVersion',
    });
  });
});

describe('a configuration and data that do not fit', () => {
  it('a batch larger than the data', () => {
    const error = refusal(() => checkFits({ ...bars, batchSize: 64 }, BARS, 24));
    expect(error.sentence).toBe(
      'There are too few pictures: 24 are left to train on, and one batch needs 64; bring more, or make the batch or the held-out set smaller.',
    );
  });

  it('no labels, for a recipe that learns them', () => {
    const config = { ...presetOf('vae-quick'), labelWeight: 300 } as TrainConfig;
    const shape = { height: 28, width: 28, channels: 1, classes: 0 };
    expect(refusal(() => checkFits(config, shape, 10_000)).sentence).toBe(
      'The data has no labels: this recipe learns what pictures are labelled with, at a weight of 300; bring a labels.csv beside the pictures, or set the weight of labels (labelWeight) to 0.',
    );
    expect(() => checkFits(config, { ...shape, labels: 2 }, 10_000)).not.toThrow();
  });

  it.each(['cvae-quick', 'cgan-quick', 'acgan-quick'])(
    'one class, for a family that is told the class: %s',
    (name) => {
      const config = presetOf(name);
      const shape = { height: 28, width: 28, channels: 1 };
      const one = refusal(() => checkFits(config, { ...shape, classes: 1 }, 10_000));
      expect(one.sentence).toMatch(/^The data has no classes: every picture has the same one; bring labels/);
      const none = refusal(() => checkFits(config, { ...shape, classes: 0 }, 10_000));
      expect(none.sentence).toMatch(/told the class of each picture/);
    },
  );
});
