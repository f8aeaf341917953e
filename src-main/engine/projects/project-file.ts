/**
 * A project as a file: a zip of project.json (what it is, and the SHA-256 of the rest), parts/<name>.json, cover.png, and models/<id>/…
 * where a person asked for them. Anybody may have written it: it is data, read by the same rules as every stranger's zip.
 */
import { createHash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import { AppError } from '#shared/errors';
import { PROJECT_VERSION } from '#shared/project';
import { partName, projectAbout, type ProjectAbout } from '#shared/project-schema';
import { openZip, type OpenZip } from '../datasets/zip-file';
import { previousOf } from '../store/atomic';
import { errorCode } from '../store/file-port';
import {
  MAX_COVER_BYTES,
  MAX_PROJECT_ABOUT_BYTES,
  MAX_PROJECT_ENTRIES,
  MAX_PROJECT_FILE_BYTES,
  MAX_PROJECT_PART_BYTES,
} from '../store/limits';
import { isJsonObject, parseStrictJson } from '../store/strict-json';

export interface ProjectDocument {
  readonly about: Omit<ProjectAbout, 'files' | 'format'>;
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** A small PNG. */
  readonly cover: Uint8Array | null;
}

export interface FoundProject extends ProjectDocument {
  /** Ids of the models that lie in the file. */
  readonly inside: readonly string[];
  /** Why it is the generation before the last; null for the last. */
  readonly recovered: string | null;
}

const ABOUT = 'project.json';
const COVER = 'cover.png';
const PART = /^parts\/([a-z0-9-]+)\.json$/;
const MODEL = /^models\/([a-z0-9][a-z0-9._-]{0,63})\/manifest\.json$/;
export const partFile = (name: string): string => `parts/${name}.json`;

/** Packing harder than this is slower than the disk: a project is saved a second after every edit. */
const HARD = 6;
const QUICK = 1;
const QUICK_FROM = 32 * 1024;
/** The first moment that a zip can tell: the description says when it was saved. */
const NO_TIME = new Date(1980, 0, 1);

/** `models` are laid in as they are, under models/. */
export function encodeProject(
  { about, parts, cover }: ProjectDocument,
  models: ReadonlyMap<string, Uint8Array> = new Map(),
): Uint8Array {
  const own = new Map([...parts].map(([name, bytes]) => [partFile(name), bytes] as const));
  if (cover !== null) own.set(COVER, cover);
  const files = Object.fromEntries([...own].map(([name, bytes]) => [name, hashOf(bytes)]));
  const format = `latentscape-project/${PROJECT_VERSION}` as const;
  const json = new TextEncoder().encode(
    `${JSON.stringify({ format, ...about, files } satisfies ProjectAbout, null, 1)}\n`,
  );
  const entries: Zippable = { [ABOUT]: [json, { level: HARD }] };
  for (const [name, bytes] of own)
    entries[name] = [bytes, { level: name === COVER ? 0 : bytes.byteLength > QUICK_FROM ? QUICK : HARD }];
  for (const [name, bytes] of models) entries[`models/${name}`] = [bytes, { level: 0 }];
  return zipSync(entries, { mtime: NO_TIME });
}

/** The last generation, or, where that is damaged, the one before it. Null where there is none. */
export async function readProject(path: string): Promise<FoundProject | null> {
  return withGenerations(path, (at) => readWhole(at));
}

/** Without its parts: what a list shows. */
export async function readSummary(path: string): Promise<Omit<FoundProject, 'parts'> | null> {
  return withGenerations(path, (at) => withZip(at, (zip) => readHead(zip, at)));
}

async function withGenerations<T extends object>(
  path: string,
  read: (path: string) => Promise<T>,
): Promise<(T & { readonly recovered: string | null }) | null> {
  if (!(await isThere(path))) return null;
  try {
    return { ...(await read(path)), recovered: null };
  } catch (error) {
    const previous = previousOf(path);
    // one of a newer version is whole: its older state is not what a person means
    if (!(error instanceof AppError) || error.code === NEWER || !(await isThere(previous))) throw error;
    const found = await read(previous).catch(() => {
      throw error;
    });
    return { ...found, recovered: error.detail ?? error.headline };
  }
}

async function readWhole(path: string): Promise<Omit<FoundProject, 'recovered'>> {
  return withZip(path, async (zip) => {
    const head = await readHead(zip, path);
    const parts = new Map<string, Uint8Array>();
    for (const name of Object.keys(head.files)) {
      const part = PART.exec(name)?.[1];
      if (part === undefined) continue;
      const bytes = await readFile(zip, path, name, MAX_PROJECT_PART_BYTES, head.files);
      // held against the rules here, where a sentence can still name the file
      parseStrictJson(bytes, { code: DAMAGED, where: name, maxBytes: MAX_PROJECT_PART_BYTES });
      parts.set(part, bytes);
    }
    const { files: _, ...rest } = head;
    return { ...rest, parts };
  });
}

async function readHead(zip: OpenZip, path: string) {
  const json = await readFile(zip, path, ABOUT, MAX_PROJECT_ABOUT_BYTES, null);
  const raw = parseStrictJson(json, { code: DAMAGED, where: ABOUT, maxBytes: MAX_PROJECT_ABOUT_BYTES });
  checkVersion(isJsonObject(raw) ? raw['format'] : undefined, isJsonObject(raw) ? raw['app'] : null, path);
  const parsed = projectAbout.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    // in the words of a schema what is missing is "undefined", which is no word for people
    const why = issue?.message.includes('received undefined') === true ? 'is missing' : issue?.message;
    throw damaged(path, `${ABOUT}: ${field === '' ? 'it' : field} ${why ?? 'is wrong'}`);
  }
  const { format: _, files, ...about } = parsed.data;
  for (const name of Object.keys(files))
    if (name !== COVER && !partName.safeParse(PART.exec(name)?.[1]).success)
      throw damaged(path, `it lists ${name}, which is no part of a project`);
  const cover = Object.hasOwn(files, COVER) ? await readFile(zip, path, COVER, MAX_COVER_BYTES, files) : null;
  const inside = zip.entries.flatMap(({ name }) => MODEL.exec(name)?.[1] ?? []);
  return { about, cover, inside, files };
}

function checkVersion(format: unknown, app: unknown, path: string): void {
  const version =
    typeof format === 'string' ? /^latentscape-project\/(\d{1,6})$/.exec(format)?.[1] : undefined;
  if (version === undefined)
    throw damaged(path, `its ${ABOUT} does not say that it is a project of Latentscape`);
  if (Number(version) <= PROJECT_VERSION) return;
  throw new AppError({
    code: NEWER,
    headline: 'The project was made by a newer Latentscape',
    where: basename(path),
    cause: `it is of format ${version}${typeof app === 'string' ? `, of Latentscape ${app.slice(0, 40)}` : ''}, and this one knows up to ${PROJECT_VERSION}`,
    remedy: 'update Latentscape; the file is left as it is',
  });
}

async function readFile(
  zip: OpenZip,
  path: string,
  name: string,
  limit: number,
  hashes: Readonly<Record<string, string>> | null,
): Promise<Uint8Array> {
  const entry = zip.entries.find((one) => one.name === name);
  if (entry === undefined) throw damaged(path, `it has no ${name}`);
  if (entry.isLink) throw damaged(path, `${name} is a link`);
  if (entry.size > limit)
    throw damaged(path, `${name} unpacks to ${entry.size} bytes, and at most ${limit} are read`);
  const bytes = await entry.read();
  if (hashes !== null && hashOf(bytes) !== hashes[name])
    throw damaged(path, `${name} does not match its checksum`);
  return bytes;
}

/** Zips are read for data to train on as well, and their errors speak of that. */
export async function withZip<T>(path: string, body: (zip: OpenZip) => Promise<T>): Promise<T> {
  const info = await lstat(path).catch((error: unknown) => {
    throw damaged(path, errorCode(error) === 'ENOENT' ? 'it is not there' : errorCode(error));
  });
  if (!info.isFile()) throw damaged(path, 'it is not a plain file');
  if (info.size > MAX_PROJECT_FILE_BYTES) throw damaged(path, `it is ${info.size} bytes long`);
  try {
    const zip = await openZip(path, { inside: 'checked', most: MAX_PROJECT_ENTRIES });
    try {
      return await body(zip);
    } finally {
      zip.close();
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === NEWER || error.headline === HEADLINE) throw error;
    const at = error.where === undefined || error.where === basename(path) ? '' : `${error.where}: `;
    throw damaged(path, `${at}${error.detail ?? error.headline}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return false;
      throw damaged(path, errorCode(error));
    },
  );
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const NEWER = 'input/project-newer';
const DAMAGED = 'input/project';
const HEADLINE = 'The project cannot be opened';

export const damaged = (path: string, cause: string): AppError =>
  new AppError({
    code: DAMAGED,
    headline: HEADLINE,
    where: basename(path),
    cause,
    remedy: 'open a copy of it if you have one; the file is left as it is',
  });
