// @ts-check
// The native engine: TensorFlow's library and the addon that speaks to it. What came of it is kept in native.json in
// the cache, where the app reads it (src-main/engine/backends/native-record.ts). Without it the app runs on
// WebAssembly, so nothing here is fatal.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildAddon, findCompiler, napiVersion, probeAddon, tfjsNodeVersion } from './compiler.mjs';
import { removeAbandoned, writeJson } from './disk.mjs';
import { asFailure } from './failure.mjs';
import { provideLibtensorflow } from './libtensorflow.mjs';
import { withLock } from './lock.mjs';
import { tensorflowVersion } from './pins.mjs';
import { cacheFolder } from './paths.mjs';

/**
 * @typedef {{state: 'native', key: string, addon: string, tensorflow: string, source: string, at: string}} NativeRecord
 * @typedef {{state: 'unavailable', key: string, why: string, remedy: string, at: string}} UnavailableRecord
 * @typedef {NativeRecord | UnavailableRecord} EngineRecord
 */

const retryMilliseconds = 24 * 3600 * 1000;

/** What an addon depends on; another key means another addon. */
export function engineKey() {
  const own = process.env.LATENTSCAPE_LIBTENSORFLOW;
  const origin = own
    ? `own-${createHash('sha256').update(resolve(own)).digest('hex').slice(0, 8)}`
    : `libtensorflow-${tensorflowVersion}`;
  return `tfjs-node-${tfjsNodeVersion()}_${origin}_${process.platform}-${process.arch}_napi${napiVersion}`;
}

/**
 * @param {string} [cache]
 * @returns {EngineRecord | null}
 */
export function readEngineRecord(cache = cacheFolder()) {
  try {
    return JSON.parse(readFileSync(join(cache, 'native.json'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * The record that spares the work: the engine is there, or it was tried too recently.
 * @param {EngineRecord | null} record
 * @param {string} key
 * @param {number} now
 */
export function recordStands(record, key, now) {
  if (!record || record.key !== key) return false;
  if (record.state === 'native') return existsSync(record.addon);
  const age = now - Date.parse(record.at);
  return age >= 0 && age < retryMilliseconds;
}

/**
 * @param {{reporter: import('./progress.mjs').Reporter, force?: boolean}} options force: try again although a recent
 *   attempt failed
 * @returns {Promise<EngineRecord>}
 */
export async function ensureNativeEngine({ reporter, force = false }) {
  const cache = cacheFolder();
  const key = engineKey();
  const before = readEngineRecord(cache);
  const stands = () => {
    const record = readEngineRecord(cache);
    const spared = recordStands(record, key, Date.now()) && !(force && record?.state === 'unavailable');
    return spared ? record : null;
  };
  const standing = stands();
  if (standing) return standing;
  /** @type {EngineRecord} */
  let record;
  try {
    record = await withLock(
      join(cache, 'setup.lock'),
      async () => {
        // Another set-up may have finished while this one waited.
        const meanwhile = readEngineRecord(cache);
        if (meanwhile && meanwhile.at !== before?.at && recordStands(meanwhile, key, Date.now()))
          return meanwhile;
        removeAbandoned(cache);
        const folder = join(cache, 'addon', key);
        if (!existsSync(folder)) await findCompiler();
        const library = await provideLibtensorflow(cache, reporter);
        const built =
          (await existingAddon(folder)) ?? (await buildAddon(folder, library.folder, cache, reporter));
        return {
          state: /** @type {const} */ ('native'),
          key,
          ...built,
          source: library.source,
          at: new Date().toISOString(),
        };
      },
      { onWait: (pid) => reporter.note(`Another set-up (process ${pid}) is at work; waiting for it.`) },
    );
  } catch (error) {
    const { why, remedy } = asFailure(error, 'providing the native engine');
    record = { state: 'unavailable', key, why, remedy, at: new Date().toISOString() };
    reporter.note(
      `The native engine is not available: ${why}. The app runs on WebAssembly meanwhile; ${remedy}.`,
    );
  }
  try {
    writeJson(join(cache, 'native.json'), record);
  } catch {
    // A cache that cannot be written is itself the reason in the record; it was said above.
  }
  return record;
}

/**
 * An addon of an earlier set-up whose record was lost.
 * @param {string} folder
 */
async function existingAddon(folder) {
  const addon = join(folder, 'tfjs_binding.node');
  if (!existsSync(addon)) return null;
  try {
    return { addon, tensorflow: await probeAddon(addon) };
  } catch {
    return null;
  }
}
