import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { cleanStale, previousOf, writeAtomic, writeFolderAtomic } from '#engine/store/atomic';
import { realFilePort, type FilePort } from '#engine/store/file-port';
import { faultyPort, type Fault } from './faulty-port';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (value: string) => new TextEncoder().encode(value);
const text = (path: string) => readFile(path, 'utf8');
const target = () => join(folder, 'file.bin');

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'saved';
}

/** Large enough for several chunks of reading back and for writes that stop half way. */
const OLD = bytes('old '.repeat(3_000));
const NEW = bytes('new! '.repeat(3_000));
const OLDER = bytes('older');

describe('a file', () => {
  test('is written, replaced, and kept as .prev; its size and hash are told', async () => {
    const first = await writeAtomic(target(), bytes('one'));
    expect(first).toEqual({
      bytes: 3,
      sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
    });
    await writeAtomic(target(), bytes('two'), { keepPrevious: true });
    await writeAtomic(target(), bytes('three'), { keepPrevious: true });
    expect([await text(target()), await text(previousOf(target()))]).toEqual(['three', 'two']);
    expect((await stat(target())).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['file.bin', 'file.bin.prev']);
  });

  test('comes in pieces', async () => {
    async function* pieces() {
      for (const piece of ['a', '', 'b', 'c']) {
        await Promise.resolve();
        yield bytes(piece);
      }
    }
    await writeAtomic(target(), pieces());
    expect(await text(target())).toBe('abc');
  });

  test('a producer that fails leaves the old file and nothing else', async () => {
    await writeAtomic(target(), OLD);
    async function* broken() {
      yield bytes('half');
      await Promise.resolve();
      throw new AppError({ code: 'engine/cancelled', headline: 'Cancelled' });
    }
    expect(await codeOf(writeAtomic(target(), broken()))).toBe('engine/cancelled');
    expect(await readdir(folder)).toEqual(['file.bin']);
  });

  test('two writers at once: one of them wins, whole', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(50_000));
    await writeAtomic(target(), OLD);
    await Promise.all(
      contents.map((content) => writeAtomic(target(), bytes(content), { keepPrevious: true })),
    );
    expect(contents).toContain(await text(target()));
    expect((await readdir(folder)).sort()).toEqual(['file.bin', 'file.bin.prev']);
  });
});

describe('faults at every call of a save, until a save makes no more: always old or new, never other', () => {
  const modes: [string, Fault, number][] = [
    ['one call fails', 'once', Infinity],
    ['the process dies', 'dead', Infinity],
    ['the process dies in the middle of a write', 'torn', Infinity],
    ['one call fails, and writes take 4,096 bytes at most', 'once', 4_096],
  ];

  test.each(modes)('a file: %s', async (_, fault, writeAtMost) => {
    let n = 0;
    for (let struck = true; struck;) {
      n++;
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFile(target(), OLD);
      await writeFile(previousOf(target()), OLDER);
      const faulty = faultyPort(n, fault, 'EIO', writeAtMost);
      const code = await codeOf(writeAtomic(target(), NEW, { keepPrevious: true, port: faulty.port }));
      struck = faulty.struck();
      const [now, previous] = [await readFile(target()), await readFile(previousOf(target()))];
      if (!now.equals(OLD) && !now.equals(NEW)) expect.fail(`call ${n}: the file is neither old nor new`);
      if (!previous.equals(OLD) && !previous.equals(OLDER))
        expect.fail(`call ${n}: .prev is neither of the two before`);
      if (code === 'saved') expect([now.equals(NEW), previous.equals(OLD)]).toEqual([true, true]);
      // A dead process cannot tidy; the next start does.
      if (fault !== 'once') await cleanStale(folder, { isAlive: () => false });
      expect((await readdir(folder)).sort()).toEqual(['file.bin', 'file.bin.prev']);
    }
    expect(n).toBeGreaterThan(10);
  });

  test('one byte at a time', async () => {
    const { port } = faultyPort(Infinity, 'once', 'EIO', 1);
    await writeAtomic(target(), bytes('slow and steady'), { port });
    expect(await text(target())).toBe('slow and steady');
  });

  test.each(modes)('a folder: %s', async (_, fault, writeAtMost) => {
    const place = join(folder, 'pack');
    const files = (content: Uint8Array) =>
      new Map([
        ['a', content],
        ['b', content],
      ]);
    let n = 0;
    for (let struck = true; struck;) {
      n++;
      await rm(folder, { recursive: true });
      await mkdir(folder);
      await writeFolderAtomic(place, files(OLD));
      const faulty = faultyPort(n, fault, 'EIO', writeAtMost);
      const code = await codeOf(writeFolderAtomic(place, files(NEW), { port: faulty.port }));
      struck = faulty.struck();
      // The next start puts back what a death between the two renames left aside.
      await cleanStale(folder, { isAlive: () => false });
      const [a, b] = [await readFile(join(place, 'a')), await readFile(join(place, 'b'))];
      if (!a.equals(b) || (!a.equals(OLD) && !a.equals(NEW)))
        expect.fail(`call ${n}: the folder is neither old nor new`);
      if (code === 'saved') expect(a.equals(NEW)).toBe(true);
      expect(await readdir(folder)).toEqual(['pack']);
    }
    expect(n).toBeGreaterThan(10);
  });
});

describe('a folder whose files are made one by one', () => {
  async function* made(count: number, fails: boolean) {
    for (let i = 0; i < count; i++) yield [`f${i}`, await Promise.resolve(bytes(`content ${i}`))] as const;
    if (fails) throw new Error('given up');
  }

  test('is there whole', async () => {
    const place = join(folder, 'frames');
    await writeFolderAtomic(place, made(3, false));
    expect((await readdir(place)).sort()).toEqual(['f0', 'f1', 'f2']);
    expect(await text(join(place, 'f2'))).toBe('content 2');
  });

  test('or not at all', async () => {
    await expect(writeFolderAtomic(join(folder, 'frames'), made(3, true))).rejects.toThrow(/given up/);
    expect(await readdir(folder)).not.toContain('frames');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('what the system refuses', () => {
  const failing = (call: 'link' | 'rename', code: string, times: number): FilePort => {
    let left = times;
    const real = realFilePort[call];
    return {
      ...realFilePort,
      [call]: (from: string, to: string) =>
        left-- > 0 ? Promise.reject(Object.assign(new Error(code), { code })) : real(from, to),
    };
  };

  test.each([
    ['ENOSPC', 'store/disk-full'],
    ['EDQUOT', 'store/disk-full'],
    ['EACCES', 'store/denied'],
    ['EROFS', 'store/read-only'],
    ['ENOENT', 'store/gone'],
    ['EIO', 'store/failed'],
  ])('%s is %s', async (system, code) => {
    await writeAtomic(target(), OLD);
    expect(await codeOf(writeAtomic(target(), NEW, { port: faultyPort(1, 'dead', system).port }))).toBe(code);
    expect((await readFile(target())).equals(OLD)).toBe(true);
  });

  test('the sentence for a full disk says how much is needed', async () => {
    const save = writeAtomic(target(), NEW, { port: faultyPort(1, 'dead', 'ENOSPC').port });
    await expect(save).rejects.toThrow(/disk is full.*15\.0 kB are needed.*untouched/);
  });

  test('a file that another program holds for a moment is tried again', async () => {
    expect(await codeOf(writeAtomic(target(), NEW, { port: failing('rename', 'EBUSY', 3) }))).toBe('saved');
    expect(await codeOf(writeAtomic(target(), NEW, { port: failing('rename', 'EPERM', 99) }))).toBe(
      'store/denied',
    );
    expect(await readdir(folder)).toEqual(['file.bin']);
  });

  test('without hard links the previous file is copied', async () => {
    await writeAtomic(target(), OLD);
    await writeAtomic(target(), NEW, { keepPrevious: true, port: failing('link', 'ENOTSUP', 1) });
    expect((await readFile(previousOf(target()))).equals(OLD)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['file.bin', 'file.bin.prev']);
  });

  test('a folder that is gone, and one that is a file', async () => {
    expect(await codeOf(writeAtomic(join(folder, 'nowhere', 'x'), NEW))).toBe('store/gone');
    await writeFile(target(), 'x');
    expect(await codeOf(writeAtomic(join(target(), 'x'), NEW))).toBe('store/gone');
  });

  test('a disk that gives back something else than it took', async () => {
    const lying: FilePort = {
      ...realFilePort,
      open: async (path, flags, mode) => {
        const file = await realFilePort.open(path, flags, mode);
        return { ...file, write: (chunk) => file.write(chunk.map((byte) => byte ^ 1)) };
      },
    };
    expect(await codeOf(writeAtomic(target(), NEW, { port: lying }))).toBe('store/failed');
    expect(await readdir(folder)).toEqual([]);
  });

  test('a folder without the right to write', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may write everywhere, so refused rights cannot be tried here');
    await chmod(folder, 0o500);
    expect(await codeOf(writeAtomic(target(), NEW))).toBe('store/denied');
    await chmod(folder, 0o700);
  });
});

test('what a killed process left is removed, what a living one writes is not', async () => {
  const hex = 'a'.repeat(12);
  for (const name of [`.x.999999-${hex}.tmp`, `.y.${process.pid}-${hex}.tmp`, '.hidden', 'plain.tmp']) {
    await writeFile(join(folder, name), '');
  }
  expect(await cleanStale(folder)).toEqual([`.x.999999-${hex}.tmp`]);
  expect((await readdir(folder)).sort()).toEqual(
    ['.hidden', `.y.${process.pid}-${hex}.tmp`, 'plain.tmp'].sort(),
  );
  expect(await cleanStale(join(folder, 'nowhere'))).toEqual([]);
});

describe('a disk of one megabyte', () => {
  test('is either large enough, or full, said so, and left as it was', async ({ skip }) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('no right to mount a small disk, so a full one cannot be tried here');
    }
    try {
      const old = new Uint8Array(200_000).fill(7);
      const seen = new Set<string>();
      for (let step = 0; step < 20; step++) {
        await writeAtomic(target(), old);
        const next = new Uint8Array(740_000 + step * 10_000).fill(step);
        const code = await codeOf(writeAtomic(target(), next));
        seen.add(code);
        expect(['saved', 'store/disk-full']).toContain(code);
        expect((await readFile(target())).equals(code === 'saved' ? next : old)).toBe(true);
        expect(await readdir(folder)).toEqual(['file.bin']);
        await rm(target());
      }
      expect([...seen].sort()).toEqual(['saved', 'store/disk-full']);
    } finally {
      execFileSync('umount', [folder]);
    }
  });
});
