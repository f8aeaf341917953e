/**
 * One window at a time may save a project. The lock is a file that names a process by number and start: one that was left behind by a
 * process that is gone is cleared away, one of a living process is respected, and of two that come at once one gets it.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../store/file-port';
import { storeError } from '../store/store-errors';
import { realProcesses, type ProcessIdentity, type Processes } from './process-identity';

export interface ProjectLock {
  /** Whoever shows it may save. */
  readonly token: string;
  readonly isOurs: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

const ownerSchema = z.object({
  host: z.string(),
  pid: z.number().int(),
  started: z.string().nullable(),
  token: z.string(),
});
type Owner = ProcessIdentity & { readonly token: string };

/** The holder touches its lock this often; of a process on another machine nothing else can be known. */
const TOUCH_MS = 15_000;
const SILENT_MS = 60_000;
/** A lock that is empty is one that is being written, for this long at most. */
const WRITING_MS = 5_000;
const ATTEMPTS = 8;
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS', 'EINVAL']);

/** Null where a living process has it. */
export async function acquireLock(
  path: string,
  processes: Processes = realProcesses,
): Promise<ProjectLock | null> {
  const token = randomBytes(12).toString('hex');
  const { host, pid } = processes;
  const owner: Owner = { host, pid, started: await processes.startOf(pid), token };
  const mine = `${path}.${token}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeNew(mine, owner);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await place(mine, path, owner)) return held(path, owner);
      const other = await ownerOf(path);
      if (other !== null && !(await isStale(path, other, processes))) return null;
      if (other !== null) await clear(path, other, mine);
    }
    return null;
  } catch (error) {
    throw storeError(error, path, undefined);
  } finally {
    await quietly(unlink(mine));
  }
}

/** Whether a living process has it. */
export async function isLocked(path: string, processes: Processes = realProcesses): Promise<boolean> {
  const owner = await ownerOf(path).catch(() => null);
  return owner !== null && !(await isStale(path, owner, processes));
}

function held(path: string, owner: Owner): ProjectLock {
  const isOurs = async (): Promise<boolean> => (await ownerOf(path))?.token === owner.token;
  const touching = setInterval(() => {
    const now = new Date();
    void quietly(utimes(path, now, now));
  }, TOUCH_MS);
  touching.unref();
  return {
    token: owner.token,
    isOurs,
    async release() {
      clearInterval(touching);
      if (await isOurs().catch(() => false)) await quietly(unlink(path));
    },
  };
}

/** A second name for a file that is whole already: there is no moment in which the lock is there and empty. */
async function place(mine: string, path: string, owner: Owner): Promise<boolean> {
  try {
    await link(mine, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(errorCode(error))) throw error;
  }
  try {
    await writeNew(path, owner);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function writeNew(path: string, owner: Owner): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(owner));
  } finally {
    await file.close();
  }
}

/** Null where there is no lock; an owner that nobody can be, where it cannot be read. */
async function ownerOf(path: string): Promise<Owner | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE: Owner = { host: '', pid: -1, started: null, token: '' };

async function isStale(path: string, owner: Owner, processes: Processes): Promise<boolean> {
  if (owner === UNREADABLE) return (await ageOf(path)) > WRITING_MS;
  if (owner.host !== processes.host) return (await ageOf(path)) > SILENT_MS;
  const started = await processes.startOf(owner.pid);
  if (started === null) return true;
  // where the system does not tell, a process of that number is taken at its word
  return started !== '' && owner.started !== null && owner.started !== '' && started !== owner.started;
}

const ageOf = async (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );

/** Takes a stale lock away. Another may have been quicker, and the lock be a living one by now: then it is put back. */
async function clear(path: string, stale: Owner, mine: string): Promise<void> {
  const aside = `${mine}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await ownerOf(aside))?.token !== stale.token) await quietly(link(aside, path));
  await quietly(unlink(aside));
}

const quietly = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
