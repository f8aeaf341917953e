import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realProcesses, type Processes } from '#engine/projects/process-identity';
import { acquireLock, isLocked } from '#engine/projects/project-lock';

let folder = '';
const path = (): string => join(folder, 'locks', 'a.lock');
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'latentscape-lock-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A machine on which these processes run, each since that moment. */
const machine = (pid: number, running: Readonly<Record<number, string>>, host = 'here'): Processes => ({
  host,
  pid,
  startOf: (one) => Promise.resolve(running[one] ?? null),
});

describe('a lock', () => {
  it('is held by one, and free again when it is let go', async () => {
    const one = (await acquireLock(path()))!;
    expect(await acquireLock(path())).toBeNull();
    expect(await isLocked(path())).toBe(true);
    await one.release();
    expect(await isLocked(path())).toBe(false);
    expect(await acquireLock(path())).not.toBeNull();
  });

  it('of many that come at once is got by one, and leaves nothing behind', async () => {
    const got = await Promise.all(Array.from({ length: 40 }, () => acquireLock(path())));
    const [mine, ...others] = got.filter((lock) => lock !== null);
    expect(others).toEqual([]);
    expect(await mine?.isOurs()).toBe(true);
    expect(await readdir(join(folder, 'locks'))).toEqual(['a.lock']);
  });

  it('of a process that is gone is cleared away', async () => {
    expect(await acquireLock(path(), machine(7, { 7: 'monday' }))).not.toBeNull();
    expect(await acquireLock(path(), machine(8, { 7: 'monday', 8: 'tuesday' }))).toBeNull();
    const after = await acquireLock(path(), machine(8, { 8: 'tuesday' }));
    expect(after).not.toBeNull();
  });

  it('is not held by a later process of the same number', async () => {
    await acquireLock(path(), machine(7, { 7: 'monday' }));
    const later = machine(9, { 7: 'wednesday', 9: 'wednesday' });
    expect(await isLocked(path(), later)).toBe(false);
    expect(await acquireLock(path(), later)).not.toBeNull();
  });

  it('of many that clear a stale one away is got by one', async () => {
    await acquireLock(path(), machine(7, { 7: 'monday' }));
    const later = machine(9, { 9: 'wednesday' });
    const got = await Promise.all(Array.from({ length: 20 }, () => acquireLock(path(), later)));
    const whole = await Promise.all(got.flatMap((lock) => (lock === null ? [] : [lock.isOurs()])));
    expect(whole.filter(Boolean)).toHaveLength(1);
  });

  it('of another machine is believed for a minute', async () => {
    await acquireLock(path(), machine(7, { 7: 'monday' }, 'there'));
    const here = machine(7, { 7: 'tuesday' });
    expect(await acquireLock(path(), here)).toBeNull();
    const past = new Date(Date.now() - 61_000);
    await utimes(path(), past, past);
    expect(await acquireLock(path(), here)).not.toBeNull();
  });

  it('that cannot be read is one that is being written, for a moment', async () => {
    await (await acquireLock(path()))!.release();
    await writeFile(path(), '');
    expect(await acquireLock(path())).toBeNull();
    const past = new Date(Date.now() - 10_000);
    await utimes(path(), past, past);
    expect(await acquireLock(path())).not.toBeNull();
  });

  it('that was taken by another is not taken from them', async () => {
    const one = (await acquireLock(path()))!;
    const others = await readFile(path(), 'utf8').then((text) => text.replace(one.token, 'f'.repeat(24)));
    await writeFile(path(), others);
    expect(await one.isOurs()).toBe(false);
    await one.release();
    expect(await readFile(path(), 'utf8')).toBe(others);
  });
});

it('a process knows when it was started', async () => {
  expect(await realProcesses.startOf(process.pid)).toBe(await realProcesses.startOf(process.pid));
  expect(await realProcesses.startOf(2 ** 22 + 1)).toBeNull();
});
