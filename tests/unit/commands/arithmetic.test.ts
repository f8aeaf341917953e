import * as tf from '@tensorflow/tfjs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateTerms, seedOfTerm } from '#shared/arithmetic';
import type { Direction } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { createCancellation } from '#shared/rpc';
import { arithmeticExport } from '#shared/reproduce';
import { labelSamples } from '#engine/attributes/label-samples';
import { labelledOf } from '#engine/attributes/labelled';
import { judgedEffects } from '#engine/attributes/judged-effects';
import { resemblanceNote, unlikeness } from '#engine/attributes/likeness';
import { arithmeticCommand } from '#engine/commands/arithmetic';
import { parseInput, type CommandContext } from '#engine/commands/command';
import type { Judge } from '#engine/datasets/judge';
import { createEngine, type Engine } from '#engine/engine';
import { openModel } from '#engine/open-model';
import type { Pack } from '#engine/pack';
import { SIZE, tinyLabelling, tinyPack } from '../attributes/tiny-pack';

let home = '';
let engine: Engine;
let labelledPack: Pack;
let bare: Pack;

beforeAll(async () => {
  await tf.setBackend('cpu');
  home = await mkdtemp(join(tmpdir(), 'latentscape-arithmetic-'));
  await mkdir(join(home, 'models'));
  labelledPack = await tinyPack(home, 'labelled', tinyLabelling(1000, 0));
  bare = await tinyPack(home, 'bare', null);
  engine = createEngine({
    appRoot: join(home, 'app'),
    userData: home,
    dataFolder: null,
    version: 'test',
    trainers: null,
    startInspector: () => {
      throw new Error('nothing is imported here');
    },
  });
});
afterAll(async () => {
  await engine.dispose();
  await rm(home, { recursive: true, force: true });
});

const call: CommandContext['call'] = async (op, params) => {
  const handler = engine.handlers[op] as (params: unknown, context: unknown) => Promise<never>;
  return handler(params, { cancellation: createCancellation().cancellation, send: () => undefined });
};
const log: string[] = [];
const context = { call, log: (line: string) => void log.push(line) } as unknown as CommandContext;
const run = async (model: string, expr: string, more: object = {}) => {
  const raw = { model, expr, seed: 1, n: 3, norm: 'none', scale: 2, out: join(home, 'r.png'), ...more };
  return (await arithmeticCommand.run(parseInput(arithmeticCommand, raw), context)).json as {
    z: number[];
    terms: { operand: string; refs: string[]; weight: number }[];
  };
};
const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
  return 'no error';
};

describe('arithmetic', () => {
  const EXPR = 'smiling woman - neutral woman + neutral man';
  it('gives the bytes that the window saves, and the same ones again', async () => {
    const { z, terms } = await run('labelled', EXPR);
    const bytes = await readFile(join(home, 'r.png'));
    expect(terms.map(({ weight, refs }) => [weight, refs.length])).toEqual([
      [1, 3],
      [-1, 3],
      [1, 3],
    ]);
    // what a window does
    const picked = [];
    for (const [place, phrase] of ['smiling woman', 'neutral woman', 'neutral man'].entries())
      picked.push(
        await call('attributes/pick', { model: 'labelled', phrase, count: 3, seed: seedOfTerm(1, place) }),
      );
    const sum = evaluateTerms(
      picked.map(({ exemplars }, place) => ({
        weight: place === 1 ? -1 : 1,
        exemplars: exemplars.map((exemplar) => exemplar.z),
      })),
      'none',
      { kind: 'normal' },
    );
    expect([...sum]).toEqual(z);
    const { count, width, height, rgba } = await call('latent/decode', { model: 'labelled', z: sum });
    const recipe = { model: 'labelled', expr: EXPR, seed: 1, n: 3, norm: 'none', noise: false, z: [...sum] };
    const { png } = await call('export/png', { count, width, height, rgba, ...arithmeticExport(recipe, 2) });
    expect(Buffer.from(png).equals(bytes)).toBe(true);
    await run('labelled', EXPR);
    expect((await readFile(join(home, 'r.png'))).equals(bytes)).toBe(true);
    expect((await run('labelled', EXPR, { seed: 2 })).z).not.toEqual(z);
  });
  it('takes seeds and wells, scales them, and puts the sum on the shell', async () => {
    const well = join(home, 'well.json');
    await writeFile(
      well,
      JSON.stringify({
        model: 'bare',
        z: [
          [1, 0, 0, 0, 0, 0],
          [0, 1, 0, 0, 0, 0],
        ],
      }),
    );
    const { z } = await run('bare', `2 * well:${well}`);
    expect(z).toEqual([1, 1, 0, 0, 0, 0]);
    const shell = await run('bare', `well:${well} - seed:7`, { norm: 'shell', noise: true });
    expect(Math.hypot(...shell.z)).toBeCloseTo(Math.sqrt(SIZE - 0.5), 4);
  });
  it('says in one sentence what is wrong', async () => {
    const empty = join(home, 'empty.json');
    const other = join(home, 'other.json');
    const short = join(home, 'short.json');
    await writeFile(empty, '[]');
    await writeFile(other, '{"model":"labelled","z":[[1,2,3,4,5,6]]}');
    await writeFile(short, '[[1,2]]');
    const refusals = await Promise.all(
      [`well:${empty}`, `well:${other}`, `well:${short}`, 'well:/nowhere.json', 'woman', 'seed:1 -'].map(
        async (expr) => failure(run('bare', expr)),
      ),
    );
    expect(refusals.map((text) => text.split(' (')[0])).toEqual([
      'input/well A term has no exemplars',
      expect.stringMatching(/^input\/latent These exemplars are of another model/),
      expect.stringMatching(/^input\/latent This is no latent of the model/),
      'input/missing An exemplar cannot be read',
      expect.stringMatching(/^model\/no-attributes/),
      expect.stringMatching(/^input\/expression/),
    ]);
    expect(await failure(run('labelled', 'smilng woman'))).toContain('did you mean “smiling”?');
    expect(await failure(run('bare', `image:${empty}`))).toMatch(/^model\/no-encoder|^input\//);
  });
  it('says where there are fewer exemplars than were asked for', async () => {
    log.length = 0;
    const { terms } = await run('labelled', 'smiling woman with long hair', { n: 64 });
    const few = terms[0]!.refs.length;
    expect(few).toBeLessThan(64);
    expect(log.join()).toContain(`only ${few} exemplars of “smiling woman with long hair”`);
  });
});

describe('a judge', () => {
  /** Reads the mean of one colour over the picture. */
  const judge = {
    scales: [{ name: 'smile', mean: 0, sd: 1 }],
    read: (pictures: Float32Array) => {
      const count = pictures.length / 48;
      const smile = Float32Array.from({ length: count }, (_, at) => pictures[at * 48]!);
      return { factors: { smile } };
    },
  } as unknown as Judge;

  it('labels samples of a model by their seeds', async () => {
    const model = await openModel(bare);
    const { table } = tinyLabelling(1, 0);
    const labelling = await labelSamples(model, judge, table.attributes, {
      count: 150,
      seed: 40,
      by: 'a judge',
    });
    await model.dispose();
    expect(labelling.table.attributes.map(({ name }) => name)).toEqual(['smile']);
    expect(labelling.seeds![149]).toBe(189);
    const { z, refOf } = labelledOf(labelling, bare.manifest.latent);
    expect(refOf(2)).toBe('seed 42');
    // the first pixel of the tiny generator is a sigmoid of z0
    for (const row of [0, 70, 149]) {
      const value = 1 / (1 + Math.exp(-0.8 * z[row * SIZE]!));
      expect(labelling.table.values[row]).toBeCloseTo(value, 1);
    }
  });
  it('measures on pictures what a direction drags along', async () => {
    const model = await openModel(labelledPack);
    const labelled = labelledOf(tinyLabelling(400, 0), labelledPack.manifest.latent);
    const direction: Direction = {
      name: 'gender',
      title: 'gender',
      method: 'regression',
      attribute: 'gender',
      vector: [1, 1, 0, 0, 0, 0],
      auc: null,
      sideEffects: [],
      origin: 'own',
    };
    const [measured] = await judgedEffects(model, judge, labelled, [direction]);
    await model.dispose();
    expect(measured!.sideEffects.map(({ attribute }) => attribute)).toEqual(['smile']);
    expect(measured!.sideEffects[0]!.sigma).toBeGreaterThan(0.1); // +0.8 inside a sigmoid
    expect(measured!.sideEffects[0]!.sigma).toBeLessThan(0.25);
  });
});

describe('a picture of another kind than the model knows', () => {
  it('is encoded, and said to be so', () => {
    const bytes = Uint8Array.of(0, 0, 255, 255);
    const rgba = Uint8Array.of(0, 0, 0, 255, 51, 51, 51, 255, 255, 255, 255, 255, 0, 0, 0, 255);
    const errors = unlikeness(bytes, rgba, 2, 1);
    expect(errors[0]).toBeCloseTo(0.02, 6);
    expect(errors[1]).toBeCloseTo(0.5, 6);
    expect(resemblanceNote(errors[1]!, 0.1)).toContain('it may not resemble');
    expect(resemblanceNote(errors[0]!, 0.1)).toBeNull();
    expect(resemblanceNote(errors[1]!, undefined)).toBeNull();
  });
});
