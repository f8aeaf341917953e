// @ts-check
// One set-up at a time: a lock is a folder (mkdir either makes it or fails, on every file system) that holds the
// owner's process id, so that a lock left behind by a crash can be told from one in use.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 250;
// Between mkdir and the id's arrival a lock looks ownerless; older than this, it is.
const ownerlessMilliseconds = 5000;
// No set-up takes this long: the id has been given to another process since.
const longestMilliseconds = 2 * 3600 * 1000;

/**
 * @param {string} folder
 * @returns {number | null} the process that holds the lock, null where it is free or stale
 */
export function lockHolder(folder) {
  let age;
  try {
    age = Date.now() - statSync(folder).mtimeMs;
  } catch {
    return null;
  }
  if (age > longestMilliseconds) return null;
  try {
    const text = readFileSync(join(folder, 'pid'), 'utf8').trim();
    const pid = Number(text);
    if (Number.isInteger(pid) && pid > 0) {
      try {
        process.kill(pid, 0);
        return pid;
      } catch (error) {
        // EPERM: it lives, but belongs to someone else.
        return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM' ? pid : null;
      }
    }
  } catch {
    // No id inside: decided below by its age.
  }
  return age < ownerlessMilliseconds ? -1 : null;
}

/**
 * Takes a stale lock out of the way by renaming it: of several that try, one succeeds. One that came late could have
 * caught a fresh lock, so it looks again at what it caught, and gives it back.
 * @param {string} folder
 */
function clearStale(folder) {
  const aside = `${folder}.stale-${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch {
    return;
  }
  if (lockHolder(aside) !== null)
    try {
      renameSync(aside, folder);
      return;
    } catch {
      // Someone has taken the lock since.
    }
  rmSync(aside, { recursive: true, force: true });
}

/**
 * @template T
 * @param {string} folder
 * @param {() => Promise<T>} work
 * @param {{onWait?: (pid: number) => void}} [options]
 * @returns {Promise<T>}
 */
export async function withLock(folder, work, { onWait } = {}) {
  mkdirSync(dirname(folder), { recursive: true });
  let told = false;
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = lockHolder(folder);
    if (holder === null) {
      clearStale(folder);
      continue;
    }
    if (!told && holder > 0) {
      told = true;
      onWait?.(holder);
    }
    await sleep(pollMilliseconds);
  }
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    writeFileSync(join(folder, 'pid'), String(process.pid));
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
