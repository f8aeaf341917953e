import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '#engine/store/checkpoint';
import { previousOf } from '#engine/store/atomic';

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-checkpoint-'));
  path = join(folder, 'checkpoint.bin');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (step: number): Checkpoint => ({
  state: { step, seed: [1, 2, null], name: 'né' },
  tensors: new Map([
    ['w', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(step, NaN, -0, 1e-45) }],
    ['rng', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-5n) }],
  ]),
});

test('comes back bit by bit', async () => {
  await saveCheckpoint(path, at(1));
  expect(await loadCheckpoint(path)).toEqual({ ...at(1), recovered: false });
});

describe('a newest file that is damaged', () => {
  async function expectPrevious(damaged: Uint8Array): Promise<void> {
    await writeFile(path, damaged);
    const loaded = await loadCheckpoint(path);
    expect([loaded.state['step'], loaded.recovered]).toEqual([1, true]);
    expect(loaded.why).toMatch(/damaged/);
  }

  test('gives way to the one before: any byte changed, any cut', async () => {
    await saveCheckpoint(path, at(1));
    await saveCheckpoint(path, at(2));
    const whole = new Uint8Array(await readFile(path));
    for (let place = 0; place < whole.length; place += 7) {
      await expectPrevious(whole.map((byte, i) => (i === place ? byte ^ 0x10 : byte)));
    }
    for (let cut = 0; cut < 20; cut++)
      await expectPrevious(whole.subarray(0, Math.floor((whole.length * cut) / 20)));
    await expectPrevious(Uint8Array.of(...whole, 0));
  });

  test('does not push out the good one behind it', async () => {
    await saveCheckpoint(path, at(1));
    await saveCheckpoint(path, at(2));
    await writeFile(path, 'garbage');
    await saveCheckpoint(path, at(3));
    expect((await loadCheckpoint(path)).state['step']).toBe(3);
    await copyFile(previousOf(path), path);
    expect((await loadCheckpoint(path)).state['step']).toBe(1);
  });

  test('and none before it: one sentence', async () => {
    await expect(loadCheckpoint(path)).rejects.toThrow(/no checkpoint/);
    await writeFile(path, 'garbage');
    await expect(loadCheckpoint(path)).rejects.toThrow(/checkpoint is damaged/);
  });
});

describe('kill -9 in the middle of saving', () => {
  const KILLS = 20;

  test(`${KILLS} times: what was said to be safe is there, whole`, { timeout: 60_000 }, async () => {
    const script = await bundle(resolve('tests/unit/store/save-for-ever.ts'), folder);
    let safe = -1;
    let saves = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acknowledged = await runAndKill(script, [path, String(safe + 1)], 1 + ((kill * 37) % 60));
      saves += acknowledged.length;
      const loaded = await loadCheckpoint(path);
      const step = Number(loaded.state['step']);
      expect(loaded.recovered).toBe(false);
      expect(step).toBeGreaterThanOrEqual(acknowledged.at(-1) ?? safe);
      expect(loaded.tensors.get('w')?.data.every((value) => Number(value) === step)).toBe(true);
      safe = step;
    }
    expect(saves).toBeGreaterThan(KILLS);
  });
});

/** One plain script that Node runs by itself: starting it takes no longer than a save. */
async function bundle(entry: string, outFolder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: entry,
      outDir: outFolder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'save-for-ever.mjs' } },
    },
  });
  return join(outFolder, 'save-for-ever.mjs');
}

/** Kills `delay` milliseconds after the first line; gives the numbers on all whole lines. */
function runAndKill(script: string, values: readonly string[], delay: number): Promise<readonly number[]> {
  return new Promise((resolvePromise, reject) => {
    const child = spawn(process.execPath, [script, ...values], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), delay);
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (_code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the saving process ended by itself: ${output}`));
      else resolvePromise(output.slice(0, output.lastIndexOf('\n')).split('\n').map(Number));
    });
  });
}
