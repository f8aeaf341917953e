// tfjs-node 4.22 calls helpers that Node 23 took out of `util` (Electron carries Node 24). They are put back before it
// is loaded, and only where they are missing.
import { createRequire } from 'node:module';

const nodeRequire = createRequire(import.meta.url);

const removedHelpers: Readonly<Record<string, (value: unknown) => boolean>> = {
  isArray: Array.isArray,
  isNullOrUndefined: (value) => value === null || value === undefined,
};

export function restoreUtilHelpers(
  util: Record<string, unknown> = nodeRequire('node:util') as Record<string, unknown>,
): void {
  for (const [name, helper] of Object.entries(removedHelpers)) util[name] ??= helper;
}
