/**
 * The projects of a person. Whoever holds one saves it, again and again, each time on top of the revision that they saw last; everybody
 * else reads. A save is done or not done, and one that would write over what somebody else saved is refused.
 */
import { stat } from 'node:fs/promises';
import { AppError } from '#shared/errors';
import type { OpenedProject, ProjectList, ProjectModel, ProjectSummary } from '#shared/project';
import type { Registry } from '../registry';
import { writeAtomic } from '../store/atomic';
import { coverPictures, coverPng, type CoverPicture } from './cover';
import { realProcesses, type Processes } from './process-identity';
import { encodeProject, readProject, readSummary, type ProjectDocument } from './project-file';
import { createProjectFolder, noProject, type ProjectFolder } from './project-folder';
import { acquireLock, isLocked, type ProjectLock } from './project-lock';
import { noteModels, standingOf, withModelId } from './project-models';

export interface SaveRequest {
  readonly project: string;
  readonly holder: string;
  /** What it is on top of. */
  readonly revision: number;
  readonly title: string | null;
  readonly notes: string;
  readonly models: readonly string[];
  /** Those that changed; JSON null takes a part away. */
  readonly parts: Readonly<Record<string, Uint8Array>>;
  /** Null: as it was. */
  readonly cover: CoverPicture | null;
}

export interface HeldProject {
  readonly holder: string;
  readonly revision: number;
  readonly release: () => Promise<void>;
}

export interface Projects {
  readonly folder: ProjectFolder;
  readonly list: () => Promise<ProjectList>;
  /** As it lies on disk, whoever holds it. @throws AppError in one sentence, and the file stays as it is. */
  readonly open: (id: string) => Promise<OpenedProject>;
  readonly read: (id: string) => Promise<ProjectDocument>;
  /** Null where a living process holds it. A project that was never saved is there from its first save on. */
  readonly hold: (id: string) => Promise<HeldProject | null>;
  readonly isHeld: (id: string) => Promise<boolean>;
  /** Does any of them speak of this id, also those that can be brought back? @throws AppError where one cannot be read */
  readonly isNamed: (id: string) => Promise<boolean>;
  readonly save: (request: SaveRequest) => Promise<{ readonly revision: number; readonly savedAt: number }>;
  /** A document as a project of its own, with a name. @returns its id. */
  readonly add: (document: ProjectDocument, id: string, title: string) => Promise<void>;
  readonly remove: (id: string) => Promise<string>;
  /** Lets everything go. */
  readonly dispose: () => Promise<void>;
}

export interface ProjectsOptions {
  readonly folder: string;
  readonly version: string;
  readonly registry: Registry;
  readonly now: () => number;
  readonly processes?: Processes;
}

/** What is known of a project between two saves: only what changed crosses. */
interface Held {
  readonly lock: ProjectLock;
  readonly parts: Map<string, Uint8Array>;
  cover: Uint8Array | null;
  revision: number;
  models: readonly ProjectModel[];
  path: string | null;
  /** Of the file as it was written or read last: another program may have written it since. */
  state: string | null;
  last: Promise<unknown>;
}

export function createProjects(options: ProjectsOptions): Projects {
  const { version, registry, now, processes = realProcesses } = options;
  const folder = createProjectFolder(options.folder, now);
  const held = new Map<string, Held>();

  async function read(id: string) {
    const path = await folder.find(id);
    const document = path === null ? null : await readProject(path);
    if (path === null || document === null) throw noProject(id);
    return { ...document, path };
  }

  async function summaryOf(id: string, path: string): Promise<ProjectSummary | null> {
    const found = await readSummary(path);
    if (found === null) return null;
    const { title, revision, savedAt, models } = found.about;
    const cover = found.cover === null ? null : await coverPictures(found.cover);
    const isOpen = held.has(id) || (await isLocked(folder.lockOf(id), processes));
    return { id, title, revision, savedAt, models: models.map((model) => model.title), cover, isOpen };
  }

  async function write(path: string, document: ProjectDocument): Promise<string> {
    await folder.prepare();
    await writeAtomic(path, encodeProject(document), { keepPrevious: true });
    return stateOf(path);
  }

  async function saveNow(mine: Held, request: SaveRequest) {
    const { project: id, title, notes } = request;
    if (request.revision !== mine.revision) throw changedElsewhere('another save came first');
    if (!(await mine.lock.isOurs())) throw changedElsewhere('another window has taken it');
    const seen = mine.path === null ? null : await stateOf(mine.path).catch(() => null);
    if (seen !== mine.state) throw changedElsewhere('its file was changed by another program');
    const parts = new Map(mine.parts);
    for (const [name, bytes] of Object.entries(request.parts)) {
      if (isNothing(bytes)) parts.delete(name);
      else parts.set(name, bytes.slice());
    }
    const models = await noteModels(request.models, mine.models, registry);
    const cover = request.cover === null ? mine.cover : await coverPng(request.cover);
    const revision = mine.revision + 1;
    const savedAt = now();
    const about = { app: version, id, title, notes, revision, savedAt, models: [...models] };
    const path = folder.pathOf(id, title !== null);
    const state = await write(path, { about, parts, cover });
    if (mine.path !== null && mine.path !== path) await folder.forget(mine.path);
    mine.parts.clear();
    for (const [name, bytes] of parts) mine.parts.set(name, bytes);
    Object.assign(mine, { cover, revision, models, path, state });
    return { revision, savedAt };
  }

  return {
    folder,
    read,
    async list() {
      const projects: ProjectSummary[] = [];
      const damaged: { id: string; sentence: string }[] = [];
      for (const { id, path } of await folder.list()) {
        try {
          const summary = await summaryOf(id, path);
          if (summary !== null) projects.push(summary);
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          damaged.push({ id, sentence: error.sentence });
        }
      }
      return { projects: projects.sort((a, b) => b.savedAt - a.savedAt), damaged };
    },
    async open(id) {
      const { about, parts, recovered } = await read(id);
      const { title, notes, revision, savedAt } = about;
      const models = [];
      let given: readonly (readonly [string, Uint8Array])[] = [...parts];
      for (const model of about.models) {
        const standing = await standingOf(model, registry);
        if (standing.kind === 'elsewhere')
          given = given.map(([name, part]) => [name, withModelId(part, model.id, standing.id)]);
        models.push({ ...model, standing });
      }
      return { id, title, notes, revision, savedAt, parts: Object.fromEntries(given), models, recovered };
    },
    async hold(id) {
      const lock = await acquireLock(folder.lockOf(id), processes);
      if (lock === null) return null;
      try {
        const path = await folder.find(id);
        const document = path === null ? null : await readProject(path);
        const mine: Held = {
          lock,
          parts: new Map(document?.parts),
          cover: document?.cover ?? null,
          revision: document?.about.revision ?? 0,
          models: document?.about.models ?? [],
          path,
          state: path === null ? null : await stateOf(path),
          last: Promise.resolve(),
        };
        held.set(id, mine);
        return {
          holder: lock.token,
          revision: mine.revision,
          async release() {
            if (held.get(id) === mine) held.delete(id);
            await mine.last.catch(() => undefined);
            await lock.release();
          },
        };
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
    async isNamed(id) {
      const own = (await folder.list()).map(({ path }) => path);
      for (const path of [...own, ...(await folder.removed())]) {
        const document = await readProject(path);
        for (const part of document?.parts.values() ?? []) if (Buffer.from(part).includes(id)) return true;
      }
      return false;
    },
    isHeld: (id) => isLocked(folder.lockOf(id), processes),
    save(request) {
      const mine = held.get(request.project);
      if (mine === undefined || mine.lock.token !== request.holder)
        return Promise.reject(changedElsewhere('this window does not hold it'));
      const work = mine.last.then(
        () => saveNow(mine, request),
        () => saveNow(mine, request),
      );
      mine.last = work;
      return work;
    },
    async add({ about, parts, cover }, id, title) {
      await write(folder.pathOf(id, true), {
        about: { ...about, app: version, id, title, revision: 1, savedAt: now() },
        parts,
        cover,
      });
    },
    async remove(id) {
      const lock = await acquireLock(folder.lockOf(id), processes);
      if (lock === null) {
        throw new AppError({
          code: 'store/held',
          headline: 'The project is open in another window',
          remedy: 'close it there first',
        });
      }
      try {
        return await folder.remove(id);
      } finally {
        await lock.release();
      }
    },
    async dispose() {
      const all = [...held.values()];
      held.clear();
      for (const { last, lock } of all) {
        await last.catch(() => undefined);
        await lock.release();
      }
    },
  };
}

async function stateOf(path: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(path);
  return [size, mtimeMs, ctimeMs, ino].join();
}

const isNothing = (part: Uint8Array): boolean =>
  part.length === 4 && new TextDecoder().decode(part) === 'null';

const changedElsewhere = (cause: string): AppError =>
  new AppError({
    code: 'store/revision',
    headline: 'The project was not saved',
    cause,
    remedy: 'duplicate it to keep what this window holds, or open it again',
  });
