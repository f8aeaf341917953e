// Project files that lie: the zip around them, what they say of themselves, and their parts.
import { createHash } from 'node:crypto';
import { encodeProject } from '#engine/projects/project-file';
import { unzipSync } from 'fflate';
import { json, partOf, text, type Base, type Files, type Recipe, type Verdict } from '../corpus';
import { zipOf } from '../zip-files';
import { genericRecipes } from './generic';
import { archives, entriesOf } from './zip';

const FILE = 'work.latentscape';
const ABOUT = 'project.json';
const PART = 'parts/explore.json';

/** Mutants are made of what lies in the zip; the checksums are those of what is there, or they would stop nearly all of them. */
export const projectBase = (): Promise<Base> =>
  Promise.resolve({ parts: new Map(Object.entries(unzipSync(smallProject()))), seal, open: FILE });

function smallProject(): Uint8Array {
  const about = { app: '0.1.0', id: 'a'.repeat(24), title: 'Faces', notes: 'Two of them.', revision: 3 };
  const model = {
    id: 'heads-vae',
    title: 'Heads',
    generator: 'ab'.repeat(32),
    licence: 'MIT',
    provenance: '',
  };
  const entry = { id: 0, parent: null, label: 'Start', spec: { z: [0.5, -1], condition: null } };
  const histories = { 'heads-vae': { current: 0, onward: [], entries: [entry] } };
  return encodeProject({
    about: { ...about, savedAt: 1_700_000_000_000, models: [model] },
    parts: new Map([['explore', json({ histories })]]),
    cover: null,
  });
}

function seal(parts: Files): Files {
  const files = new Map(parts);
  const about = parsed(files.get(ABOUT));
  if (about !== null) {
    const others = [...files].filter(([name]) => name !== ABOUT);
    files.set(
      ABOUT,
      json({ ...about, files: Object.fromEntries(others.map(([name, bytes]) => [name, hashOf(bytes)])) }),
    );
  }
  return new Map([[FILE, zipOf(entriesOf(files))]]);
}

function parsed(bytes: Uint8Array | undefined): object | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function projectRecipes(base: Base): Promise<readonly Recipe[]> {
  const about = parsed(partOf(base.parts, ABOUT)) as Record<string, unknown>;
  const sealed = new Map<string, Uint8Array>(Object.entries(unzipSync(partOf(seal(base.parts), FILE))));
  const put = (
    name: string,
    changes: Readonly<Record<string, Uint8Array | null>>,
    verdict: Verdict = 'refused',
  ) => {
    const files = new Map(sealed);
    for (const [path, bytes] of Object.entries(changes)) {
      if (bytes === null) files.delete(path);
      else files.set(path, bytes);
    }
    return { name, verdict, files: () => new Map([[FILE, zipOf(entriesOf(files))]]) };
  };
  const files = { [PART]: hashOf(partOf(sealed, PART)) };
  const says = (name: string, changes: object, verdict: Verdict = 'refused'): Recipe =>
    put(name, { [ABOUT]: json({ ...about, files, ...changes }) }, verdict);
  /** A part that its description agrees with. */
  const holds = (name: string, part: Uint8Array, verdict: Verdict = 'refused'): Recipe =>
    put(name, { [PART]: part, [ABOUT]: json({ ...about, files: { [PART]: hashOf(part) } }) }, verdict);
  const hash = 'ab'.repeat(32);
  return [
    ...(await genericRecipes(base, FILE)),
    ...archives(FILE, entriesOf(sealed), 'refused'),
    put('no description', { [ABOUT]: null }),
    put('no part', { [PART]: null }),
    put('a part that was changed', { [PART]: text('{}') }),
    put('a description of another file beside it', { 'notes/project.json': text('{}') }, 'either'),
    ...['', '{', 'null', '5', '[]', '{}', '{"format":5}', '{"__proto__":1}', '{"format":1,"format":2}'].map(
      (written) => put(`a description ${written}`, { [ABOUT]: text(written) }),
    ),
    says('a newer version', { format: 'latentscape-project/2' }),
    says('a version of many digits', { format: `latentscape-project/${'9'.repeat(60)}` }),
    says('version 0', { format: 'latentscape-project/0' }),
    says('a format of others', { format: 'invoke-project/1' }),
    says('fields that nobody knows', { colour: 'green' }, 'opened'),
    says('an id that leads out', { id: '../../../etc/passwd' }),
    says('a title of two lines', { title: 'a\nb' }),
    says('a title that turns', { title: '\u202egnp' }),
    says('a title with a script', { title: '<img src=x onerror=alert(1)>' }, 'opened'),
    says('a title of 1 MB', { title: 'x'.repeat(2 ** 20) }),
    says('notes of 1 MB', { notes: 'x'.repeat(2 ** 20) }),
    says('a revision below 0', { revision: -1 }),
    says('a revision of 1e308', { revision: 1e308 }),
    says('a moment that no calendar has', { savedAt: 1e17 }),
    says('models that are none', { models: 5 }),
    says('a model that leads out', {
      models: [{ id: '../x', title: 'x', generator: hash, licence: '', provenance: '' }],
    }),
    says('a million models', { models: Array.from({ length: 1000 }, () => null) }),
    says('a part that leads out', { files: { ...files, 'parts/../../x.json': hash } }),
    says('a part of a reserved name', { files: { ...files, 'parts/constructor.json': hash } }),
    says('a cover that is not there', { files: { ...files, 'cover.png': hash } }),
    holds('a part that is no JSON', text('{"histories":')),
    holds('a part 10,000 deep', text('['.repeat(10_000))),
    holds('a part with a name twice', text('{"a":1,"a":2}')),
    holds('a part that is no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)),
    holds('a part of another shape', text('[1,2,3]'), 'opened'), // it is for the window to say so
  ];
}
