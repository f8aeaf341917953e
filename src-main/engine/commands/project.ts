// project: a project file without the window: what is in it, its pictures byte for byte as the window saves them, and the file for another
// machine.
import { extname } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import type { FilmFormat } from '#shared/film';
import type { ModelStanding, ShownPictures, ShownPoint } from '#shared/project';
import { projectId, shownPictures } from '#shared/project-schema';
import { parserOf } from '#shared/schema';
import { walkFromJson } from '#shared/walk-schema';
import { openProjectFile, packProject } from '../projects/travelling-projects';
import { partFigures } from '../projects/project-figures';
import type { FoundProject } from '../projects/project-file';
import { createProjectFolder } from '../projects/project-folder';
import { standingOf, withModelId } from '../projects/project-models';
import { createRegistry, type Registry } from '../registry';
import { writeAtomic } from '../store/atomic';
import { bundledModelsFolder, libraryFolder, projectsFolder } from '../store/paths';
import { formatBytes } from '../store/store-errors';
import { command, text, type Answer, type CommandContext } from './command';

const FILMS: Readonly<Record<string, FilmFormat>> = {
  ...{ '.gif': 'gif', '.webp': 'webp', '.mp4': 'mp4', '.webm': 'webm' },
  ...{ '.png': 'strip', '.zip': 'png-sequence', '.json': 'json' },
};
const RATE = 30;

export const projectCommand = command({
  usage: 'project <action> <file>',
  describe:
    'info: what is in a project; render: its pictures as the window saves them; export: a file for another machine',
  options: [
    { flag: '--what <place>', describe: 'render: explore, arithmetic or walk', default: 'explore' },
    { flag: '--with-models', describe: 'export: with the models inside' },
    { flag: '--out <file>', describe: 'render: a PNG, of a walk also a film; export: a .latentscape file' },
  ],
  examples: [
    'project info faces.latentscape --json',
    'project render faces.latentscape --what arithmetic --out sum.png',
    'project export faces.latentscape --with-models --out faces-whole.latentscape',
  ],
  input: z.object({
    action: z.enum(['info', 'render', 'export']),
    file: text,
    what: z.enum(['explore', 'arithmetic', 'walk']),
    withModels: z.boolean().default(false),
    out: text.optional(),
  }),
  async run({ action, file, what, withModels, out }, context) {
    const { userData, appRoot } = context.paths;
    const registry = createRegistry({
      bundled: bundledModelsFolder(appRoot),
      library: libraryFolder(userData),
    });
    const project = await openProjectFile(await pathOf(file, userData));
    if (action === 'info') return info(file, project, registry);
    if (out === undefined) throw needsOut(action);
    if (action === 'render') return render({ file, project, registry, what, out }, context);
    const packed = await packProject(project, registry, withModels);
    await writeAtomic(out, packed.bytes, { mode: 0o644 });
    const models = withModels ? project.about.models.map(({ id }) => id) : [];
    return {
      json: { project: file, file: out, bytes: packed.bytes.byteLength, models },
      lines: [
        `${titleOf(project)}: ${out}, ${formatBytes(packed.bytes.byteLength)}${models.length === 0 ? '' : `, with ${models.join(', ')}`}`,
      ],
    };
  },
});

/** A file, or a project of the person's own by its id. */
async function pathOf(file: string, userData: string): Promise<string> {
  if (!projectId.safeParse(file).success) return file;
  const own = createProjectFolder(projectsFolder(userData), Date.now);
  return (await own.find(file)) ?? file;
}

async function info(
  file: string,
  { about, parts, inside }: FoundProject,
  registry: Registry,
): Promise<Answer> {
  const figures = [...parts].map(([name, bytes]) => partFigures(name, bytes));
  const models = [];
  for (const model of about.models)
    models.push({ ...model, standing: await standingOf(model, registry), inside: inside.includes(model.id) });
  const sum = (of: 'steps' | 'points'): number => figures.reduce((total, figure) => total + figure[of], 0);
  const { id, title, notes, revision, savedAt, app } = about;
  return {
    json: {
      ...{ file, id, title, notes, revision, savedAt, app },
      ...{ steps: sum('steps'), points: sum('points'), parts: figures, models },
    },
    lines: [
      `${title ?? 'Unnamed project'}, revision ${revision}, saved ${new Date(savedAt).toISOString()} by Latentscape ${app}`,
      ...figures.map(
        ({ name, bytes, steps, points }) =>
          `  ${name}: ${counted(steps, 'step')}, ${counted(points, 'point')}, ${formatBytes(bytes)}`,
      ),
      ...models.map((model) => `  model ${model.id}, “${model.title}”: ${standingWords(model)}`),
      ...(notes === '' ? [] : ['', notes]),
    ],
  };
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function standingWords({
  standing,
  inside,
}: {
  readonly standing: ModelStanding;
  readonly inside: boolean;
}): string {
  const also = inside ? ', and it lies in the file' : '';
  switch (standing.kind) {
    case 'there':
      return `in your library${also}`;
    case 'elsewhere':
      return `in your library as ${standing.id}${also}`;
    case 'changed':
      return `another model is in your library under this id${also}`;
    case 'missing':
      return `not in your library${also}`;
  }
}

interface Render {
  readonly file: string;
  readonly project: FoundProject;
  readonly registry: Registry;
  readonly what: keyof ShownPictures;
  readonly out: string;
}

async function render(order: Render, context: CommandContext): Promise<Answer> {
  const { file, what, out } = order;
  const shown = await shownOf(order);
  const part = shown[what];
  if (part === undefined) {
    const there = Object.keys(shown);
    throw new AppError({
      code: 'input/project',
      headline: 'The project shows nothing there',
      where: what,
      remedy: there.length === 0 ? 'it has no pictures yet' : `choose ${there.join(' or ')}`,
    });
  }
  const { model, bytes } =
    what === 'walk' ? await film(part, order, context) : await picture(part as ShownPoint, context);
  await writeAtomic(out, bytes, { mode: 0o644 });
  return {
    json: { project: file, what, model, file: out, bytes: bytes.byteLength },
    lines: [`${what} of ${titleOf(order.project)}, by ${model}: ${out}`],
  };
}

/** In the words of this library: a model that is here under another id is called by that. */
async function shownOf({ project, registry, file }: Render): Promise<ShownPictures> {
  let part = project.parts.get('shown') ?? new TextEncoder().encode('{}');
  for (const model of project.about.models) {
    const standing = await standingOf(model, registry);
    if (standing.kind === 'elsewhere') part = withModelId(part, model.id, standing.id);
    const isShown = new TextDecoder().decode(part).includes(JSON.stringify(model.id));
    if (!isShown || standing.kind === 'there' || standing.kind === 'elsewhere') continue;
    throw new AppError({
      code: 'model/unknown',
      headline:
        standing.kind === 'missing'
          ? 'A model of the project is not in your library'
          : 'The model of this id in your library is not the one that the project was made with',
      where: model.id,
      remedy: project.inside.includes(model.id)
        ? `it lies in the file: import ${file}`
        : `get it first; it came from ${model.provenance || 'a place that is not written down'}`,
    });
  }
  return parseShown(JSON.parse(new TextDecoder().decode(part)));
}

const parseShown: (value: unknown) => ShownPictures = parserOf(shownPictures);

async function picture({ model, z: numbers, condition, layout }: ShownPoint, { call }: CommandContext) {
  const z = Float32Array.from(numbers);
  const { count, width, height, rgba } = await call('latent/decode', { model, z, condition });
  const { png } = await call('export/png', { count, width, height, rgba, ...layout });
  return { model, bytes: png };
}

async function film(written: unknown, { out, file }: Render, { call }: CommandContext) {
  const format = FILMS[extname(out).toLowerCase()];
  if (format === undefined)
    throw new AppError({
      code: 'usage/out',
      headline: 'A walk cannot be saved as this kind of file',
      where: out,
      remedy: `choose ${Object.keys(FILMS).join(', ')}`,
    });
  const { model, walk } = walkFromJson(written, file);
  const made = await call('walks/export', { model, walk, format, fps: RATE, loop: walk.closed });
  const bytes = new Uint8Array(made.size);
  for (let offset = 0; offset < made.size;) {
    const { piece } = await call('models/piece', { file: made.file, offset });
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return { model, bytes };
}

const titleOf = ({ about }: FoundProject): string => about.title ?? 'Unnamed project';

const needsOut = (action: string): AppError =>
  new AppError({
    code: 'usage/option',
    headline: 'An option is missing',
    where: '--out <file>',
    cause: `where what ${action} makes goes`,
    remedy: "see 'latentscape project --help'",
  });
