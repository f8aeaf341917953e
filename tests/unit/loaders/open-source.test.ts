import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, link, rm, symlink, writeFile, appendFile, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSource } from '#engine/loaders/open-source';

let folder = '';
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'source-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const put = async (path: string, words = path): Promise<void> => {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), words);
};
const names = async (path: string): Promise<readonly string[]> =>
  [...(await openSource(join(folder, path))).files.keys()].sort();

describe('a folder', () => {
  test('lists its regular files and reads them', async () => {
    await put('model/model.json');
    await put('model/deep/er/weights.bin', '0123456789');
    const source = await openSource(join(folder, 'model'));
    expect(source.name).toBe('model');
    expect(source.entry).toBeNull();
    expect([...source.files.keys()].sort()).toEqual(['deep/er/weights.bin', 'model.json']);
    const file = source.files.get('deep/er/weights.bin')!;
    expect(file.size).toBe(10);
    expect(await file.head(4)).toEqual(text('0123'));
    expect(await file.head(99)).toEqual(text('0123456789'));
    expect(await file.read(10)).toEqual(text('0123456789'));
    await expect(file.read(9)).rejects.toMatchObject({ code: 'model/damaged', where: 'deep/er/weights.bin' });
  });

  test.skipIf(process.platform === 'win32')(
    'leaves out links, hard links and pipes, with the reason',
    async () => {
      await put('secret');
      await put('model/model.json');
      await symlink(join(folder, 'secret'), join(folder, 'model/link'));
      await symlink(folder, join(folder, 'model/up'));
      await link(join(folder, 'secret'), join(folder, 'model/hard'));
      execFileSync('mkfifo', [join(folder, 'model/pipe')]);
      const { files, skipped } = await openSource(join(folder, 'model'));
      expect([...files.keys()]).toEqual(['model.json']);
      expect(skipped).toEqual([
        'hard was left out: it is a second name of a file elsewhere (a hard link).',
        'link was left out: it is a link.',
        'pipe was left out: it is a device, pipe or socket.',
        'up was left out: it is a link.',
      ]);
    },
  );

  test('says what lies too deep', async () => {
    await put('a/b/c/d/e/f');
    await put('a/b/c/d/e/g/too-deep');
    const { files, skipped } = await openSource(folder);
    expect([...files.keys()]).toEqual(['a/b/c/d/e/f']);
    expect(skipped.join()).toContain('6 folders deep');
  });

  test('a file that is replaced or grows after it was listed is not read', async () => {
    await put('a', 'first');
    await put('b', 'first');
    await put('c', 'first');
    const { files } = await openSource(folder);
    await appendFile(join(folder, 'a'), ' and more');
    await rm(join(folder, 'b'));
    await symlink('/etc/passwd', join(folder, 'b'));
    await rm(join(folder, 'c'));
    for (const name of ['a', 'b', 'c'])
      await expect(files.get(name)!.read(1000)).rejects.toMatchObject({ code: 'model/damaged', where: name });
  });
});

describe('a file', () => {
  test('is the entry, among its neighbours but not their folders', async () => {
    await put('model.json');
    await put('shard.bin');
    await put('variables/variables.index');
    await put('other/model.json');
    const source = await openSource(join(folder, 'model.json'));
    expect(source.entry).toBe('model.json');
    expect([...source.files.keys()].sort()).toEqual(['model.json', 'shard.bin', 'variables/variables.index']);
  });

  test('that is not there, or is no file, is refused', async () => {
    await expect(openSource(join(folder, 'none'))).rejects.toMatchObject({ code: 'model/none' });
    await expect(openSource('/dev/zero')).rejects.toMatchObject({ code: 'model/none' });
    await symlink('self', join(folder, 'self'));
    await expect(openSource(join(folder, 'self'))).rejects.toMatchObject({ code: 'model/none' });
  });
});

describe('a zip', () => {
  const zip = (entries: Record<string, Uint8Array>, name = 'model.zip'): Promise<void> =>
    writeFile(join(folder, name), zipSync(entries));

  test('of one folder looks like the folder', async () => {
    await zip({ 'my/model.json': text('{}'), 'my/w/a.bin': text('1234'), '__MACOSX/my/._a': text('x') });
    const source = await openSource(join(folder, 'model.zip'));
    expect(source).toMatchObject({ name: 'model', entry: null });
    expect([...source.files.keys()].sort()).toEqual(['model.json', 'w/a.bin']);
    expect(await source.files.get('w/a.bin')!.head(2)).toEqual(text('12'));
    expect(await source.files.get('w/a.bin')!.read(4)).toEqual(text('1234'));
    await expect(source.files.get('w/a.bin')!.read(3)).rejects.toMatchObject({ code: 'model/damaged' });
    await source.close();
  });

  test('that is a model format of its own is a file', async () => {
    await zip(
      { 'config.json': text('{}'), 'metadata.json': text('{}'), 'model.weights.h5': text('') },
      'a.keras',
    );
    await zip({ 'archive/data.pkl': text('') }, 'b.pth');
    await zip({ 'x.npy': text('') }, 'c.npz');
    expect(await names('a.keras')).toEqual(['a.keras', 'b.pth', 'c.npz']);
    expect((await openSource(join(folder, 'b.pth'))).entry).toBe('b.pth');
    expect((await openSource(join(folder, 'c.npz'))).entry).toBe('c.npz');
  });

  test('with a reserved name, cut short, or with names that differ is refused or leaves the file out', async () => {
    await zip({ 'constructor/a': text('1'), b: text('2') });
    expect(await names('model.zip')).toEqual(['b']);
    const whole = await readFile(join(folder, 'model.zip'));
    await writeFile(join(folder, 'cut.zip'), whole.subarray(0, whole.length - 9));
    await expect(openSource(join(folder, 'cut.zip'))).rejects.toMatchObject({ code: 'model/damaged' });
    const renamed = Buffer.from(whole);
    renamed.write('X', 30); // first letter of the first name where it lies
    await writeFile(join(folder, 'renamed.zip'), renamed);
    await expect(openSource(join(folder, 'renamed.zip'))).rejects.toThrow(/another name where it lies/);
  });

  test('whose entries share bytes is refused', async () => {
    await zip({ a: text('same'), b: text('same') });
    const bytes = await readFile(join(folder, 'model.zip'));
    const second = bytes.indexOf('PK\x01\x02', bytes.indexOf('PK\x01\x02') + 4, 'latin1');
    bytes.writeUInt32LE(0, second + 42); // the second entry claims the first one's place
    await writeFile(join(folder, 'overlap.zip'), bytes);
    await expect(openSource(join(folder, 'overlap.zip'))).rejects.toThrow(/lies in another file's place/);
  });
});
