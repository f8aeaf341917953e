// The command line as a person meets it: the built program, its answers, its exit codes, and one sentence for everything that is wrong.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const appRoot = resolve(import.meta.dirname, '..', '..');
const cli = join(appRoot, 'out', 'main', 'cli.js');
const MODEL = 'fashion-vae-2d';
let folder = '';

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...args: readonly string[]): Promise<Outcome> {
  return new Promise((done) => {
    const env = { ...process.env, LATENTSCAPE_HOME: join(folder, 'home') };
    execFile(
      process.execPath,
      [cli, ...args],
      { cwd: folder, env, maxBuffer: 2 ** 26 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, out, err });
      },
    );
  });
}

async function json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await run(...args, '--json');
  expect(err + String(code)).toBe('0');
  return JSON.parse(out) as T;
}

/** Fails with this exit code, one sentence on stderr, and the same as JSON. */
async function refused(code: number, pattern: RegExp, ...args: readonly string[]): Promise<void> {
  const outcome = await run(...args, '--json');
  expect(outcome.code, outcome.err).toBe(code);
  expect(outcome.err.trim().split('\n')).toHaveLength(1);
  expect(outcome.err).toMatch(pattern);
  expect(outcome.err).not.toMatch(/\n\s+at |node:internal|\.js:\d/);
  const { error } = JSON.parse(outcome.out) as { error: { code: string; sentence: string } };
  expect(`${error.sentence}\n`).toBe(outcome.err);
  expect(error.code).toMatch(/^[a-z]+\/[a-z-]+$/);
}

const pixels = async (file: string): Promise<Buffer> => sharp(file).ensureAlpha().raw().toBuffer();

beforeAll(async () => {
  if (!existsSync(cli)) throw new Error('the project has not been built: run `npm run build` first');
  folder = await mkdtemp(join(tmpdir(), 'latentscape-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what it answers', () => {
  it('lists the bundled models', async () => {
    const models = await json<readonly { id: string; latent: { size: number } }[]>('models');
    expect(models.map(({ id, latent }) => [id, latent.size])).toEqual([
      ['digits-vae-2d', 2],
      [MODEL, 2],
      ['heads-dcgan', 64],
      ['heads-vae', 20],
    ]);
  });

  it('inspects a pack by id and by folder', async () => {
    const expected = {
      ok: true,
      latent: { shape: [2], prior: { kind: 'normal' } },
      output: { height: 28, width: 28, channels: 1 },
    };
    expect(await json('inspect', MODEL)).toMatchObject(expected);
    expect(await json('inspect', join(appRoot, 'models', MODEL))).toMatchObject(expected);
  });

  it('samples: the same seed gives the same bytes, and picture i is that of seed + i', async () => {
    await json('sample', MODEL, '--n', '4', '--seed', '7', '--scale', '1', '--out', 'a.png');
    await json('sample', MODEL, '--n', '4', '--seed', '7', '--scale', '1', '--out', 'b.png');
    expect(await readFile(join(folder, 'a.png'))).toEqual(await readFile(join(folder, 'b.png')));
    await json('sample', MODEL, '--n', '1', '--seed', '8', '--scale', '1', '--out', 'one.png');
    const second = await sharp(join(folder, 'a.png'))
      .extract({ left: 28, top: 0, width: 28, height: 28 })
      .ensureAlpha()
      .raw()
      .toBuffer();
    const alone = await pixels(join(folder, 'one.png'));
    // alone or among others: the same picture, to the last rounding of the network
    const difference = Math.max(...second.map((value, i) => Math.abs(value - alone[i]!)));
    expect(difference).toBeLessThanOrEqual(1);
    await json('sample', MODEL, '--n', '4', '--seed', '8', '--scale', '1', '--out', 'c.png');
    expect(await pixels(join(folder, 'a.png'))).not.toEqual(await pixels(join(folder, 'c.png')));
  });

  it('draws a grid that says how it was made', async () => {
    await json('grid', MODEL, '--n', '5', '--scale', '1', '--out', 'g.png');
    const bytes = await readFile(join(folder, 'g.png'));
    const { width, height } = await sharp(bytes).metadata();
    expect([width, height]).toEqual([140, 140]);
    expect(bytes.toString('latin1')).toContain(JSON.stringify({ model: MODEL, n: 5, span: 2.5 }));
  });

  it('decodes latents in every shape they come in', async () => {
    await writeFile(join(folder, 'z1.json'), '{"model":"fashion-vae-2d","z":[0.5,-1]}');
    await writeFile(join(folder, 'z2.json'), '[[0.5,-1]]');
    await json('decode', MODEL, '--z', 'z1.json', '--scale', '1', '--out', 'd1.png');
    await json('decode', MODEL, '--z', 'z2.json', '--scale', '1', '--out', 'd2.png');
    await json('decode', MODEL, '--z=0.5,-1', '--scale', '1', '--out', 'd3.png');
    const first = await readFile(join(folder, 'd1.png'));
    expect(await readFile(join(folder, 'd2.png'))).toEqual(first);
    expect(await readFile(join(folder, 'd3.png'))).toEqual(first);
  });

  it('takes a pack by its folder wherever it takes one by its id, and draws a seed as a point', async () => {
    const pack = join(appRoot, 'models', MODEL);
    for (const [model, out] of [
      [MODEL, 'id'],
      [pack, 'path'],
    ] as const) {
      await json('decode', model, '--z', 'seed:7', '--scale', '2', '--out', `${out}-z.png`);
      await json('grid', model, '--n', '3', '--out', `${out}-grid.png`);
      await json('arithmetic', model, '--expr', 'seed:1 - seed:2', '--out', `${out}-sum.png`);
    }
    for (const name of ['z', 'grid', 'sum'])
      expect(await readFile(join(folder, `path-${name}.png`))).toEqual(
        await readFile(join(folder, `id-${name}.png`)),
      );
    await refused(3, /manifest\.json/, 'decode', folder, '--z=0,0', '--out', 'no.png');
    await refused(2, /is not a model/, 'rename', pack, 'Mine');
  });

  it('encodes what it decoded to nearly the same place', async () => {
    await json('decode', MODEL, '--z=0.4,-0.6', '--scale', '1', '--out', 'x.png');
    const { z } = await json<{ z: readonly (readonly number[])[] }>(
      'encode',
      MODEL,
      '--images',
      'x.png',
      '--out',
      'x.json',
    );
    const saved = JSON.parse(await readFile(join(folder, 'x.json'), 'utf8')) as { z: unknown };
    expect(saved.z).toEqual(z);
    expect(z[0]).toHaveLength(2);
    expect(Math.hypot(z[0]![0]! - 0.4, z[0]![1]! + 0.6)).toBeLessThan(1);
  });

  it('evaluates a model on data of its size: the promised figures, and a note for what was not asked', async () => {
    const data = ['--data', 'builtin:glyphs,60,28', '--n', '40', '--importance', '4', '--no-judge'];
    const { code, out } = await run('evaluate', MODEL, ...data, '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as Record<string, number> & { notes: readonly string[] };
    for (const name of ['elbo', 'iwae', 'reconstruction', 'kl', 'activeUnits', 'psnr', 'ssim'])
      expect(report[name], name).toBeTypeOf('number');
    expect(report['elbo']).toBeCloseTo(report['reconstruction']! - report['kl']!, 3);
    expect(report).toMatchObject({ n: 40, seed: 1, drawn: null });
    expect(report.notes).toHaveLength(1);
    const again = await run('evaluate', MODEL, ...data, '--json');
    expect(again.out).toBe(out);
    await refused(3, /do not fit/, 'evaluate', MODEL, '--data', 'builtin:glyphs,60,16');
  });

  it('explains itself', async () => {
    const help = await run('--help');
    expect(help.code).toBe(0);
    for (const name of [
      'doctor',
      'models',
      'inspect',
      'sample',
      'grid',
      'decode',
      'encode',
      'train',
      'evaluate',
      'serve',
      'bench',
    ]) {
      expect(help.out).toContain(name);
    }
    expect((await run('sample', '--help')).out).toContain('--seed');
  });
});

describe('what it refuses, in one sentence', () => {
  it('usage', async () => {
    await refused(2, /no such command/, 'paint');
    await refused(2, /not understood.*--colour/is, 'sample', MODEL, '--out', 'x.png', '--colour', 'red');
    await refused(2, /missing.*--out/, 'sample', MODEL);
    await refused(2, /--n/, 'sample', MODEL, '--n', '0', '--out', 'x.png');
    await refused(2, /--n/, 'grid', MODEL, '--n', 'many', '--out', 'x.png');
    await refused(2, /nothing to train/, 'train', '--data', 'x', '--out', 'y');
    await refused(2, /no such preset/, 'train', '--preset', 'cats', '--data', 'x', '--out', 'y');
  });

  it('an unknown model, with the nearest name', async () => {
    await refused(3, /fashion-vae-2d/, 'sample', 'fashion-vae', '--out', 'x.png');
  });

  it('latents that are none', async () => {
    await writeFile(join(folder, 'nan.json'), '[1, null]');
    await writeFile(join(folder, 'text.json'), 'hello');
    await writeFile(join(folder, 'long.json'), '[1,2,3]');
    await refused(3, /finite/, 'decode', MODEL, '--z', 'nan.json', '--out', 'x.png');
    await refused(3, /not JSON/, 'decode', MODEL, '--z', 'text.json', '--out', 'x.png');
    await refused(3, /3 coordinates.*2/, 'decode', MODEL, '--z', 'long.json', '--out', 'x.png');
    await refused(3, /cannot be read/, 'decode', MODEL, '--z', 'absent.json', '--out', 'x.png');
  });

  it('pictures that are none, or too large', async () => {
    await writeFile(join(folder, 'no.png'), 'this is no picture');
    await writeFile(join(folder, 'wide.png'), pngHeader(60_000, 60_000));
    await writeFile(
      join(folder, 'cut.png'),
      (await readFile(join(appRoot, 'models', MODEL, 'card.png'))).subarray(0, 400),
    );
    for (const name of ['no.png', 'wide.png', 'cut.png']) {
      await refused(3, new RegExp(name), 'encode', MODEL, '--images', name, '--out', 'x.json');
    }
    expect(existsSync(join(folder, 'x.json'))).toBe(true); // from the test before: still whole
    JSON.parse(await readFile(join(folder, 'x.json'), 'utf8'));
  });

  it('a data file cut short, and a folder without data', async () => {
    const data = join(folder, 'data');
    await mkdir(data, { recursive: true });
    await refused(3, /no pictures/, 'train', '--preset', MODEL, '--data', data, '--out', join(folder, 'run'));
    const header = Buffer.alloc(16);
    [0x803, 60_000, 28, 28].forEach((value, i) => header.writeUInt32BE(value, 4 * i));
    await writeFile(join(data, 'train-images-idx3-ubyte'), Buffer.concat([header, Buffer.alloc(5000)]));
    await refused(3, /cut short/, 'train', '--preset', MODEL, '--data', data, '--out', join(folder, 'run'));
    await refused(
      3,
      /no such data|no test set|cut short/i,
      'evaluate',
      MODEL,
      '--data',
      join(folder, 'nowhere'),
    );
  });

  it('a place that cannot be written, leaving nothing behind', async () => {
    const before = await readdir(folder);
    await refused(3, /nowhere/, 'sample', MODEL, '--out', join(folder, 'nowhere', 'x.png'));
    expect(await readdir(folder)).toEqual(before);
  });

  it('a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as { port: number };
    const { code, err } = await run('serve', '--port', String(port));
    server.close();
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(String(port));
  });
});

/** A PNG that claims to be this large and holds nothing. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from(
    '89504e470d0a1a0a0000000d49484452000000000000000008000000000000000000000049454e44ae426082',
    'hex',
  );
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return header;
}
