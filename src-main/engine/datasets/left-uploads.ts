// Uploads that nothing needs any more. An upload is a copy of what a person has elsewhere; it stays as long as a training or an import
// names it, and a week after it was last looked at. What was not put here by an upload is never touched.
import { lstat, lutimes, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DataSpec } from '#shared/training';
import { partsBelow } from '../importing/brought-files';
import { errorCode } from '../store/file-port';

export interface LeftUploads {
  /** A window has these data before it, and may train on them yet. Settled before they are read: stamps of files are kept by caches. */
  readonly seen: (data: DataSpec) => Promise<void>;
  /** A training of these data was removed: they go with the last one, but for those of which another is being prepared. */
  readonly left: (data: DataSpec, prepared: string | null) => Promise<void>;
  /** Takes away what is old and has no name. */
  readonly sweep: () => Promise<void>;
}

export interface LeftUploadsOptions {
  readonly folder: string;
  /**
   * Everything that may speak of an upload, as text or as a path. Asked only where something might go.
   * @throws where it cannot be known: then all stays
   */
  readonly named: () => Promise<readonly string[]>;
  readonly now: () => number;
}

/** As a window names them: a file with its ending, or the folder of an upload. */
const UPLOAD = /^[0-9a-f]{24}(\.[a-z0-9]{1,8})?$/;
/** Those that never came whole. */
const PARTIAL = 'partial';
const KEPT_MS = 7 * 24 * 3600 * 1000;

export function createLeftUploads({ folder, named, now }: LeftUploadsOptions): LeftUploads {
  /** One after another: two that look at once would both remove. */
  let last: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    await removeUnnamed([...(await oldIn(join(folder, PARTIAL))), ...(await oldIn(folder))]);
  }

  async function oldIn(place: string): Promise<readonly string[]> {
    const old: string[] = [];
    for (const name of await uploadsIn(place)) {
      const { atimeMs, mtimeMs, ctimeMs } = await lstat(join(place, name));
      if (now() - Math.max(atimeMs, mtimeMs, ctimeMs) > KEPT_MS) old.push(join(place, name));
    }
    return old;
  }

  async function removeUnnamed(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    const texts = await named();
    for (const path of paths) {
      if (texts.some((text) => text.includes(basename(path)))) continue;
      // one that cannot be removed now does not keep the others
      await remove(path).catch(() => undefined);
    }
  }

  async function remove(path: string): Promise<void> {
    // a link was put here by somebody else
    if ((await lstat(path)).isSymbolicLink()) return;
    // where an open file cannot be removed, its process needs a moment to end
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** On the disk, so that it outlives this engine and any other one of the same home knows of it. */
  async function touch(name: string): Promise<void> {
    const path = join(folder, name);
    await lutimes(path, now() / 1000, (await lstat(path)).mtime);
  }

  const nameOf = (data: DataSpec): string | null => {
    const [name] = data.kind === 'path' ? partsBelow(folder, data.path) : [];
    return name !== undefined && UPLOAD.test(name) ? name : null;
  };
  /** What cannot be removed now takes room, and is no reason to fail: the next time tries again. */
  const inTurn = (act: () => Promise<void>): Promise<void> => (last = last.then(act).catch(() => undefined));

  return {
    seen: (data) =>
      inTurn(async () => {
        const name = nameOf(data);
        if (name !== null) await touch(name);
      }),
    left: (data, prepared) =>
      inTurn(async () => {
        const name = nameOf(data);
        if (name === null) return;
        if (prepared !== null && nameOf({ kind: 'path', path: prepared }) === name) await touch(name);
        else await removeUnnamed([join(folder, name)]);
      }),
    sweep: () => inTurn(sweep),
  };
}

async function uploadsIn(place: string): Promise<readonly string[]> {
  try {
    // the home may be a link of the person's; in it, links are none of ours
    if (basename(place) === PARTIAL && (await lstat(place)).isSymbolicLink()) return [];
    return (await readdir(place)).filter((name) => UPLOAD.test(name));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
}
