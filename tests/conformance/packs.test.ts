/** Every pack that comes with the app: complete, small, and the same pictures in each runtime. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkGolden, parseGolden } from '#engine/golden';
import { layersRunner, loweredRunner } from '#engine/layers-runner';
import { decodeNetwork } from '#engine/network-file';
import type { NetworkRunner } from '#engine/network-runner';
import { openModel } from '#engine/open-model';
import { readPack, readPackFile, type Pack } from '#engine/pack';
import { createRegistry } from '#engine/registry';
import { bundledModelsFolder } from '#engine/store/paths';
import { toFloat32 } from '#engine/store/half-float';
import { decodeSafetensors } from '#engine/store/safetensors';
import { runRows } from '../fixtures/run-rows';

const LARGEST_PACK = 10_000_000;
const models = bundledModelsFolder(resolve('.'));
const ids = existsSync(models)
  ? readdirSync(models, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  : [];

test('there are models', ({ skip }) => {
  if (ids.length === 0) skip('models/ is empty, so no pack was checked');
});

test('the registry lists them all, and none is damaged', async () => {
  const list = await createRegistry({ bundled: models, library: join(models, 'nowhere') }).list();
  expect(list.damaged).toEqual([]);
  expect(list.models.map(({ id }) => id).sort()).toEqual([...ids].sort());
});

describe.each(ids)('%s', (id) => {
  const folder = join(models, id);
  const runners: NetworkRunner[] = [];
  afterAll(() => Promise.all(runners.map((runner) => runner.dispose())));

  const pack = (): Promise<Pack> => readPack(folder);
  const network = async (file: string) => decodeNetwork(await readPackFile(await pack(), file));

  /** The largest difference from the expected pictures, with the tolerance that they allow. */
  async function golden(
    create: (network: Awaited<ReturnType<typeof decodeNetwork>>) => Promise<NetworkRunner>,
  ) {
    const { manifest } = await pack();
    if (manifest.golden === undefined) throw new Error('the pack has no golden.json');
    const expected = parseGolden(await readPackFile(await pack(), manifest.golden), manifest.golden);
    const runner = await create(await network(manifest.generator.file));
    runners.push(runner);
    return checkGolden(
      expected,
      async (z, count) => (await runRows(runner, z, count))[0] ?? new Float32Array(),
    );
  }

  test('every file is listed, with its hash, and the whole is small', async () => {
    const { manifest } = await pack();
    const names = await readdir(folder);
    expect(names.sort()).toEqual([...Object.keys(manifest.files), 'manifest.json'].sort());
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LARGEST_PACK);
  });

  test('it says what it is, where it comes from and how good it is', async () => {
    const { manifest } = await pack();
    expect(manifest.id).toBe(id);
    // what a model without an encoder is worth shows in what it draws
    const [metric, heading] = manifest.encoder === undefined ? ['dReal', 'D(G(z))'] : ['elbo', 'ELBO'];
    expect(manifest.training?.metrics).toMatchObject({ [metric]: expect.any(Number) as number });
    const card = await readFile(join(folder, manifest.card ?? 'README.md'), 'utf8');
    for (const word of [manifest.licence, manifest.training?.data ?? '', heading])
      expect(card).toContain(word);
  });

  test('its networks are whole', async () => {
    const { manifest } = await pack();
    expect((await network(manifest.generator.file)).warnings).toEqual([]);
    if (manifest.encoder !== undefined) expect((await network(manifest.encoder.file)).warnings).toEqual([]);
  });

  test('ONNX Runtime gives the expected pictures', async () => {
    const { passed, worst } = await golden((stored) => loweredRunner(stored));
    expect(passed, `largest difference ${worst}`).toBe(true);
  });

  test('TensorFlow.js gives the expected pictures', async () => {
    const { passed, worst } = await golden((stored) => layersRunner(stored, { avoid: 'onnxruntime' }));
    expect(passed, `largest difference ${worst}`).toBe(true);
  });

  test('its codes are as many as it says, finite, and near the prior', async () => {
    const { manifest } = await pack();
    if (manifest.codes === undefined) return;
    const { tensors } = decodeSafetensors(await readPackFile(await pack(), manifest.codes.file));
    const mu = tensors.get('mu');
    if (mu === undefined) throw new Error('there is no tensor mu');
    expect(mu.shape).toEqual([manifest.codes.count, manifest.latent.size]);
    const values = toFloat32(mu);
    expect(values.every((value) => Number.isFinite(value) && Math.abs(value) < 20)).toBe(true);
  });

  test('it opens, decodes, and finds its own pictures again', async () => {
    const opened = await openModel(await pack());
    try {
      expect(opened.runtime).toMatchObject({ name: 'onnxruntime', fallback: false });
      const { size } = opened.info.latent;
      const pictures = await opened.decode(new Float32Array(3 * size).fill(0.1), 3);
      expect([pictures.count, pictures.rgba.length]).toEqual([3, 3 * pictures.width * pictures.height * 4]);
      expect(pictures.notes).toEqual([]);
      if (!opened.info.hasEncoder) return;
      const bytes = pictures.rgba.filter((_, at) => at % 4 < opened.info.output.channels);
      const { mu, logVar } = await opened.encode(bytes.slice(0, bytes.length / 3), 1);
      expect([mu.length, logVar?.length]).toEqual([size, size]);
      // The middle of the prior is where most pictures are; a decoded one goes back near to where it came from.
      mu.forEach((value) => expect(Math.abs(value - 0.1)).toBeLessThan(1.5));
    } finally {
      await opened.dispose();
    }
  });
});
