/** Files in a zip that has the same bytes today and on another machine: no time, no order but that of the names. */
import { zipSync, type Zippable } from 'fflate';

/** The first moment that a zip can tell; written as local time, hence not by Date.UTC. */
const NO_TIME = new Date(1980, 0, 1);
/** Weights hardly shrink, and take long to try. */
const PACKED = /\.(json|md|txt)$/;

export function zipDeterministic(files: ReadonlyMap<string, Uint8Array>, folder = ''): Uint8Array {
  const entries: Zippable = {};
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    entries[folder + name] = [bytes, { level: PACKED.test(name) ? 9 : 0, mtime: NO_TIME, os: 3 }];
  return zipSync(entries);
}
