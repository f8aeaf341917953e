// The engine: state, models and handlers in one place, for whichever process hosts it. It loads nothing until it is asked.
import { join } from 'node:path';
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import { createOwnDirections } from './attributes/own-directions';
import { attributeHandlers } from './handlers/attribute-handlers';
import { dataHandlers } from './handlers/data-handlers';
import { engineHandlers } from './handlers/engine-handlers';
import { exportHandlers, modelExportHandlers } from './handlers/export-handlers';
import { importHandlers } from './handlers/import-handlers';
import { libraryHandlers } from './handlers/library-handlers';
import { latentHandlers } from './handlers/latent-handlers';
import { mapHandlers } from './handlers/map-handlers';
import { modelHandlers } from './handlers/model-handlers';
import { projectHandlers } from './handlers/project-handlers';
import { trainHandlers } from './handlers/train-handlers';
import { walkHandlers } from './handlers/walk-handlers';
import { createLeftUploads } from './datasets/left-uploads';
import { createUploads } from './datasets/uploads';
import { createKeptExports } from './export/kept-exports';
import { createEstimator } from './jobs/estimates';
import { createDownload } from './importing/download';
import { removeBrought } from './importing/brought-files';
import { createImports, type StartInspector } from './importing/imports';
import { createJobs } from './jobs/jobs';
import { noTrainers, type Trainers } from './jobs/trainers';
import { bundledIn, createLibrary } from './library/library';
import { createBroughtToMaps } from './maps/brought-pictures';
import { createKeptMaps } from './maps/kept-maps';
import type { RunMapJob } from './maps/map-job';
import { mapJobsHere } from './maps/map-threads';
import { createOpenModels } from './open-models';
import { createProjects } from './projects/projects';
import { bundledIds, createRegistry } from './registry';
import { bundledModelsFolder, libraryFolder, projectsFolder } from './store/paths';
import { createTestPictures } from './test-pictures';

export interface EngineOptions {
  /** The folder of the app itself, with models/ in it. */
  readonly appRoot: string;
  /** The person's own folder: library, attached data. Made when something is first written. */
  readonly userData: string;
  /** A folder where data sets lie, if the person named one. */
  readonly dataFolder: string | null;
  readonly version: string;
  /** How trainings are run; null in a process that has no parent to run them. */
  readonly trainers: Trainers | null;
  /** Starts a process that looks at a stranger's file. */
  readonly startInspector: StartInspector;
  /** Threads for the jobs of maps; without them they are done in this one, as in tests. */
  readonly mapJobs?: RunMapJob;
}

export interface Engine {
  readonly handlers: Handlers<EngineApi>;
  /** The id by which a pack is known here that lies in a folder of its own. Only for a folder that a person named. */
  admit(folder: string): Promise<string>;
  dispose(): Promise<void>;
}

export function createEngine({
  appRoot,
  userData,
  dataFolder,
  version,
  trainers,
  startInspector,
  mapJobs = mapJobsHere,
}: EngineOptions): Engine {
  const library = libraryFolder(userData);
  const jobs = createJobs({ jobs: join(userData, 'jobs'), library }, trainers ?? noTrainers);
  const registry = createRegistry({
    bundled: bundledModelsFolder(appRoot),
    library,
    moments: () => jobs.epochFolders(),
  });
  const models = createOpenModels(registry);
  const own = createLibrary(
    { library, trash: join(userData, 'trash'), isBundled: bundledIn(bundledModelsFolder(appRoot)) },
    registry,
    Date.now,
  );
  const brought = { uploads: join(userData, 'uploads'), downloads: join(userData, 'downloads') };
  const imports = createImports({
    start: startInspector,
    // what cannot be removed now is a copy that takes room, and no reason to fail
    onEnd: (path) => void removeBrought(path, brought).catch(() => undefined),
    places: async () => ({ library, taken: await bundledIds(bundledModelsFolder(appRoot)) }),
  });
  const kept = createKeptExports(Date.now);
  const projects = createProjects({ folder: projectsFolder(userData), version, registry, now: Date.now });
  const toMaps = createBroughtToMaps(join(userData, 'map-data'), Date.now);
  // a project that cannot be read may name anything: then all stays, and the next start tries again
  const swept = toMaps.sweep((id) => projects.isNamed(id)).catch(() => undefined);
  const uploads = createLeftUploads({
    folder: brought.uploads,
    named: async () => [...(await jobs.abouts()), ...imports.paths()],
    now: Date.now,
  });
  const sweptUploads = uploads.sweep();
  const pictures = createTestPictures({ attached: join(userData, 'data'), data: dataFolder });
  return {
    handlers: {
      ...engineHandlers(version),
      ...modelHandlers(registry, models, pictures),
      ...libraryHandlers(own, registry, models, join(userData, 'cache', 'samples')),
      ...latentHandlers(models),
      ...attributeHandlers(models, createOwnDirections(join(userData, 'directions'))),
      ...dataHandlers(models, pictures),
      ...trainHandlers(
        jobs,
        createEstimator(trainers ?? noTrainers),
        createUploads(brought.uploads, toMaps),
        uploads,
      ),
      ...importHandlers(imports, createDownload(brought.downloads)),
      ...exportHandlers,
      ...modelExportHandlers(registry, kept),
      ...walkHandlers(models, kept),
      ...mapHandlers(
        models,
        { run: mapJobs, kept: createKeptMaps(join(userData, 'cache', 'maps')), pictures },
        toMaps,
      ),
      ...projectHandlers(projects, registry, kept, (path) => removeBrought(path, brought)),
    },
    admit: async (folder) => (await registry.admit(folder)).manifest.id,
    async dispose() {
      imports.dispose();
      await swept;
      await sweptUploads;
      await projects.dispose();
      await models.dispose();
    },
  };
}
