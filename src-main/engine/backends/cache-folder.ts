// Where set-up keeps the native engine: per user and outside the checkout. scripts/lib/paths.mjs follows the same rule
// (it runs before anything is compiled, so it cannot share this file); a test holds the two together.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export function cacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string {
  if (environment.LATENTSCAPE_CACHE) return resolve(environment.LATENTSCAPE_CACHE);
  if (platform === 'win32') {
    const base = environment.LOCALAPPDATA || join(homedir(), 'AppData', 'Local');
    return join(base, 'latentscape', 'Cache');
  }
  if (environment.XDG_CACHE_HOME) return join(environment.XDG_CACHE_HOME, 'latentscape');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'latentscape');
  return join(homedir(), '.cache', 'latentscape');
}
