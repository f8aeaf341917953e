// A training on a disk that is too small for it: it pauses with its state in memory, says so, goes on by itself when there is room, and ends
// in the numbers of one that had room all the while; nothing half-written ever lies under its own name.
// On a small tmpfs, which only root can mount: skipped aloud elsewhere. Three sizes here, twenty with LATENTSCAPE_LONG=1.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { previousOf } from '#engine/store/atomic';
import { decodeCheckpoint } from '#engine/store/checkpoint';
import {
  GLYPHS,
  historyOf,
  isLong,
  largestDifference,
  live,
  requireBuild,
  VAE,
  weightDifference,
  type Life,
} from '../fixtures/real-trainer';

const SIZES = isLong ? 20 : 3;
const PAGE = 4096;
const config = { ...VAE, epochs: 10 };

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const probe = mkdtempSync(join(tmpdir(), 'latentscape-probe-'));
  try {
    mount(probe, PAGE * 16);
    execFileSync('umount', [probe]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

function mount(at: string, bytes: number, how = ''): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}${how}`, 'tmpfs', at], { stdio: 'ignore' });
}

const mounts = canMount();
if (!mounts) process.stdout.write('Skipped: a training on a full disk; only root can mount a small one.\n');

describe.skipIf(!mounts)('a training on a small disk', () => {
  let root = '';
  let small = '';
  let checkpointBytes = 0;
  let running: Life | undefined;
  let whole: ReturnType<typeof historyOf>;

  beforeAll(async () => {
    requireBuild();
    root = await mkdtemp(join(tmpdir(), 'latentscape-disk-'));
    small = await mkdtemp(join(tmpdir(), 'latentscape-small-'));
    const life = live(jobIn(join(root, 'whole')));
    expect(await life.ended).toMatchObject({ kind: 'result' });
    whole = historyOf(life.events);
    checkpointBytes = (await stat(join(root, 'whole', 'checkpoint.bin'))).size;
  }, 120_000);
  afterEach(() => {
    running?.kill(); // one that came to no end must not meet the next disk
    unmount();
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
    await rm(small, { recursive: true, force: true });
  });

  const jobIn = (outFolder: string) => ({ config, data: GLYPHS, outFolder, reportMs: 0, watched: true });
  const unmount = (): void => {
    try {
      execFileSync('umount', ['-l', small], { stdio: 'ignore' });
    } catch {
      // it was not mounted
    }
  };

  /** Temporary files, and files under their own names that are not whole. */
  async function badFiles(folder: string): Promise<readonly string[]> {
    const bad: string[] = [];
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (/\.(tmp|old)$/.test(entry.name)) bad.push(path);
      if (!entry.isFile()) continue;
      try {
        if (entry.name.startsWith('checkpoint.bin')) decodeCheckpoint(await readFile(path), path);
        if (entry.name.endsWith('.json')) JSON.parse(await readFile(path, 'utf8'));
      } catch {
        bad.push(path);
      }
    }
    return bad;
  }

  // from less than one checkpoint to more than all that a run writes: two generations, a third while it is written, models of epochs
  const shares = Array.from({ length: SIZES }, (_, i) => 0.5 + (4.5 * i) / (SIZES - 1));
  let paused = 0;

  it.each(shares)(
    'of %f times its checkpoint',
    async (share) => {
      const folder = join(small, 'run');
      mount(small, Math.ceil((share * checkpointBytes) / PAGE) * PAGE);
      let found: Promise<readonly string[]> = Promise.resolve([]);
      const life = live(jobIn(folder), (event) => {
        if (event.kind !== 'paused' || !event.why.includes('disk is full')) return;
        paused++;
        found = badFiles(folder);
        void found.then(() => {
          mount(small, 64 * 2 ** 20, ',remount');
          // it looks again by itself, or at once when a person says so
          if (shares.indexOf(share) % 2 === 0) life.tell({ kind: 'resume' });
        });
      });
      running = life;
      expect(await life.ended).toMatchObject({ kind: 'result' });
      expect(await found).toEqual([]);
      expect(await badFiles(folder)).toEqual([]);
      const why = life.events.find((event) => event.kind === 'paused')?.why;
      if (why !== undefined) {
        expect(why).toMatch(
          / are needed\. The training waits with its state in memory and goes on by itself/,
        );
        expect(life.events.some(({ kind }) => kind === 'resumed')).toBe(true);
      }
      const told = historyOf(life.events);
      expect(told.steps.size).toBe(whole.steps.size);
      expect(largestDifference(whole.steps, told.steps)).toBe(0);
      expect(await weightDifference(join(root, 'whole'), folder)).toBe(0);
      // the one before is whole as well; of the course over the epochs it may tell an epoch less
      const before = await stat(previousOf(join(folder, 'checkpoint.bin')));
      expect(before.size / checkpointBytes).toBeCloseTo(1, 2);
    },
    isLong ? 400_000 : 120_000,
  );

  it('most of them were full', () => {
    expect(paused).toBeGreaterThanOrEqual(SIZES / 2);
  });
});
