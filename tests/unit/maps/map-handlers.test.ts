// Maps and neighbours over the bundled digits, through the same handlers and command line as people use.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directCall } from '#engine/commands/command';
import { runCommandLine } from '#engine/commands/run';
import { createEngine, type Engine } from '#engine/engine';
import { FIRST_RECIPE, MODEL } from './recipes';
import { latentOfSeed } from '#shared/random';

const appRoot = resolve(import.meta.dirname, '..', '..', '..');
let root = '';
let engine: Engine;
let call: ReturnType<typeof directCall>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-map-'));
  engine = createEngine({
    appRoot,
    userData: join(root, 'home'),
    dataFolder: null,
    version: '0',
    trainers: null,
    startInspector: () => {
      throw new Error('nothing is imported here');
    },
  });
  call = directCall(engine);
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true, force: true });
});

const at = (name: string): string => join(root, name);
async function cli(...argv: readonly string[]) {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const context = { call, paths: { userData: join(root, 'home'), appRoot } };
  const code = await runCommandLine(argv, '0', () => context as never, terminal);
  return { code, out, err };
}

describe('maps/make', () => {
  it('by axes is the codes themselves; colours say what they are, or why they cannot be had', async () => {
    const map = await call('maps/make', { model: MODEL, ...FIRST_RECIPE });
    const codes = await call('models/codes', { model: MODEL });
    expect(map.xy).toEqual(codes!.mu);
    expect(map.trust).toBeNull();
    const why = (key: string) => map.colours.find((each) => each.key === key)?.unavailable;
    expect(why('class')).toBeNull();
    expect(why('error')).toMatch(/not on this machine/);
    const colours = await call('maps/colour', { model: MODEL, source: FIRST_RECIPE.source, by: 'class' });
    expect(colours).toMatchObject({ kind: 'classes', names: codes!.classNames });
    await expect(
      call('maps/colour', { model: MODEL, source: FIRST_RECIPE.source, by: 'error' }),
    ).rejects.toThrow(/^The points cannot be coloured by this/);
  });

  it('samples are those of their seeds, and points are placed where the map has them', async () => {
    const source = { kind: 'samples', count: 40, seed: 5 } as const;
    const recipe = { ...FIRST_RECIPE, source, method: 'pca' } as const;
    const map = await call('maps/make', { model: MODEL, ...recipe });
    const { z } = await call('maps/latents', { model: MODEL, source, indices: Uint32Array.of(0, 39) });
    expect(z.slice(0, 2)).toEqual(latentOfSeed(5, 2, { kind: 'normal' }));
    expect(z.slice(2)).toEqual(latentOfSeed(44, 2, { kind: 'normal' }));
    const { xy } = await call('maps/place', { model: MODEL, z, ...recipe });
    expect(xy[0]).toBeCloseTo(map.xy[0]!, 5);
    expect(xy[3]).toBeCloseTo(map.xy[79]!, 5);
  });

  it('UMAP is kept on disk, and is the same when it is made again', async () => {
    const source = { kind: 'samples', count: 60, seed: 1 } as const;
    const recipe = { ...FIRST_RECIPE, source, method: 'umap' } as const;
    const first = await call('maps/make', { model: MODEL, ...recipe });
    expect(await readdir(join(root, 'home', 'cache', 'maps'))).toHaveLength(1);
    const other = await call('maps/make', { model: MODEL, ...recipe, seed: 2 });
    expect(other.xy).not.toEqual(first.xy);
    const { z } = await call('maps/latents', { model: MODEL, source, indices: Uint32Array.of(3) });
    const { xy } = await call('maps/place', { model: MODEL, z, ...recipe });
    expect([...xy]).toEqual([...first.xy.slice(6, 8)]);
  });

  it.each([
    ['a dimension that is not there', { axes: [0, 2] as const }, /^The latent has no such dimension/],
    [
      'labelled latents that are not there',
      { source: { kind: 'labelled' } as const },
      /^The model has no such points/,
    ],
  ])('%s is one sentence', async (_, change, sentence) => {
    await expect(call('maps/make', { model: MODEL, ...FIRST_RECIPE, ...change })).rejects.toThrow(sentence);
  });
});

describe('maps/group and maps/overlay', () => {
  it('a group is its mean, its spread and its classes', async () => {
    const indices = Uint32Array.of(1, 5, 9, 700);
    const { source } = FIRST_RECIPE;
    const { z } = await call('maps/latents', { model: MODEL, source, indices });
    const group = await call('maps/group', { model: MODEL, source, indices });
    for (const axis of [0, 1])
      expect(group.mean[axis]).toBeCloseTo((z[axis]! + z[2 + axis]! + z[4 + axis]! + z[6 + axis]!) / 4, 5);
    expect(group.classes.reduce((sum, { count }) => sum + count, 0)).toBe(4);
    await expect(
      call('maps/group', { model: MODEL, source, indices: Uint32Array.of(10_000) }),
    ).rejects.toThrow(/^There is no such point on the map/);
  });

  it('the density of the codes adds up to 1', async () => {
    const overlay = await call('maps/overlay', { model: MODEL, kind: 'density' });
    expect(overlay.figures['integral']).toBeGreaterThan(0.98);
    expect(overlay.figures['integral']).toBeLessThan(1.001);
    expect(overlay.figures['kl']).toBeGreaterThan(0);
  });
});

describe('neighbours/find', () => {
  it('finds a code at its own place first, and leaves a point of the set out of its own neighbours', async () => {
    const source = { kind: 'codes' } as const;
    const { z } = await call('maps/latents', { model: MODEL, source, indices: Uint32Array.of(17) });
    const ask = { model: MODEL, source, count: 4 } as const;
    const byZ = await call('neighbours/find', { ...ask, query: { kind: 'z', z } });
    expect(byZ.latent.nearest[0]).toMatchObject({ index: 17, distance: 0 });
    expect(byZ.pixels.nearest[0]).toMatchObject({ distance: 0 });
    expect(byZ.pixels.against).toBe('reconstructions');
    expect(byZ.notes.join(' ')).toMatch(/not on this machine/);
    const byPoint = await call('neighbours/find', { ...ask, query: { kind: 'point', index: 17 } });
    expect(byPoint.latent.nearest.map(({ index }) => index)).not.toContain(17);
    expect(byPoint.latent.nearest[0]!.index).toBe(byZ.latent.nearest[1]!.index);
    const { low, median, high } = byPoint.latent.yardstick;
    expect(low).toBeLessThan(median);
    expect(median).toBeLessThan(high);
  }, 120_000);
});

describe('the command line', () => {
  it('writes a map as PNG, CSV and JSON', async () => {
    const png = await cli('map', MODEL, '--method', 'axes', '--size', '256', '--out', at('m.png'), '--json');
    expect(png.code).toBe(0);
    expect(JSON.parse(png.out)).toMatchObject({ count: 10_000, colour: 'class', source: { kind: 'codes' } });
    expect(await sharp(at('m.png')).metadata()).toMatchObject({ width: 256, height: 256 });
    const drawn = ['--source', 'samples', '--n', '30'] as const;
    await cli('map', MODEL, ...drawn, '--colour', 'norm', '--out', at('m.csv'));
    const rows = (await readFile(at('m.csv'), 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(31);
    expect(rows[0]).toBe('point,x,y,Length of z');
    await cli('map', MODEL, ...drawn, '--out', at('m.json'));
    expect(JSON.parse(await readFile(at('m.json'), 'utf8'))).toMatchObject({ count: 30, method: 'pca' });
  });

  it.each([
    [['map', MODEL, '--out', 'm.gif'], /A map cannot be written to such a file/],
    [['map', MODEL, '--axes', 'x', '--out', 'm.png'], /An option has a value it cannot take \(--axes\)/],
    [['map', MODEL, '--source', 'data', '--out', 'm.png'], /An option is missing \(--data\)/],
    [['map', MODEL, '--source', 'samples', '--n', '2', '--out', 'm.png'], /--n/],
    [['neighbours', MODEL, 'seed:x'], /This names no point/],
  ])('%j is one sentence', async (argv, sentence) => {
    const { code, err } = await cli(...argv);
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toMatch(sentence);
  });
});
