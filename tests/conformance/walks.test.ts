/** Evening a walk on real decoders: equal times show nearly equal changes of the picture, where straight lines between the same keys do not. */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Walk } from '#shared/walk';
import { latentOfSeed } from '#shared/random';
import type { DecodeLatents } from '#engine/films/decoded-points';
import { evenWalk, measureWalk, type MeasuredModel } from '#engine/films/measure-walk';
import { openModel } from '#engine/open-model';
import { readPack } from '#engine/pack';
import { bundledModelsFolder } from '#engine/store/paths';

const models = bundledModelsFolder(resolve('.'));
const ids = existsSync(models)
  ? readdirSync(models, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  : [];
const SAMPLES = 120;
/** Straight lines have 0.3 to 0.7. */
const EVEN = 0.1;

test('there are models', ({ skip }) => {
  if (ids.length === 0) skip('models/ is empty, so no walk was evened');
});

describe.each(ids)('%s', (id) => {
  const opened = readPack(join(models, id)).then((pack) => openModel(pack));
  afterAll(async () => (await opened).dispose());
  const progress = { cancellation: { cancelled: false }, send: () => undefined };

  test.each([
    [1, 2, 3],
    [11, 22, 33],
    [7, 5, 3],
  ])('seeds %d, %d and %d', async (...seeds) => {
    const { info, decode } = await opened;
    const { latent, output: picture, condition } = info;
    const decodeLatents: DecodeLatents = (z, count, of) => decode(z, count, of);
    const model: MeasuredModel = { picture, prior: latent.prior, decode: decodeLatents };
    const walk: Walk = {
      path: 'spline',
      closed: false,
      keepNorm: latent.prior.kind === 'normal' && latent.size >= 8,
      keys: seeds.map((seed) => ({
        z: latentOfSeed(seed, latent.size, latent.prior),
        condition: condition === null ? undefined : 0,
        seconds: 2,
        easing: 'linear' as const,
      })),
    };
    const even = await evenWalk(walk, SAMPLES, false, model, progress);
    const [smooth, before, lerp] = [
      await measureWalk(even, SAMPLES, model, progress),
      await measureWalk(walk, SAMPLES, model, progress),
      await measureWalk({ ...walk, path: 'lerp', keepNorm: false }, SAMPLES, model, progress),
    ];
    const figures = [smooth, before, lerp].map(({ variation }) => variation.toFixed(3));
    process.stdout.write(
      `${id} ${seeds.join(',')}: steps vary by ${figures[0]} when evened, ${figures[1]} before, ${figures[2]} on straight lines\n`,
    );
    expect(smooth.variation).toBeLessThan(EVEN);
    expect(smooth.variation).toBeLessThan(before.variation);
  });
});
