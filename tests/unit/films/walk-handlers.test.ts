import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine, type Engine } from '#engine/engine';
import { memoryPair } from '#transport/memory';
import { engineApi, type EngineApi } from '#shared/api';
import type { FilmProgress } from '#shared/film';
import { latentOfSeed } from '#shared/random';
import { connect, serve, type Client } from '#shared/rpc';
import type { Walk } from '#shared/walk';

const model = 'fashion-vae-2d';
let [home, engine, client] = ['', null as unknown as Engine, null as unknown as Client<EngineApi>];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'latentscape-walks-'));
  engine = createEngine({
    appRoot: resolve(import.meta.dirname, '..', '..', '..'),
    userData: home,
    dataFolder: null,
    version: '0',
    trainers: null,
    startInspector: () => {
      throw new Error('nothing is imported here');
    },
  });
  const [here, there] = memoryPair();
  serve(there, engineApi, engine.handlers);
  client = connect(here);
});
afterAll(async () => {
  client.close();
  await engine.dispose();
  await rm(home, { recursive: true, force: true });
});

const walk: Walk = {
  // without the corners that other paths have at their keys: a step across one is short at any pace
  path: 'spline',
  closed: true,
  keys: [1, 2, 3].map((seed) => ({
    z: latentOfSeed(seed, 2, { kind: 'normal' }),
    seconds: 1,
    easing: 'linear',
  })),
};
const film = { model, walk, format: 'gif', fps: 10, size: 28, loop: true } as const;

describe('walks over the channel', () => {
  it('are measured and evened', async () => {
    const before = await client.call('walks/measure', { model, walk, samples: 61 });
    const even = await client.call('walks/even', { model, walk, samples: 120, keepSeconds: false });
    const after = await client.call('walks/measure', { model, walk: even, samples: 61 });
    expect([before.seconds.length, before.steps.length, before.norms.length]).toEqual([61, 60, 61]);
    expect(before.shell.mean).toBeCloseTo(Math.sqrt(Math.PI / 2), 12);
    expect(before.variation).toBeGreaterThan(0.3);
    expect(after.variation).toBeLessThan(0.1);
    expect(even.keys.map(({ z }) => z)).toEqual(walk.keys.map(({ z }) => z));
  });

  it('are filmed, told of on the way, and fetched in pieces', async () => {
    const events: FilmProgress[] = [];
    const made = await client.call('walks/export', film, (event) => events.push(event));
    expect(made).toMatchObject({ name: `${model}-walk.gif`, frames: 30, width: 28, height: 28, notes: [] });
    expect(events.at(-1)).toEqual({ done: 30, total: 30 });
    const { piece } = await client.call('models/piece', { file: made.file, offset: 0 });
    expect(piece.length).toBe(made.size);
    expect((await sharp(piece, { animated: true }).metadata()).pages).toBe(30);
  });

  it('are given up on Cancel', async () => {
    const call = client.call('walks/export', { ...film, fps: 60, size: 280 });
    call.cancel();
    await expect(Promise.resolve(call)).rejects.toMatchObject({ code: 'engine/cancelled' });
  });

  it('are refused where the keys are of another model', async () => {
    const keys = walk.keys.map((key) => ({ ...key, z: new Float32Array(3) }));
    await expect(
      Promise.resolve(client.call('walks/measure', { model, walk: { ...walk, keys }, samples: 9 })),
    ).rejects.toThrow(/belongs to another model/);
  });
});
