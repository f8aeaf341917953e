// One case from its id, "recipe:12" or "mutant:345": laid out on disk and taken the way that a stranger's file goes.
import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createImportSession } from '#engine/importing/import-session';
import { openProjectFile } from '#engine/projects/travelling-projects';
import { readPicture } from '#engine/read-picture';
import { toWireError } from '#shared/errors';
import { CANARY, PIPE, type Base, type Files, type Format, type Recipe } from './corpus';
import { mutant } from './mutate';
import { makePipe } from './recipes/generic';

export interface Outcome {
  /** Null where it was opened. */
  readonly error: { readonly code: string; readonly sentence: string; readonly where: string | null } | null;
  /** What was thrown, where it was no sentence of ours. */
  readonly stack?: string;
  /** Why it could not be laid out on this machine. */
  readonly skipped?: string;
  readonly ms: number;
  /** Of the files of the case. */
  readonly bytes: number;
  /** How far the memory of the process rose above what it was before; null where the system does not tell. */
  readonly peakBytes: number | null;
  readonly canaryRead: boolean;
}

/** What is made of a format once. */
export interface Made {
  readonly format: Format;
  readonly base: Base;
  readonly recipes: readonly Recipe[];
}

export async function make(format: Format): Promise<Made> {
  const base = await format.base();
  return { format, base, recipes: await format.recipes(base) };
}

export async function runCase({ format, base, recipes }: Made, id: string, root: string): Promise<Outcome> {
  const [kind, number] = id.split(':');
  const recipe = kind === 'recipe' ? recipes[Number(number)] : undefined;
  const files =
    recipe !== undefined
      ? await recipe.files()
      : kind === 'mutant'
        ? await mutant(base, Number(number))
        : await base.seal(base.parts);
  const folder = join(root, 'model');
  const outside = join(root, 'outside');
  await layOutside(outside);
  await layFiles(folder, files);
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  try {
    await recipe?.arrange?.(folder, outside);
  } catch (error) {
    const skipped = error instanceof Error ? error.message : String(error);
    return { error: null, skipped, ms: 0, bytes, peakBytes: null, canaryRead: false };
  }
  const memory = await watchMemory();
  const started = performance.now();
  let thrown: unknown = null;
  try {
    const target = join(folder, recipe?.open ?? base.open);
    if (format.way === 'picture') await look(target);
    else if (format.way === 'project') await openProjectFile(target);
    else await importOf(target, join(root, 'library'));
  } catch (error) {
    thrown = error ?? 'nothing';
  }
  const ms = performance.now() - started;
  const peakBytes = await memory.peak();
  const canaryRead = (await stat(join(outside, CANARY))).atimeMs > LONG_AGO;
  if (thrown === null) return { error: null, ms, bytes, peakBytes, canaryRead };
  const { code, sentence, where } = toWireError(thrown);
  const stack = code === 'engine/unexpected' ? { stack: stackOf(thrown) } : {};
  return { error: { code, sentence, where: where ?? null }, ...stack, ms, bytes, peakBytes, canaryRead };
}

async function importOf(path: string, library: string): Promise<void> {
  const session = createImportSession({ library, taken: [] });
  try {
    await session.open(path, () => undefined);
  } finally {
    await session.dispose();
  }
}

async function look(path: string): Promise<void> {
  await readPicture(await readFile(path), {
    name: 'picture.png',
    format: { width: 8, height: 8, channels: 1 },
  });
}

/** A first reading after the last writing is always noted, also where most readings are not (relatime). */
const LONG_AGO = 1e9;

async function layOutside(outside: string): Promise<void> {
  await mkdir(outside, { recursive: true });
  await writeFile(join(outside, '..', CANARY), new Uint8Array(64));
  await writeFile(join(outside, CANARY), new Uint8Array(64));
  try {
    makePipe(join(outside, PIPE));
  } catch {
    // Windows has no such pipes
  }
  await utimes(join(outside, CANARY), LONG_AGO / 1000, Date.now() / 1000);
}

async function layFiles(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

/** Linux keeps the highest memory of a process and lets it be set back. Elsewhere nothing is known of peaks. */
async function watchMemory(): Promise<{ readonly peak: () => Promise<number | null> }> {
  (globalThis as { gc?: () => void }).gc?.();
  const highest = async (): Promise<number> =>
    Number(/^VmHWM:\s+(\d+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1]) * 1024;
  try {
    await writeFile('/proc/self/clear_refs', '5');
    const before = await highest();
    return { peak: async () => (await highest()) - before };
  } catch {
    return { peak: () => Promise.resolve(null) };
  }
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : `thrown: ${String(thrown)}`;
