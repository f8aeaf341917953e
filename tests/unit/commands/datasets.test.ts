import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILT_IN_DATA } from '#engine/datasets/built-in-data';
import { openData } from '#engine/datasets/open-data';
import { headSource } from '#engine/datasets/procedural/heads';
import { runCommandLine } from '#engine/commands/run';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-datasets-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(...argv: readonly string[]) {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const code = await runCommandLine(['datasets', ...argv], '0', () => ({}) as never, terminal);
  return { code, out, err };
}

describe('datasets', () => {
  it('lists the built-in data', async () => {
    const { code, out } = await run('list', '--json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual(
      Object.keys(BUILT_IN_DATA),
    );
  });

  it('makes pictures that open as the same pictures, with their factors in labels.csv', async () => {
    const folder = join(root, 'heads');
    const { code } = await run('make', 'heads', '--n', '6', '--size', '16', '--seed', '4', '--out', folder);
    expect(code).toBe(0);
    expect(await readdir(folder)).toHaveLength(7);
    const [heading, first] = (await readFile(join(folder, 'labels.csv'), 'utf8')).split('\n');
    expect(heading).toMatch(/^file,label,smile,yaw,.*,scale$/);
    expect(first).toMatch(/^000001\.png,(no )?glasses,-?0\.\d+/);
    const drawn = headSource({ count: 6, size: 16, seed: 4 });
    const opened = await openData({ kind: 'path', path: folder }, { cache: join(root, 'cache') });
    const all = [0, 1, 2, 3, 4, 5];
    expect(await opened.source.read(all)).toEqual(await drawn.read(all));
    const names = (source: typeof drawn | typeof opened.source) =>
      Array.from(source.labels!, (label) => source.classNames[label]);
    expect(names(opened.source)).toEqual(names(drawn));
  });

  it('says what is in data', async () => {
    const { out } = await run('info', 'ring-8', '--n', '80', '--json');
    expect(JSON.parse(out)).toMatchObject({
      title: 'ring-8',
      count: 80,
      classCounts: Array<number>(8).fill(10),
    });
  });

  it.each([
    [['frob'], 2, /action/],
    [['make', 'heads'], 2, /--out/],
    [['make'], 2, /name of built-in data/],
    [['make', 'nonesuch', '--out', 'x'], 3, /no such built-in data/],
    [['make', 'ring-8', '--out', 'x'], 2, /cannot be written as pictures/],
    [['make', 'heads', '--out', '.'], 2, /not empty/],
    [['info', 'nowhere'], 3, /no such data/],
  ] as const)('%j ends in one sentence', async (argv, code, sentence) => {
    const result = await run(...argv);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(sentence);
    expect(result.out).toBe('');
  });
});
