// @ts-check
// Everything that must be in place before the app can run. What is in place already costs a few milliseconds.
import { join } from 'node:path';
import { buildStands, ensureBuild, sourceDigest } from './build.mjs';
import { dependenciesStand, ensureDependencies } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { ensureNativeEngine } from './native-engine.mjs';
import { root } from './paths.mjs';

/**
 * @param {import('./progress.mjs').Reporter} reporter
 * @param {{build?: boolean, force?: boolean}} [options] force: try for the native engine again although a recent
 *   attempt failed
 * @returns {Promise<void>}
 */
export async function prepare(reporter, { build = true, force = false } = {}) {
  // The lock guards node_modules and out/ of this checkout, and lies in neither: npm empties the one, the build the other.
  const locked = (/** @type {() => Promise<void>} */ work) =>
    withLock(join(root, '.tsbuild', 'setup.lock'), work, {
      onWait: (pid) => reporter.note(`Another set-up (process ${pid}) is at work here; waiting for it.`),
    });
  if (!dependenciesStand()) await locked(() => ensureDependencies(reporter));
  // Where WebAssembly is asked for, nobody waits for an engine that will not be used.
  if (process.env.LATENTSCAPE_BACKEND !== 'wasm' || force) await ensureNativeEngine({ reporter, force });
  if (build && !buildStands(sourceDigest())) await locked(() => ensureBuild(reporter));
}

/**
 * Runs a command's main function; a failure becomes one sentence and exit code 1.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  requireNode();
  try {
    process.exitCode = await main();
  } catch (error) {
    const { asFailure } = await import('./failure.mjs');
    const { why, remedy } = asFailure(error);
    process.stderr.write(`Stopped: ${why}${remedy ? `; ${remedy}` : ''}.\n`);
    if (process.env.LATENTSCAPE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  }
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(
    `Stopped: Node ${process.versions.node} is too old; install Node 20.19 or newer (nodejs.org) and run the command again.\n`,
  );
  process.exit(1);
}
