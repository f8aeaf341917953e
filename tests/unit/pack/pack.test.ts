import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { readPack, readPackFile, writePack, type PackContent } from '#engine/pack';
import { createRegistry, openPackFolder } from '#engine/registry';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-pack-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (value: string) => new TextEncoder().encode(value);

function content(id: string, changes: Partial<PackContent['manifest']> = {}): PackContent {
  return {
    manifest: {
      id,
      title: 'A model',
      family: 'vae',
      generator: { file: 'generator.safetensors', format: 'latentscape-network/1' },
      latent: { size: 2, prior: { kind: 'normal' } },
      output: { height: 28, width: 28, channels: 1, range: [0, 1], layout: 'NHWC' },
      training: { data: 'drawings', config: { beta: 1 }, seed: 1, metrics: { elbo: -148.5 } },
      card: 'README.md',
      licence: 'MIT',
      provenance: 'made for a test',
      ...changes,
    },
    files: new Map([
      ['generator.safetensors', text('weights')],
      ['README.md', text('# A model')],
    ]),
  };
}

async function sentence(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.sentence}`;
    throw error;
  }
  return 'accepted';
}

const place = (id: string) => join(folder, id);

async function editManifest(id: string, edit: (manifest: Record<string, unknown>) => void): Promise<void> {
  const path = join(place(id), 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  edit(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

describe('a pack', () => {
  test('comes back as it was written, and replaces an older one whole', async () => {
    await writePack(place('one'), content('one'));
    await writePack(place('one'), content('one', { title: 'Newer' }));
    const pack = await readPack(place('one'));
    expect(pack.manifest.title).toBe('Newer');
    expect(new TextDecoder().decode(await readPackFile(pack, 'README.md'))).toBe('# A model');
    expect(await readdir(folder)).toEqual(['one']);
  });

  test('a newer format is refused and left as it is', async () => {
    await writePack(place('one'), content('one'));
    await editManifest('one', (manifest) => Object.assign(manifest, { formatVersion: 2, latent: 'other' }));
    const before = await readFile(join(place('one'), 'manifest.json'));
    expect(await sentence(readPack(place('one')))).toMatch(/pack\/newer.*update/);
    expect(await readFile(join(place('one'), 'manifest.json'))).toEqual(before);
  });

  test.each<[string, (manifest: Record<string, unknown>) => void, RegExp]>([
    [
      'a folder in a name',
      (m) => (m['generator'] = { file: '../x', format: 'latentscape-network/1' }),
      /bare file name/,
    ],
    ['dots for a name', (m) => (m['card'] = '..'), /bare file name/],
    [
      'a file that is not listed',
      (m) => (m['golden'] = 'golden.json'),
      /golden\.json is used and is not listed/,
    ],
    ['no size', (m) => (m['latent'] = { size: 0, prior: { kind: 'normal' } }), /latent\.size/],
    ['infinite size', (m) => (m['latent'] = { size: 1e99, prior: { kind: 'normal' } }), /latent\.size/],
    [
      'empty prior',
      (m) => (m['latent'] = { size: 2, prior: { kind: 'uniform', low: 1, high: 1 } }),
      /low is not below high/,
    ],
    [
      'a range that is upside down',
      (m) => (m['output'] = { ...(m['output'] as object), range: [255, 0] }),
      /output\.range/,
    ],
    ['no version', (m) => delete m['formatVersion'], /formatVersion/],
    [
      'a file that is not there',
      (m) => ((m['files'] as Record<string, string>)['more'] = '0'.repeat(64)),
      /damaged at more.*missing/,
    ],
    ['no licence', (m) => delete m['licence'], /licence/],
  ])('%s is refused in one sentence', async (_, edit, expected) => {
    await writePack(place('one'), content('one'));
    await editManifest('one', edit);
    expect(await sentence(readPack(place('one')))).toMatch(expected);
  });

  test('one changed byte is noticed, on opening and on reading', async () => {
    await writePack(place('one'), content('one'));
    const pack = await readPack(place('one'));
    await writeFile(join(place('one'), 'generator.safetensors'), 'weightz');
    expect(await sentence(readPack(place('one')))).toMatch(/pack\/damaged.*generator.*checksum/);
    expect(await sentence(readPackFile(pack, 'generator.safetensors'))).toMatch(/checksum/);
    expect(await sentence(readPackFile(pack, 'elsewhere'))).toMatch(/does not list/);
  });

  test.runIf(process.platform === 'linux')('links, pipes and folders are not read', async () => {
    await writePack(place('one'), content('one'));
    const file = join(place('one'), 'README.md');
    const secret = join(folder, 'secret');
    await writeFile(secret, '# A model'); // the very content the hash asks for
    await rm(file);
    await symlink(secret, file);
    expect(await sentence(readPack(place('one')))).toMatch(/link/);
    await rm(file);
    execFileSync('mkfifo', [file]);
    expect(await sentence(readPack(place('one')))).toMatch(/not a plain file/);
    await rm(file);
    await mkdir(file);
    expect(await sentence(readPack(place('one')))).toMatch(/not a plain file/);
  });

  test('a writer that names no generator writes nothing', async () => {
    const broken = { ...content('one'), files: new Map([['README.md', text('x')]]) };
    expect(await sentence(writePack(place('one'), broken))).toMatch(/generator\.safetensors is used/);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the registry', () => {
  const registry = () =>
    createRegistry({ bundled: join(folder, 'bundled'), library: join(folder, 'library') });
  const add = (where: string, id: string) => writePack(join(folder, where, id), content(id));

  beforeEach(async () => {
    await mkdir(join(folder, 'bundled'));
    await mkdir(join(folder, 'library'));
  });

  test('lists both places; a damaged pack stands beside the others', async () => {
    await add('bundled', 'digits-vae-2d');
    await add('library', 'mine');
    await add('library', 'torn');
    await writeFile(join(folder, 'library', 'torn', 'README.md'), '');
    await mkdir(join(folder, 'library', 'empty'));
    const { models, damaged } = await registry().list();
    expect(models.map(({ id, origin, metrics }) => [id, origin, metrics['elbo']])).toEqual([
      ['digits-vae-2d', 'bundled', -148.5],
      ['mine', 'library', -148.5],
    ]);
    expect(damaged.map(({ id, error }) => [id, error.code])).toEqual([
      ['empty', 'pack/damaged'],
      ['torn', 'pack/damaged'],
    ]);
  });

  test('an unknown id suggests the nearest, and never becomes a path', async () => {
    await add('bundled', 'digits-vae-2d');
    await add('bundled', 'fashion-vae-2d');
    await add('library', 'one');
    expect(await sentence(registry().get('digit-vae2d'))).toMatch(
      /model\/unknown.*did you mean digits-vae-2d\?/,
    );
    expect(await sentence(registry().get('fashion'))).toMatch(/did you mean fashion-vae-2d\?/);
    expect(await sentence(registry().get('quite-another-thing'))).toMatch(/the models are digits/);
    expect(await sentence(registry().get('../library/one'))).toMatch(/model\/unknown/);
    expect(await sentence(registry().get('__proto__'))).toMatch(/model\/unknown/);
    expect((await registry().get('one')).origin).toBe('library');
  });

  test('a folder must bear the name of its pack', async () => {
    await add('library', 'one');
    await rename(join(folder, 'library', 'one'), join(folder, 'library', 'two'));
    expect(await sentence(registry().get('two'))).toMatch(/rename the folder to one/);
    expect((await openPackFolder(join(folder, 'library', 'two'))).manifest.id).toBe('one');
    expect(await sentence(openPackFolder(join(folder, 'nowhere')))).toMatch(/no such folder/);
  });

  test('what came with the app cannot be replaced from the library', async () => {
    await add('bundled', 'one');
    await add('library', 'one');
    expect((await registry().get('one')).origin).toBe('bundled');
    expect((await registry().list()).models).toHaveLength(1);
  });
});
