// Other people's generators: each file with the contract it must be understood by, or the error it must be refused with. They are not part
// of the project: where they are absent, that is said and nothing is tested.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runNetwork } from '#engine/any-network';
import { createGenerator } from '#engine/generator';
import { findCandidates } from '#engine/importing/candidates';
import { latentsOf } from '#engine/importing/probe';
import { understand } from '#engine/importing/understand';
import { LOADERS } from '#engine/loaders/all';
import { openSource } from '#engine/loaders/open-source';
import { toChannelsLast } from '#engine/picture-order';

const appRoot = resolve(import.meta.dirname, '..', '..');
const cli = join(appRoot, 'out', 'main', 'cli.js');
const generators =
  process.env.LATENTSCAPE_GENERATORS ?? resolve(appRoot, '..', 'shared', 'data', 'generators');
const here = existsSync(generators);
if (!here)
  process.stderr.write(`skipped: no generators of others in ${generators}; set LATENTSCAPE_GENERATORS\n`);

interface Inspected {
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly sentence: string };
  readonly warnings: readonly string[];
  readonly found: readonly { readonly path: string; readonly role: string }[];
  readonly [key: string]: unknown;
}

let home = '';
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-generators-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function inspect(...args: readonly string[]): Promise<Inspected> {
  return new Promise((done, fail) => {
    const env = { ...process.env, LATENTSCAPE_HOME: home };
    execFile(
      process.execPath,
      [cli, 'inspect', ...args, '--json'],
      { env, maxBuffer: 2 ** 26 },
      (_, out, err) => {
        try {
          done(JSON.parse(out) as Inspected);
        } catch {
          fail(new Error(err));
        }
      },
    );
  });
}

const normal = { kind: 'normal' };
const face = {
  latent: { shape: [64], prior: normal },
  condition: null,
  output: { height: 64, width: 64, channels: 3, range: [-1, 1] },
};
const fashion = {
  latent: { shape: [2] },
  output: { height: 28, width: 28, channels: 1, range: [0, 1], layout: 'NHWC' },
};

/** File or folder -> what must be understood; only what is named is compared. */
const UNDERSTOOD: readonly (readonly [string, object])[] = [
  ['face-vae', { ...face, encoder: { mu: 'latent' } }],
  [
    'face-vae/generator.onnx',
    {
      ...face,
      format: 'onnx',
      encoder: { path: 'encoder.onnx', layout: 'NCHW', range: [-1, 1], logVar: null },
    },
  ],
  ['face-vae/generator.h5', { ...face, format: 'keras-h5' }],
  ['face-vae/generator.keras', { ...face, format: 'keras-v3', encoder: { path: 'encoder.keras' } }],
  ['face-vae/generator_savedmodel', { ...face, format: 'saved-model' }],
  ['face-vae/tfjs_generator', { ...face, format: 'tfjs-layers' }],
  [
    'mnist-vae',
    {
      format: 'tfjs-graph',
      latent: { shape: [2], prior: normal },
      output: { height: 28, width: 28, channels: 1, range: [0, 1] },
      encoder: { path: 'encoder/model.json', range: [0, 1], logVar: { kind: 'half', half: 'first' } },
    },
  ],
  [
    'mnist-cvae-onnx/vae.onnx',
    { latent: { shape: [16] }, condition: null, output: { layout: 'NCHW', range: [0, 1] } },
  ],
  [
    'mnist-cvae-onnx/cvae.onnx',
    { latent: { shape: [16] }, condition: { input: 'label', encoding: 'index', size: 10 } },
  ],
  [
    'fashion-ae',
    {
      ...fashion,
      latent: { shape: [2], prior: { kind: 'uniform', low: 0, high: 1 } },
      encoder: { path: 'best_encoder.h5', logVar: null },
    },
  ],
  ['fashion-ae/best_decoder.h5', { ...fashion, format: 'keras-h5', encoder: { path: 'best_encoder.h5' } }],
  ['fashion-ae/best_encoder.h5', { ...fashion, format: 'keras-h5' }],
  ['fashion-ae/tfjs_decoder', { ...fashion, format: 'tfjs-layers' }],
  [
    'mnist-rgba-onnx/decoder.onnx',
    {
      latent: { shape: [2], batch: 1 },
      output: { height: 28, width: 28, channels: 4, range: [0, 255], layout: 'HWC' },
    },
  ],
  [
    'digits-savedmodel',
    { format: 'saved-model', latent: { shape: [2, 2, 4] }, output: { height: 28, width: 28, channels: 1 } },
  ],
];

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['refused/pytorch-state-dict.pth', 'model/refused', /PyTorch.*32 tensors.*export/],
  ['refused/not-a-generator.onnx', 'model/not-a-generator', /draws by coordinates and has no latent/],
  ['custom-layer/encoder.keras', 'model/not-a-generator', /takes a picture/],
  ['face-vae/directions.json', 'model/format', /No model was recognised|not/],
];

describe.skipIf(!here)('generators of others', () => {
  test.each(UNDERSTOOD)('%s is understood', async (path, expected) => {
    expect(await inspect(join(generators, path))).toMatchObject({ ok: true, ...expected });
  });

  test.each(REFUSED)('%s is refused', async (path, code, sentence) => {
    const { ok, error } = await inspect(join(generators, path));
    expect(ok).toBe(false);
    expect(error?.code).toBe(code);
    expect(error?.sentence).toMatch(sentence);
  });

  test('an encoder that is taken for the generator leads to the generator beside it', async () => {
    const { warnings, found } = await inspect(join(generators, 'fashion-ae', 'best_encoder.h5'));
    expect(warnings.join()).toMatch(/best_encoder\.h5 is the encoder/);
    expect(found.map(({ role }) => role)).toContain('generator');
  });

  test('one network in six formats gives one picture', async () => {
    const z = latentsOf(1, 4, 64, { kind: 'normal' });
    const formats = [
      'generator.onnx',
      'generator.h5',
      'generator.keras',
      'generator_savedmodel',
      'tfjs_generator',
    ];
    let expected: Float32Array | null = null;
    for (const name of formats) {
      const source = await openSource(join(generators, 'face-vae', name));
      const [candidate] = await findCandidates(source, LOADERS);
      const { network } = await candidate!.loader.open(source, candidate!.path);
      const runner = await runNetwork(network);
      const { contract } = await understand(runner);
      const generator = createGenerator(runner, contract);
      const values = toChannelsLast(await generator.decode(z, 4), contract.picture, generator.order);
      expected ??= values;
      const worst = values.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (expected![at] ?? NaN))),
        0,
      );
      expect(worst, name).toBeLessThan(1e-4);
      await runner.dispose();
    }
  });
});
