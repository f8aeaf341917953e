import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directCall } from '#engine/commands/command';
import { runCommandLine } from '#engine/commands/run';
import { createEngine, type Engine } from '#engine/engine';

const appRoot = resolve(import.meta.dirname, '..', '..', '..');
const FIXTURE = join(appRoot, 'tests', 'fixtures', 'projects', 'v1', 'digits.latentscape');
let root = '';
let engine: Engine;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-project-'));
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
  await copyFile(FIXTURE, at('digits.latentscape'));
});
afterAll(async () => {
  await engine.dispose();
  await rm(root, { recursive: true, force: true });
});

const at = (name: string): string => join(root, name);
async function run(...argv: readonly string[]) {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const context = { call: directCall(engine), paths: { userData: join(root, 'home'), appRoot } };
  const code = await runCommandLine(argv, '0', () => context as never, terminal);
  return { code, out, err };
}
const file = (): string => at('digits.latentscape');

/** The fixture, with its description changed. */
async function changed(name: string, change: (about: Record<string, unknown>) => void): Promise<string> {
  const files = unzipSync(new Uint8Array(await readFile(FIXTURE)));
  const about = JSON.parse(new TextDecoder().decode(files['project.json'])) as Record<string, unknown>;
  change(about);
  await writeFile(
    at(name),
    zipSync({ ...files, 'project.json': new TextEncoder().encode(JSON.stringify(about)) }),
  );
  return at(name);
}

describe('project', () => {
  it('tells what is in a file', async () => {
    const { code, out } = await run('project', 'info', file(), '--json');
    expect(code).toBe(0);
    const info = JSON.parse(out) as {
      title: string;
      steps: number;
      parts: { name: string; steps: number; points: number }[];
      models: { id: string; standing: { kind: string } }[];
    };
    expect(info.title).toBe('Digits, version 1');
    expect(info.parts.find(({ name }) => name === 'explore')).toMatchObject({ steps: 7, points: 7 });
    expect(info.steps).toBe(info.parts.reduce((sum, { steps }) => sum + steps, 0));
    expect(info.models.find(({ id }) => id === 'digits-vae-2d')).toMatchObject({
      standing: { kind: 'there' },
    });
  });

  it('renders the point to the byte as the command that is copied from the window does', async () => {
    const point = '-1.4474825,0.92747676';
    expect((await run('project', 'render', file(), '--out', at('a.png'))).code).toBe(0);
    const decoded = ['decode', 'digits-vae-2d', `--z=${point}`, '--scale', '18', '--out', at('b.png')];
    expect((await run(...decoded)).code).toBe(0);
    expect((await readFile(at('a.png'))).equals(await readFile(at('b.png')))).toBe(true);
  });

  it('renders the sum of the arithmetic as the arithmetic command does', async () => {
    const rendered = ['project', 'render', file(), '--what', 'arithmetic', '--out', at('c.png')];
    expect((await run(...rendered)).code).toBe(0);
    const expr = 'seed:1 - seed:2 + seed:3';
    const sum = ['arithmetic', 'digits-vae-2d', `--expr=${expr}`, '--scale', '18', '--out', at('d.png')];
    expect((await run(...sum)).code).toBe(0);
    expect((await readFile(at('c.png'))).equals(await readFile(at('d.png')))).toBe(true);
  });

  it('films the walk', async () => {
    const { code, err } = await run('project', 'render', file(), '--what', 'walk', '--out', at('walk.json'));
    expect(err).toBe('');
    expect(code).toBe(0);
    const film = JSON.parse(await readFile(at('walk.json'), 'utf8')) as { model: string; keys: unknown[] };
    expect(film.model).toBe('digits-vae-2d');
    expect(film.keys).toHaveLength(3);
  });

  it('exports with the models inside, which the import finds', async () => {
    const whole = ['project', 'export', file(), '--with-models', '--out', at('whole.latentscape'), '--json'];
    const { code, out } = await run(...whole);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ models: ['digits-vae-2d', 'fashion-vae-2d'] });
    const { out: info } = await run('project', 'info', at('whole.latentscape'), '--json');
    const { models } = JSON.parse(info) as { models: { inside: boolean }[] };
    expect(models.map(({ inside }) => inside)).toEqual([true, true]);
  });

  it.each<[string, RegExp, number, () => Promise<readonly string[]>]>([
    ['no file', /is not there/, 3, () => Promise.resolve(['info', at('none.latentscape')])],
    ['no --out', /An option is missing/, 2, () => Promise.resolve(['render', file()])],
    ['an unknown action', /cannot take/, 2, () => Promise.resolve(['melt', file()])],
    [
      'a file that is none',
      /cannot be opened/,
      3,
      async () => {
        await writeFile(at('text.latentscape'), 'hello');
        return ['info', at('text.latentscape')];
      },
    ],
    [
      'a newer file',
      /newer Latentscape/,
      3,
      async () => [
        'info',
        await changed('newer.latentscape', (about) => (about['format'] = 'latentscape-project/2')),
      ],
    ],
    [
      'a model that is another one',
      /not the one that the project was made with.*it came from Ada/,
      3,
      async () => [
        ...[
          'render',
          await changed('missing.latentscape', (about) => {
            about['models'] = [
              { id: 'digits-vae-2d', title: 'D', generator: 'ab'.repeat(32), licence: '', provenance: 'Ada' },
            ];
          }),
        ],
        ...['--out', at('x.png')],
      ],
    ],
  ])('%s is one sentence', async (_name, sentence, exit, argv) => {
    const { code, err } = await run('project', ...(await argv()));
    expect(err).toMatch(sentence);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(exit);
  });
});
