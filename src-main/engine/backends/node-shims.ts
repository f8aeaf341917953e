// tfjs-node 4.22 calls helpers that Node 22 warns of and later versions took out of `util` (Electron carries Node 24;
// tensorflow/tfjs#8609). Plain ones are put in their place before it is loaded.
import { createRequire } from 'node:module';

const nodeRequire = createRequire(import.meta.url);

const helpers: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isNullOrUndefined: (value) => value === null || value === undefined,
};

export function restoreUtilHelpers(
  util: Record<string, unknown> = nodeRequire('node:util') as Record<string, unknown>,
): void {
  for (const [name, helper] of Object.entries(helpers)) util[name] = helper;
}
