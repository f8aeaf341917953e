// @ts-check
// The compiled app in out/, built again only when what it is built from has changed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { treeDigest } from './digest.mjs';
import { SetupFailure } from './failure.mjs';
import { root } from './paths.mjs';

const sources = [
  'src-main',
  'src-renderer',
  'electron.vite.config.ts',
  'svelte.config.js',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];
const out = join(root, 'out');
const stampFile = join(out, '.build-stamp');

/** @returns {string} */
export const sourceDigest = () => treeDigest(root, sources);

/** @param {string} digest */
export function buildStands(digest) {
  try {
    return readFileSync(stampFile, 'utf8') === digest && existsSync(join(out, 'main', 'cli.js'));
  } catch {
    return false;
  }
}

/** @param {import('./progress.mjs').Reporter} reporter */
export async function ensureBuild(reporter) {
  const digest = sourceDigest();
  if (buildStands(digest)) return;
  const step = reporter.step('Building the app');
  // A build that is cut short must not pass for a finished one.
  rmSync(stampFile, { force: true });
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const outcome = await run(process.execPath, [builder, 'build', '--logLevel', 'warn'], { cwd: root });
  if (outcome.code !== 0) {
    step.fail('the build failed');
    reporter.note(outcome.output.trim());
    const full = /ENOSPC/.test(outcome.output);
    throw new SetupFailure(
      full ? 'the disk is full' : 'the app could not be built (the reason is above)',
      full ? 'free some space and run the command again' : 'mend what it names and run the command again',
    );
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(stampFile, digest);
  step.done();
}
