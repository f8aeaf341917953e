import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directCall } from '#engine/commands/command';
import { runCommandLine } from '#engine/commands/run';
import { createEngine, type Engine } from '#engine/engine';
import { latentOfSeed } from '#shared/random';
import { latentAt, type Walk } from '#shared/walk';
import { walkFromJson } from '#shared/walk-schema';

const MODEL = 'digits-vae-2d';
const appRoot = resolve(import.meta.dirname, '..', '..', '..');
let root = '';
let engine: Engine;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-interpolate-'));
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
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true, force: true });
});

const at = (name: string): string => join(root, name);
async function interpolate(...argv: readonly string[]) {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const context = { call: directCall(engine), paths: { userData: join(root, 'home'), appRoot } };
  const code = await runCommandLine(['interpolate', ...argv], '0', () => context as never, terminal);
  return { code, out, err };
}
const walkIn = async (name: string): Promise<Walk> =>
  walkFromJson(JSON.parse(await readFile(at(name), 'utf8')), name).walk;
const seed = (n: number) => latentOfSeed(n, 2, { kind: 'normal' });

describe('interpolate', () => {
  it('writes films whose frames can be counted, and the same bytes for the same seeds', async () => {
    const film = (name: string) =>
      interpolate(
        MODEL,
        '--from',
        'seed:1',
        '--to',
        'seed:2',
        '--frames',
        '9',
        '--size',
        '56',
        '--out',
        at(name),
        '--json',
      );
    for (const name of ['a.gif', 'b.gif', 'a.webp']) {
      const { code, out } = await film(name);
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ model: MODEL, frames: 9, width: 56, height: 56 });
      const { pages, pageHeight } = await sharp(at(name), { animated: true }).metadata();
      expect([pages, pageHeight]).toEqual([9, 56]);
    }
    expect(await readFile(at('a.gif'))).toEqual(await readFile(at('b.gif')));
  });

  it('plays once where the walk is open, and again and again where it is closed or asked for', async () => {
    const points = ['--from', 'seed:1', '--to', 'seed:2', '--frames', '4', '--size', '28'];
    for (const [flags, loop] of [
      [[], 1],
      [['--repeat'], 0],
      [['--loop'], 0],
    ] as const) {
      expect((await interpolate(MODEL, ...points, ...flags, '--out', at('loop.gif'))).code).toBe(0);
      expect((await sharp(at('loop.gif'), { animated: true }).metadata()).loop).toBe(loop);
    }
  });

  it('writes a folder of PNGs whose first and last are the pictures of the ends', async () => {
    const points = ['--from', 'seed:1', '--to', 'seed:2', '--size', '28'];
    expect((await interpolate(MODEL, ...points, '--frames', '5', '--out', at('frames'))).code).toBe(0);
    const names = await readdir(at('frames'));
    expect(names.sort()).toEqual([1, 2, 3, 4, 5].map((i) => `frame-0000${i}.png`));
    const call = directCall(engine);
    for (const [name, z] of [
      ['frame-00001.png', seed(1)],
      ['frame-00005.png', seed(2)],
    ] as const) {
      const { rgba } = await call('latent/decode', { model: MODEL, z });
      const pixels = await sharp(join(at('frames'), name))
        .ensureAlpha()
        .toColourspace('srgb')
        .raw()
        .toBuffer();
      expect(Buffer.compare(pixels, Buffer.from(rgba))).toBe(0);
    }
    const again = await interpolate(MODEL, ...points, '--frames', '5', '--out', at('frames'));
    expect([again.code, again.err]).toEqual([2, expect.stringMatching(/already/)]);
  });

  it('goes through seeds, numbers, files and pictures, and back to the start', async () => {
    await writeFile(
      at('z.json'),
      JSON.stringify({
        model: MODEL,
        z: [
          [9, 9],
          [0.25, 0.75],
        ],
      }),
    );
    await sharp({ create: { width: 28, height: 28, channels: 3, background: 'black' } })
      .png()
      .toFile(at('photo.png'));
    const { code, err } = await interpolate(
      ...[
        MODEL,
        '--from',
        'seed:3',
        '--via',
        '0.5,-1',
        '--via',
        `${at('z.json')}#1`,
        '--to',
        `image:${at('photo.png')}`,
      ],
      ...['--method', 'spline', '--loop', '--easing', 'cosine', '--seconds', '8', '--out', at('walk.json')],
    );
    expect([code, err]).toEqual([0, '']);
    const walk = await walkIn('walk.json');
    expect(walk).toMatchObject({ path: 'spline', closed: true });
    expect(walk.keys.map(({ seconds, easing }) => [seconds, easing])).toEqual(
      new Array(4).fill([2, 'cosine']),
    );
    expect(walk.keys.slice(0, 3).map(({ z }) => [...z])).toEqual([[...seed(3)], [0.5, -1], [0.25, 0.75]]);
    expect(latentAt(walk, 8).z).toEqual(seed(3));
  });

  it('plays a saved walk again, to the byte', async () => {
    const rest = ['--frames', '6', '--size', '28'];
    await interpolate(MODEL, '--from', 'seed:1', '--to', 'seed:4', ...rest, '--out', at('direct.gif'));
    await interpolate(MODEL, '--from', 'seed:1', '--to', 'seed:4', ...rest, '--out', at('saved.json'));
    await interpolate(MODEL, '--walk', at('saved.json'), ...rest, '--out', at('replayed.gif'));
    expect(await readFile(at('replayed.gif'))).toEqual(await readFile(at('direct.gif')));
  });

  it('smooth evens the steps of a real model, and says so', async () => {
    const points = ['--from', 'seed:1', '--via', 'seed:2', '--to', 'seed:3'];
    const { out } = await interpolate(
      MODEL,
      ...points,
      '--method',
      'smooth',
      '--out',
      at('even.json'),
      '--json',
    );
    const { steps } = JSON.parse(out) as { steps: Record<string, { variation: number }> };
    expect(steps.smooth?.variation).toBeLessThan(0.1);
    expect(steps.uneven?.variation).toBeGreaterThan(0.1);
    expect(steps.lerp?.variation).toBeGreaterThan(0.1);
    expect((await walkIn('even.json')).keys[0]?.pace?.length).toBeGreaterThan(8);
  });

  const two = ['--from', 'seed:1', '--to', 'seed:2'];
  it.each([
    ['one key', ['--from', 'seed:1', '--out', 'x.gif'], 2, /two points.*--to/],
    ['no key', ['--out', 'x.gif'], 2, /two points.*--from/],
    ['0 frames', [...two, '--frames', '0', '--out', 'x.gif'], 2, /--frames/],
    ['a film too large', [...two, '--frames', '10000', '--size', '4096', '--out', 'x.gif'], 2, /622\.6 GB/],
    [
      'a seed that is none',
      ['--from', 'seed:x', '--to', 'seed:2', '--out', 'x.gif'],
      2,
      /seed:x.*whole number/,
    ],
    ['another length', ['--from', '1,2,3', '--to', 'seed:2', '--out', 'x.gif'], 3, /3 coordinates/],
    ['no such file', ['--from', 'none.json', '--to', 'seed:2', '--out', 'x.gif'], 3, /none\.json/],
    ['no such picture', ['--from', 'image:none.png', '--to', 'seed:2', '--out', 'x.gif'], 3, /none\.png/],
    ['no such walk', ['--walk', 'none.json', '--out', 'x.gif'], 3, /none\.json/],
    ['a kind of file', [...two, '--out', 'x.avi'], 2, /x\.avi.*\.gif/],
    [
      'smooth and eased',
      [...two, '--method', 'smooth', '--easing', 'cosine', '--out', 'x.gif'],
      2,
      /one speed/,
    ],
    ['a class', [...two, '--class', '3', '--out', 'x.gif'], 3, /takes no class/],
    [
      'no folder',
      [...two, '--frames', '2', '--size', '28', '--out', '/nowhere/at/all/x.gif'],
      3,
      /not there/,
    ],
  ] as const)('%s ends in one sentence', async (_, argv, code, sentence) => {
    const result = await interpolate(MODEL, ...argv);
    expect(result.err).toMatch(sentence);
    expect(result.err.trim().split('\n')).toHaveLength(1);
    expect(result.code).toBe(code);
  });

  it('refuses keys and walks of another model, and a file of many latents', async () => {
    await writeFile(at('other.json'), JSON.stringify({ model: 'fashion-vae-2d', z: [0, 1] }));
    await writeFile(
      at('many.json'),
      JSON.stringify([
        [0, 1],
        [1, 0],
      ]),
    );
    await interpolate(MODEL, ...two, '--frames', '2', '--out', at('digits.json'));
    const other = await interpolate(
      MODEL,
      '--from',
      at('other.json'),
      '--to',
      'seed:2',
      '--out',
      at('x.gif'),
    );
    expect([other.code, other.err]).toEqual([
      3,
      expect.stringMatching(/fashion-vae-2d, not of digits-vae-2d/),
    ]);
    const many = await interpolate(MODEL, '--from', at('many.json'), '--to', 'seed:2', '--out', at('x.gif'));
    expect([many.code, many.err]).toEqual([2, expect.stringMatching(/2 latents.*many\.json#0/)]);
    const walk = await interpolate('fashion-vae-2d', '--walk', at('digits.json'), '--out', at('x.gif'));
    expect([walk.code, walk.err]).toEqual([3, expect.stringMatching(/a walk of digits-vae-2d/)]);
    expect(await readdir(root)).not.toContain('x.gif');
  });
});
