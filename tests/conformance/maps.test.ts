// UMAP keeps who is near whom: on two thousand digits, by their codes and by the pixels of what these decode to.
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCodes } from '#engine/codes';
import { openModel, type OpenModel } from '#engine/open-model';
import { readPack, type Pack } from '#engine/pack';
import { runMapJob, type Projection } from '#engine/maps/map-job';
import { trustworthiness } from '#ml/maps/trustworthiness';
import type { Rows } from '#ml/maps/nearest';

const COUNT = 2_000;
const NEIGHBOURS = 12;
const quiet = { check: () => undefined, onProgress: () => undefined };
let pack: Pack;
let model: OpenModel;

beforeAll(async () => {
  pack = await readPack(resolve(import.meta.dirname, '..', '..', 'models', 'digits-vae-2d'));
  model = await openModel(pack);
});
afterAll(() => model.dispose());

const projected = (rows: Rows): Projection =>
  runMapJob({ kind: 'project', method: 'umap', rows, seed: 1 }, quiet) as Projection;

describe('UMAP of 2,000 digits', () => {
  it('keeps the neighbours of their codes', async () => {
    const mu = (await readCodes(pack))!.mu.slice(0, 2 * COUNT);
    const rows = { values: mu, count: COUNT, size: 2 };
    const { xy } = projected(rows);
    const kept = trustworthiness(rows, { values: xy, count: COUNT, size: 2 }, NEIGHBOURS);
    expect(kept).toBeGreaterThanOrEqual(0.9);
  }, 180_000);

  it('keeps the neighbours of their 784 pixels', async () => {
    const mu = (await readCodes(pack))!.mu.slice(0, 2 * COUNT);
    const values = await model.values(mu, COUNT);
    // as the map itself tells it, from a thousand of them: every pair of pictures is compared
    const { trust } = projected({ values, count: COUNT, size: values.length / COUNT });
    expect(trust.points).toBe(1_000);
    expect(trust.value).toBeGreaterThanOrEqual(0.9);
  }, 300_000);
});
