// @ts-check
// Where things are: the checkout, and the cache that outlives it (the native engine is some 850 MB, so it is
// kept once per user and not in node_modules, which `npm ci` empties).
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * The per-user cache. `src-main/engine/backends/cache-folder.ts` follows the same rule; a test holds the two together.
 * @param {NodeJS.ProcessEnv} [environment]
 * @param {string} [platform]
 * @returns {string}
 */
export function cacheFolder(environment = process.env, platform = process.platform) {
  if (environment.LATENTSCAPE_CACHE) return resolve(environment.LATENTSCAPE_CACHE);
  if (platform === 'win32') {
    const base = environment.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
    return join(base, 'latentscape', 'Cache');
  }
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'latentscape');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'latentscape');
  return join(homedir(), '.cache', 'latentscape');
}

/**
 * The installed version of a package, or null where it is not installed.
 * @param {string} name
 * @returns {string | null}
 */
export function installedVersion(name) {
  const file = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(file)) return null;
  return JSON.parse(readFileSync(file, 'utf8')).version;
}
