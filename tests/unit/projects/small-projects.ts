// A home with the bundled models, and projects in it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Processes } from '#engine/projects/process-identity';
import type { ProjectDocument } from '#engine/projects/project-file';
import { createProjects, type HeldProject, type Projects, type SaveRequest } from '#engine/projects/projects';
import { createRegistry, type Registry } from '#engine/registry';

export const appRoot = resolve(import.meta.dirname, '..', '..', '..');
export const MODEL = 'digits-vae-2d';
export const A = 'a'.repeat(24);
export const B = 'b'.repeat(24);

export interface Home {
  readonly root: string;
  readonly folder: string;
  readonly registry: Registry;
  /** Another engine on the same home. */
  readonly engine: (processes?: Processes) => Projects;
  readonly remove: () => Promise<void>;
}

/** `bundled`: with the models that come with the app. */
export async function createHome(bundled = true): Promise<Home> {
  const root = await mkdtemp(join(tmpdir(), 'latentscape-projects-'));
  const folder = join(root, 'projects');
  const registry = createRegistry({
    bundled: join(bundled ? appRoot : root, bundled ? 'models' : 'none'),
    library: join(root, 'models'),
  });
  let clock = 1_700_000_000_000;
  return {
    root,
    folder,
    registry,
    engine: (processes) =>
      createProjects({
        ...{ folder, version: '0.0.1', registry, now: () => clock++ },
        ...(processes === undefined ? {} : { processes }),
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

export const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
export const parsed = (bytes: Uint8Array | undefined): unknown =>
  JSON.parse(new TextDecoder().decode(bytes)) as unknown;

export const request = (
  { holder, revision }: Pick<HeldProject, 'holder' | 'revision'>,
  changes: Partial<SaveRequest> = {},
): SaveRequest => ({
  project: A,
  holder,
  revision,
  title: null,
  notes: '',
  models: [MODEL],
  parts: { explore: json({ at: 1 }) },
  cover: null,
  ...changes,
});

export const documentOf = (changes: Partial<ProjectDocument['about']> = {}): ProjectDocument => ({
  about: {
    ...{ app: '0.0.1', id: A, title: 'Two faces', notes: 'A note.', revision: 3, savedAt: 1_700_000_000_000 },
    models: [],
    ...changes,
  },
  parts: new Map([
    ['explore', json({ histories: { [MODEL]: [1, 2.5] } })],
    ['arithmetic', json({ wells: [] })],
  ]),
  cover: null,
});
