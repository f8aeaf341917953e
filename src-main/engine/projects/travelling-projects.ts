// Projects on their way to another machine and from it: one file, with the models inside where a person wants that.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '#shared/errors';
import { PROJECT_ENDING } from '#shared/project';
import { projectTitle } from '#shared/project-schema';
import { MANIFEST_FILE, readPack, readPackFile } from '../pack';
import type { Registry } from '../registry';
import { damaged, encodeProject, readProject, type FoundProject, type ProjectDocument } from './project-file';
import { standingOf } from './project-models';
import type { Projects } from './projects';

export interface TravellingFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** @throws AppError input/project-models where a model that should go along is not there. */
export async function packProject(
  document: ProjectDocument,
  registry: Registry,
  withModels: boolean,
): Promise<TravellingFile> {
  const models = new Map<string, Uint8Array>();
  for (const model of withModels ? document.about.models : []) {
    const standing = await standingOf(model, registry);
    if (standing.kind === 'missing' || standing.kind === 'changed')
      throw cannotGoAlong(model.id, standing.kind);
    const { folder, origin } = await registry.get(standing.kind === 'there' ? model.id : standing.id);
    const pack = await readPack(folder, origin); // as it is now, and every file as it says
    const put = (name: string, bytes: Uint8Array): unknown => models.set(`${model.id}/${name}`, bytes);
    put(MANIFEST_FILE, new Uint8Array(await readFile(join(folder, MANIFEST_FILE))));
    for (const name of Object.keys(pack.manifest.files)) put(name, await readPackFile(pack, name));
  }
  const name = `${fileNameOf(document.about.title)}.${PROJECT_ENDING}`;
  return { name, bytes: encodeProject(document, models) };
}

export interface Arrived {
  readonly project: string;
  /** Ids of the models that lie in the file. */
  readonly inside: readonly string[];
}

/** A project from a file of anybody's, as one of the person's own. Of the models in it nothing is taken: they come by the door of imports. */
export async function takeProject(path: string, projects: Projects): Promise<Arrived> {
  const found = await openProjectFile(path);
  const id = newProjectId();
  await projects.add(found, id, found.about.title ?? titleOfFile(path));
  return { project: id, inside: found.inside };
}

export async function openProjectFile(path: string): Promise<FoundProject> {
  const found = await readProject(path);
  if (found === null) throw damaged(path, 'it is not there');
  if (found.recovered !== null) throw damaged(path, found.recovered); // a file that was handed over has no generations
  return found;
}

export const newProjectId = (): string => randomBytes(12).toString('hex');

function titleOfFile(path: string): string {
  const name = basename(path)
    .replace(new RegExp(`\\.${PROJECT_ENDING}$`, 'i'), '')
    .slice(0, 200);
  return projectTitle.safeParse(name).success ? name : 'Imported project';
}

/** Letters and digits of any script, and a few signs: a name that every system takes. */
function fileNameOf(title: string | null): string {
  const plain = (title ?? '')
    .replace(/[^\p{L}\p{N} ._-]/gu, '')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 80);
  return plain === '' ? 'project' : plain;
}

const cannotGoAlong = (where: string, why: 'missing' | 'changed'): AppError =>
  new AppError({
    code: 'input/project-models',
    headline: 'A model of the project cannot go along',
    where,
    cause:
      why === 'missing'
        ? 'it is not in your library'
        : 'the model of this id in your library is not the one that the project was made with',
    remedy: 'bring it in first, or export the project without its models',
  });
