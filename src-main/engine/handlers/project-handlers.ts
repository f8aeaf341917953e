// projects/*: everything a person made, saved as it is made, held by one window at a time.
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import type { Cancellation } from '#shared/rpc';
import type { HoldEvent } from '#shared/project';
import type { KeptExports } from '../export/kept-exports';
import type { Projects } from '../projects/projects';
import { newProjectId, packProject, takeProject } from '../projects/travelling-projects';
import type { Registry } from '../registry';

type Names = Extract<keyof EngineApi, `projects/${string}`>;

/** A page that is loaded again finds the lock of its former self for a moment. */
const GRACE_MS = 1_000;
const LOOK_MS = 100;
const WAIT_MS = 1_000;

export function projectHandlers(
  projects: Projects,
  registry: Registry,
  kept: KeptExports,
  removeCopy: (path: string) => Promise<void>,
): Pick<Handlers<EngineApi>, Names> {
  return {
    'projects/list': () => projects.list(),
    'projects/open': ({ project }) => projects.open(project),
    'projects/hold': async ({ project }, { send, cancellation }) => {
      await holdUntilCancelled(projects, project, send, cancellation);
      return null;
    },
    'projects/save': (request) => projects.save(request),
    'projects/duplicate': async ({ project, title }) => {
      const id = newProjectId();
      await projects.add(await projects.read(project), id, title);
      return { project: id };
    },
    'projects/remove': async ({ project }) => ({ undo: await projects.remove(project) }),
    'projects/restore': async ({ undo }) => ({ project: await projects.folder.restore(undo) }),
    'projects/export': async ({ project, withModels }) => {
      const file = await packProject(await projects.read(project), registry, withModels);
      return { file: kept.keep(file), name: file.name, size: file.bytes.byteLength };
    },
    'projects/import': async ({ path }) => {
      let isNeeded = false;
      try {
        const arrived = await takeProject(path, projects);
        isNeeded = arrived.inside.length > 0; // then the copy goes with the import of its models
        return arrived;
      } finally {
        // what cannot be removed now is a copy that takes room, and no reason to fail
        if (!isNeeded) await removeCopy(path).catch(() => undefined);
      }
    },
  };
}

async function holdUntilCancelled(
  projects: Projects,
  project: string,
  send: (event: HoldEvent) => void,
  cancellation: Cancellation,
): Promise<void> {
  const started = performance.now();
  let held = await projects.hold(project);
  while (held === null && performance.now() - started < GRACE_MS && !cancellation.cancelled) {
    await pause(LOOK_MS, cancellation);
    held = await projects.hold(project);
  }
  if (held !== null) {
    const { holder, revision, release } = held;
    send({ kind: 'held', holder, revision });
    await new Promise<void>((resolve) => cancellation.onCancel(resolve));
    return release();
  }
  send({ kind: 'busy' });
  while (!cancellation.cancelled && (await projects.isHeld(project))) await pause(WAIT_MS, cancellation);
  send({ kind: 'free' });
}

function pause(ms: number, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    cancellation.onCancel(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
