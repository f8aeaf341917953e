import * as tf from '@tensorflow/tfjs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import { createCancellation } from '#shared/rpc';
import { latentOfSeed } from '#shared/random';
import type { Direction, DirectionMethod } from '#shared/attributes';
import { createOwnDirections } from '#engine/attributes/own-directions';
import { attributeHandlers } from '#engine/handlers/attribute-handlers';
import { createOpenModels } from '#engine/open-models';
import { createRegistry } from '#engine/registry';
import { readPack } from '#engine/pack';
import { writeLabels } from '#engine/attributes/write-labels';
import { SIZE, tinyLabelling, tinyPack } from './tiny-pack';

let home = '';
let handlers: ReturnType<typeof attributeHandlers>;
let models: ReturnType<typeof createOpenModels>;

beforeAll(async () => {
  await tf.setBackend('cpu');
  home = await mkdtemp(join(tmpdir(), 'latentscape-attributes-'));
  await mkdir(join(home, 'app'));
  await mkdir(join(home, 'models'));
  await tinyPack(home, 'labelled', tinyLabelling(3000, 0.8));
  await tinyPack(home, 'bare', null);
  const seeds = Int32Array.from({ length: 200 }, (_, i) => 100 + i);
  const draws = Array.from(seeds, (seed) => latentOfSeed(seed, SIZE, { kind: 'normal' }));
  const { table } = tinyLabelling(200, 0);
  const values = Float32Array.from(draws.flatMap((z) => [z[0]!, z[1]!, z[2]!]));
  await tinyPack(home, 'sampled', { table: { ...table, values }, mu: null, seeds, by: 'a judge' });
  const registry = createRegistry({ bundled: join(home, 'app'), library: join(home, 'models') });
  models = createOpenModels(registry);
  handlers = attributeHandlers(models, createOwnDirections(join(home, 'directions')));
});
afterAll(async () => {
  await models.dispose();
  await rm(home, { recursive: true, force: true });
});

const context = () => ({ cancellation: createCancellation().cancellation, send: () => undefined });
const list = (model: string) => handlers['attributes/list']({ model }, context());
const pick = async (model: string, phrase: string, count: number, seed: number) =>
  handlers['attributes/pick']({ model, phrase, count, seed }, context());
const find = async (model: string, method: DirectionMethod, attribute?: string, more = {}) =>
  handlers['attributes/find'](
    { model, method, ...(attribute === undefined ? {} : { attribute }), ...more },
    context(),
  );

const failure = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
  return 'no error';
};

describe('words find exemplars', () => {
  it('that meet them, the same for the same seed, others for another', async () => {
    const first = await pick('labelled', 'smiling woman', 5, 3);
    expect(first.exemplars).toHaveLength(5);
    expect(first.found).toBeGreaterThan(300);
    expect(first.pictures).toMatchObject({ count: 5, width: 4, height: 4 });
    for (const { z, labels, ref } of first.exemplars) {
      expect(z[0]).toBeGreaterThan(0.29);
      expect(labels['gender']).toBeGreaterThanOrEqual(0.3 - 1e-6);
      expect(ref).toMatch(/^code \d+$/);
    }
    const refs = ({ exemplars }: typeof first): readonly string[] => exemplars.map(({ ref }) => ref);
    expect(refs(await pick('labelled', 'smiling woman', 5, 3))).toEqual(refs(first));
    expect(refs(await pick('labelled', 'smiling woman', 5, 4))).not.toEqual(refs(first));
  });
  it('among samples by their seeds', async () => {
    const { exemplars } = await pick('sampled', 'man', 2, 1);
    for (const { z, ref } of exemplars) {
      const seed = Number(/^seed (\d+)$/.exec(ref)![1]);
      expect(Array.from(z)).toEqual(Array.from(latentOfSeed(seed, SIZE, { kind: 'normal' })));
      expect(z[1]).toBeLessThan(0);
    }
    expect(await list('sampled')).toMatchObject({ labelled: 200, source: 'samples' });
  });
  it('and say in one sentence what they do not know', async () => {
    expect(await failure(pick('labelled', 'smiling womn', 1, 1))).toContain('did you mean “woman”?');
    expect(await failure(pick('labelled', 'smiling neutral', 1, 1))).toContain('contradict');
    expect(await failure(pick('bare', 'woman', 1, 1))).toMatch(
      /^model\/no-attributes This model has no attributes/,
    );
    expect(await failure(find('bare', 'regression', 'smile'))).toMatch(/^model\/no-attributes/);
    expect(await failure(find('labelled', 'regression', 'smle'))).toContain('did you mean “smile”?');
  });
});

describe('directions', () => {
  const one = async (method: DirectionMethod, more = {}): Promise<Direction> =>
    (await find('labelled', method, 'gender', more))[0]!;
  const leak = ({ sideEffects }: Direction): number =>
    sideEffects.find(({ attribute }) => attribute === 'hair')!.sigma;

  it('leak what is correlated as much as their method is known to', async () => {
    expect(leak(await one('mean-difference'))).toBeCloseTo(0.8, 1);
    const balanced = leak(await one('balanced', { against: ['hair'] }));
    expect(balanced).toBeGreaterThan(0.1);
    expect(balanced).toBeLessThan(0.6);
    expect(Math.abs(leak(await one('regression')))).toBeLessThan(0.2);
    expect(Math.abs(leak(await one('joint')))).toBeLessThan(0.1);
    expect(Math.abs(leak(await one('conditional', { against: ['hair'] })))).toBeLessThan(0.02);
  });
  it('move their attribute by one standard deviation and separate what was held out', async () => {
    const direction = await one('regression');
    expect(direction.auc).toBeGreaterThan(0.99);
    const at = await handlers['attributes/readout'](
      { model: 'labelled', z: new Float32Array(SIZE) },
      context(),
    );
    const moved = await handlers['attributes/readout'](
      { model: 'labelled', z: Float32Array.from(direction.vector) },
      context(),
    );
    expect(moved['gender']!.sigma - at['gender']!.sigma).toBeCloseTo(1, 4);
    expect(moved['gender']!.value - at['gender']!.value).toBeCloseTo(1, 1); // the labels' sd is 1
  });
  it('come one for each attribute where none is named, and tell how far they are', async () => {
    const told: { done: number; total: number }[] = [];
    const found = await handlers['attributes/find'](
      { model: 'labelled', method: 'hyperplane' },
      { ...context(), send: (event) => void told.push(event) },
    );
    expect(found.map(({ name }) => name)).toEqual(['smile', 'gender', 'hair']);
    expect(told).toEqual([0, 1, 2].map((done) => ({ done, total: 3 })));
  });
  it('without labels are those of the first layer, its batch norm folded in', async () => {
    for (const method of ['sefa', 'pca'] as const) {
      const found = await find('bare', method, undefined, { count: 2 });
      expect(found.map(({ name }) => name)).toEqual([`${method}-1`, `${method}-2`]);
      // the planted layer moves most along the last coordinate, then along the one before
      // of the weights exactly, of 1024 draws through a sigmoid nearly
      const near = method === 'sefa' ? 0.999 : 0.8;
      expect(found[0]!.vector[SIZE - 1]).toBeGreaterThan(near);
      expect(found[1]!.vector[SIZE - 2]).toBeGreaterThan(near);
      expect(found[0]!.auc).toBeNull();
    }
  });
});

describe('a person’s own directions', () => {
  const own: Direction = {
    name: 'my smile',
    title: 'my smile',
    method: 'exemplars',
    attribute: null,
    vector: [1, 0, 0, 0, 0, 0],
    auc: null,
    sideEffects: [],
    origin: 'pack',
  };
  const save = (direction: Direction, model = 'bare') =>
    handlers['attributes/save']({ model, direction }, context());

  it('are kept, replaced by name, and removed', async () => {
    await save(own);
    await save({ ...own, vector: [2, 0, 0, 0, 0, 0] });
    const { directions, labelled, source } = await list('bare');
    expect(directions).toEqual([{ ...own, vector: [2, 0, 0, 0, 0, 0], origin: 'own' }]);
    expect({ labelled, source }).toEqual({ labelled: 0, source: null });
    await handlers['attributes/remove']({ model: 'bare', name: 'my smile' }, context());
    expect((await list('bare')).directions).toEqual([]);
    expect(
      await failure(Promise.resolve(handlers['attributes/remove']({ model: 'bare', name: 'x' }, context()))),
    ).toMatch(/^input\/direction/);
  });
  it('saved at once are all there', async () => {
    await Promise.all(['a', 'b', 'c'].map(async (name) => save({ ...own, name })));
    expect((await list('bare')).directions.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c']);
  });
  it('of another model are refused', async () => {
    expect(await failure(Promise.resolve(save({ ...own, vector: [1, 2] })))).toMatch(
      /^input\/latent This direction belongs to another model/,
    );
  });
  it('in a damaged file are refused in one sentence, and the file stays', async () => {
    const path = join(home, 'directions', 'sampled.json');
    await mkdir(join(home, 'directions'), { recursive: true });
    await writeFile(
      path,
      '{"format":"latentscape-directions/1","model":"sampled","directions":[{"name":1}]}',
    );
    expect(await failure(Promise.resolve(list('sampled')))).toMatch(/^store\/directions Your own directions/);
    expect(await failure(Promise.resolve(save(own, 'sampled')))).toMatch(/^store\/directions/);
    expect(await readFile(path, 'utf8')).toContain('"name":1');
  });
});

describe('labels written into a pack', () => {
  it('leave every other file as it is, and can be written again', async () => {
    const before = await tinyPack(home, 'again', null);
    const { directions } = { directions: await find('labelled', 'regression') };
    const once = await writeLabels(before, tinyLabelling(60, 0), directions);
    const twice = await writeLabels(once, { ...tinyLabelling(90, 0), heldOut: 30 }, []);
    const after = await readPack(twice.folder);
    expect(after.manifest.labels).toMatchObject({ count: 90, source: 'codes', heldOut: 30 });
    expect(once.manifest.directions!.map(({ origin }) => origin)).toEqual(['pack', 'pack', 'pack']);
    expect(after.manifest.files['generator.safetensors']).toBe(
      before.manifest.files['generator.safetensors'],
    );
    expect(Object.keys(after.manifest.files).sort()).toEqual(['generator.safetensors', 'labels.safetensors']);
  });
});
