// A training whose process is killed, again and again, at moments that nobody chose, also in the middle of writing a checkpoint: it loses at
// most so many steps as lie between two checkpoints, and it ends in the numbers of one that was never disturbed.
// Three kills here; twenty for each family with LATENTSCAPE_LONG=1 (npm run test:long).
import { watch } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '#shared/random';
import { cleanStale, previousOf } from '#engine/store/atomic';
import { loadCheckpoint } from '#engine/store/checkpoint';
import {
  GAN,
  GLYPHS,
  historyOf,
  isLong,
  largestDifference,
  live,
  requireBuild,
  RING,
  VAE,
  weightDifference,
  type Life,
} from '../fixtures/real-trainer';

const KILLS = isLong ? 20 : 3;
const TOLERANCE = 1e-5;

let root = '';
beforeAll(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'latentscape-kills-'));
});
afterAll(() => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

const jobOf = (config: object, data: object, folder: string) => ({
  config,
  data,
  outFolder: join(root, folder),
  resume: true,
  reportMs: 0,
});

/** Calls back while the file that will become the checkpoint is being written. */
function whileWriting(folder: string, found: () => void): () => void {
  const watcher = watch(folder, (_kind, name) => {
    if (name?.startsWith('.checkpoint.bin.') === true && name.endsWith('.tmp')) found();
  });
  return () => watcher.close();
}

const names = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);

const CASES = [
  ['vae', VAE, GLYPHS],
  ['gan', GAN, RING],
] as const;

it.each(isLong ? CASES : CASES.slice(0, 1))(
  `a %s that is killed ${KILLS} times`,
  async (name, config, data) => {
    const whole = live(jobOf(config, data, `${name}-whole`));
    expect(await whole.ended).toMatchObject({ kind: 'result' });
    const expected = historyOf(whole.events);
    const totalSteps = Math.max(...expected.steps.keys());

    const job = jobOf(config, data, `${name}-killed`);
    const folder = job.outFolder;
    const random = seededRandom(11);
    const figures = { kills: 0, whileWriting: 0, leftHalfWritten: 0, mostLost: 0, resumes: 0 };
    let reached = 0;
    let difference = 0;
    for (let turn = 0; ; turn++) {
      const isLast = figures.kills >= KILLS;
      const share = Math.max(1, Math.floor((totalSteps - reached) / Math.max(1, KILLS - figures.kills + 1)));
      const killAt = reached + 1 + random.integer(share);
      const inWriting = turn % 2 === 1;
      let stopWatching = (): void => undefined;
      const life: Life = live(job, (event) => {
        if (isLast) return;
        if (event.kind === 'start' && inWriting && turn > 0)
          stopWatching = whileWriting(folder, () => {
            figures.whileWriting++;
            stopWatching();
            stopWatching = () => undefined;
            life.kill();
          });
        if (event.kind === 'progress' && !inWriting && event.step >= killAt) life.kill();
      });
      const { kind, sentence } = await life.ended;
      stopWatching();
      const told = historyOf(life.events);
      const start = life.events.find((event) => event.kind === 'start');
      if (start?.kind === 'start') {
        if (turn > 0) figures.resumes++;
        figures.mostLost = Math.max(figures.mostLost, reached - start.step);
        reached = Math.max(start.step, ...told.steps.keys());
      }
      difference = Math.max(
        difference,
        largestDifference(expected.steps, told.steps),
        largestDifference(expected.epochs, told.epochs),
      );
      if (kind !== 'died') {
        expect(sentence).toBeNull();
        break;
      }
      figures.kills++;
      figures.leftHalfWritten += (await names(folder)).filter((file) => file.endsWith('.tmp')).length;
      // whatever lies there under its own name is whole
      for (const path of [join(folder, 'checkpoint.bin'), previousOf(join(folder, 'checkpoint.bin'))])
        if ((await names(folder)).includes(path.slice(folder.length + 1)))
          expect((await loadCheckpoint(path)).recovered).toBe(false);
      await cleanStale(folder); // as the next life does
    }
    const weights = await weightDifference(join(root, `${name}-whole`), folder);
    process.stdout.write(
      `${name}: ${JSON.stringify(figures)}, figures differ by ${difference.toExponential(1)}, weights by ${weights.toExponential(1)}, ${totalSteps} steps\n`,
    );
    expect(figures.kills).toBe(KILLS);
    expect(figures.whileWriting).toBeGreaterThan(0);
    expect(figures.mostLost).toBeLessThanOrEqual(config.checkpointSteps);
    expect(difference).toBeLessThanOrEqual(TOLERANCE);
    expect(weights).toBeLessThanOrEqual(TOLERANCE);
  },
  isLong ? 1_800_000 : 240_000,
);
