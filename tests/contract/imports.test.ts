// Imports as a window makes them: the real engine, the real inspector, each in its own process, and what happens when one is killed.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Child } from '#app/child';
import { forkNode } from '#app/fork-node';
import { attachInspectors } from '#app/inspector-host';
import { Supervisor } from '#app/supervisor';
import type { EngineApi } from '#shared/api';
import { AppError } from '#shared/errors';
import { connect, type Client } from '#shared/rpc';
import { decodeNetwork } from '#engine/network-file';
import { lowerToOnnx } from '#engine/onnx/lower';

const root = resolve(import.meta.dirname, '..', '..');
const out = join(root, 'out', 'main');
const pack = join(root, 'models', 'digits-vae-2d');

let home = '';
let onnx = '';
let supervisor: Supervisor;
let client: Client<EngineApi>;
const inspectors: Child[] = [];

beforeAll(async () => {
  if (!existsSync(join(out, 'inspector.js')))
    throw new Error('the project has not been built: run `npm run build` first');
  home = await mkdtemp(join(tmpdir(), 'latentscape-imports-'));
  const network = decodeNetwork(new Uint8Array(await readFile(join(pack, 'generator.safetensors'))));
  await mkdir(join(home, 'from'));
  onnx = join(home, 'from', 'Digits\u0007 of\u202e mine.onnx');
  await writeFile(onnx, lowerToOnnx(network).onnx);
  const env = { ...process.env, LATENTSCAPE_HOME: home };
  supervisor = new Supervisor({
    fork() {
      const child = forkNode(join(out, 'engine.js'), { env });
      attachInspectors(child, () => {
        const inspector = forkNode(join(out, 'inspector.js'), { env });
        inspectors.push(inspector);
        return inspector;
      });
      return child;
    },
  });
  supervisor.start();
  client = connect<EngineApi>(await supervisor.connect());
});
afterAll(async () => {
  await supervisor.stop();
  await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

const isAlive = ({ pid }: Child): boolean => {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
};
const library = async (): Promise<readonly string[]> => readdir(join(home, 'models')).catch(() => []);

async function errorOf(task: PromiseLike<unknown>): Promise<AppError> {
  try {
    await task;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a model of a stranger', () => {
  it('is looked at, corrected, and taken into the library, where it draws', async () => {
    const phases: string[] = [];
    const inspection = await client.call('imports/open', { path: onnx }, ({ phase }) => phases.push(phase));
    expect(phases.length).toBeGreaterThan(2);
    expect(inspection).toMatchObject({
      title: 'Digits of mine',
      format: 'onnx',
      contract: { latent: { shape: [2] }, picture: { height: 28, width: 28, channels: 1, range: [0, 1] } },
      alreadyHere: null,
    });
    expect(inspection.samples.pictures.rgba).toHaveLength(16 * 28 * 28 * 4);

    const { contract } = inspection;
    const inverted = { ...contract, picture: { ...contract.picture, range: [0, 2] as const } };
    const sample = await client.call('imports/sample', {
      import: inspection.import,
      contract: inverted,
      seed: 1,
    });
    expect(Math.max(...sample.pictures.rgba.filter((_, at) => at % 4 === 0))).toBeLessThanOrEqual(128);

    const { model } = await client.call('imports/accept', {
      import: inspection.import,
      contract,
      encoder: null,
      title: 'Mine\n\u0000',
      licence: '',
      provenance: '',
    });
    expect(model).toBe('mine');
    const { info, runtime } = await client.call('models/open', { model });
    expect(info).toMatchObject({ title: 'Mine', family: 'imported', latent: { size: 2, shape: [2] } });
    expect(runtime).toMatchObject({ name: 'onnxruntime', fallback: false });
    const again = await client.call('imports/open', { path: onnx });
    expect(again.alreadyHere).toBe('mine');
    await client.call('imports/close', { import: again.import });
    await vi.waitFor(() => expect(inspectors.filter(isAlive)).toEqual([]), 5_000);
  });

  it('may be a pack, which is taken over whole', async () => {
    const {
      import: id,
      format,
      contract,
      encoder,
      title,
    } = await client.call('imports/open', { path: pack });
    expect(format).toBe('latentscape-pack');
    expect(encoder).not.toBeNull();
    const { model } = await client.call('imports/accept', {
      import: id,
      contract,
      encoder,
      title,
      licence: '',
      provenance: '',
    });
    expect((await client.call('models/codes', { model }))?.count).toBeGreaterThan(0);
  });

  it('whose process is killed gives one sentence, and the library is as it was', async () => {
    const before = await library();
    const { import: id, contract } = await client.call('imports/open', { path: onnx });
    process.kill(inspectors.at(-1)?.pid ?? 0, 'SIGKILL');
    const accepting = client.call('imports/accept', {
      import: id,
      contract,
      encoder: null,
      title: 'Killed',
      licence: '',
      provenance: '',
    });
    expect((await errorOf(accepting)).code).toBe('model/died');
    expect((await errorOf(client.call('imports/sample', { import: id, contract, seed: 1 }))).code).toBe(
      'usage/import',
    );
    expect(await library()).toEqual(before);
  });

  it('that is no model, or damaged, or not there, is refused, and nothing is left behind', async () => {
    const before = await library();
    const cut = join(home, 'from', 'cut.onnx');
    await writeFile(cut, (await readFile(onnx)).subarray(0, 5000));
    const text = join(home, 'from', 'readme.onnx');
    await copyFile(join(root, 'README.md'), text);
    for (const path of [cut, text, join(home, 'nothing.onnx'), home.slice(0, 1) + 'dev/null']) {
      const { code, sentence } = await errorOf(client.call('imports/open', { path }));
      expect(code, sentence).toMatch(/^model\//);
      expect(sentence).not.toMatch(/\n\s+at /);
    }
    expect(await library()).toEqual(before);
    await vi.waitFor(() => expect(inspectors.filter(isAlive)).toEqual([]), 5_000);
  });
});
