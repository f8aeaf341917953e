import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeDigest } from '../../../scripts/lib/digest.mjs';
import { requireSpace } from '../../../scripts/lib/disk.mjs';
import { asFailure } from '../../../scripts/lib/failure.mjs';
import { lockHolder, withLock } from '../../../scripts/lib/lock.mjs';
import { createReporter, describeAmount } from '../../../scripts/lib/progress.mjs';
import {
  add,
  nothing,
  summaryLine,
  tallyPlaywright,
  tallyVitest,
  withExitCode,
} from '../../../scripts/lib/tally.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latentscape-steps-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('progress', () => {
  it('tells bytes and time left', () => {
    expect(describeAmount({ done: 137e6, total: 274e6, unit: 'bytes' }, 10_000)).toBe(
      '137 MB of 274 MB (50 %), 10 s left',
    );
    expect(describeAmount({ done: 12, total: 460, unit: 'packages' }, 100)).toBe(
      '12 of 460 packages (2 %), 3.7 s left',
    );
    expect(describeAmount({ done: 5e6, unit: 'bytes' }, 100)).toBe('5 MB');
  });

  it('writes plain lines where there is no terminal', () => {
    const lines: string[] = [];
    const stream = {
      isTTY: false,
      write: (text: string) => lines.push(text),
    } as unknown as NodeJS.WriteStream;
    const step = createReporter({ stream, now: () => 0 }).step('Building');
    step.done('all of it');
    step.fail('too late to fail');
    expect(lines).toEqual(['Building …\n', '✓ Building (0.0 s): all of it\n']);
  });
});

describe('the lock', () => {
  it('lets one set-up work at a time', async () => {
    const lock = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((settle) => setTimeout(settle, 20));
      inside--;
    };
    await Promise.all([withLock(lock, work), withLock(lock, work), withLock(lock, work)]);
    expect(most).toBe(1);
    expect(lockHolder(lock)).toBeNull();
  });

  it('is cleared when its owner is gone, and when the work fails', async () => {
    const lock = join(folder, 'lock');
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), '999999999');
    expect(await withLock(lock, () => Promise.resolve('done'))).toBe('done');
    await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(lock, () => Promise.resolve('again'))).toBe('again');
  });
});

it('a digest follows names and contents', () => {
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'a.ts'), 'one');
  const first = treeDigest(folder, ['src', 'absent']);
  expect(treeDigest(folder, ['src', 'absent'])).toBe(first);
  writeFileSync(join(folder, 'src', 'a.ts'), 'two');
  const second = treeDigest(folder, ['src']);
  expect(second).not.toBe(first);
  writeFileSync(join(folder, 'src', 'b.ts'), '');
  expect(treeDigest(folder, ['src'])).not.toBe(second);
});

it('failures of the system become sentences', () => {
  expect(asFailure(Object.assign(new Error('write'), { code: 'ENOSPC' })).why).toBe('the disk is full');
  expect(asFailure(Object.assign(new Error('x'), { code: 'EACCES', path: '/a' })).why).toBe(
    'the folder may not be written (/a)',
  );
  expect(() => requireSpace(join(folder, 'not', 'yet'), 1e18, 'this')).toThrow(/this needs .* has .* free/);
});

describe('the tally', () => {
  const report = (value: unknown): string => {
    const file = join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(value));
    return file;
  };

  it('counts what the runners report', () => {
    const vitest = tallyVitest(
      report({
        numPassedTests: 7,
        numFailedTests: 1,
        numPendingTests: 2,
        numTodoTests: 1,
        testResults: [{ status: 'failed', assertionResults: [] }],
      }),
    );
    expect(vitest).toEqual({ passed: 7, failed: 2, skipped: 3 });
    const playwright = tallyPlaywright(
      report({ errors: [], stats: { expected: 5, unexpected: 0, flaky: 1, skipped: 0 } }),
    );
    expect(playwright).toEqual({ passed: 6, failed: 0, skipped: 0 });
    expect(summaryLine(add(vitest, playwright))).toBe('13 passed, 2 failed, 3 skipped');
    expect(summaryLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
  });

  it('never calls a runner that died a success', () => {
    expect(withExitCode(tallyVitest(join(folder, 'absent.json')), 1)).toEqual({ ...nothing, failed: 1 });
  });
});
