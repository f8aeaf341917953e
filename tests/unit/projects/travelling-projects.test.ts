import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeptExports } from '#engine/export/kept-exports';
import { projectHandlers } from '#engine/handlers/project-handlers';
import { createImportSession } from '#engine/importing/import-session';
import { readPack, writePack } from '#engine/pack';
import { noteModels } from '#engine/projects/project-models';
import { encodeProject } from '#engine/projects/project-file';
import { openProjectFile, packProject, takeProject } from '#engine/projects/travelling-projects';
import { createCancellation } from '#shared/rpc';
import { appRoot, createHome, documentOf, json, MODEL, parsed, type Home } from './small-projects';

let home: Home;
beforeEach(async () => (home = await createHome(false)));
afterEach(() => home.remove());

const OWN = 'own-digits';
/** A pack of the library, made of the one that came with the app; another model where its generator is another. */
async function own(id: string, change = false, title = 'My digits'): Promise<void> {
  const { manifest, folder } = await readPack(join(appRoot, 'models', MODEL));
  const files = new Map<string, Uint8Array>();
  for (const name of Object.keys(manifest.files))
    files.set(name, new Uint8Array(await readFile(join(folder, name))));
  if (change) files.set(manifest.generator.file, Uint8Array.of(1, 2, 3));
  const { files: _, formatVersion: _version, ...rest } = manifest;
  await mkdir(join(home.root, 'models'), { recursive: true });
  await writePack(join(home.root, 'models', id), { manifest: { ...rest, id, title }, files });
}

const withOwn = async () => {
  const models = [...(await noteModels([OWN], [], home.registry))];
  const shown = {
    explore: { model: OWN, layout: { text: { Latentscape: JSON.stringify({ model: OWN }) } } },
  };
  const document = documentOf({ models });
  return { ...document, parts: new Map([...document.parts, ['shown', json(shown)]]) };
};
const fileAt = async (bytes: Uint8Array, name = 'p.latentscape'): Promise<string> => {
  await writeFile(join(home.root, name), bytes);
  return join(home.root, name);
};
const forget = (id: string): Promise<void> => rm(join(home.root, 'models', id), { recursive: true });

describe('to another machine', () => {
  it('goes as one file, the same for the same project, under its own name', async () => {
    const document = documentOf({ title: 'A/B: “faces” ..' });
    const { name, bytes } = await packProject(document, home.registry, false);
    expect(name).toBe('AB faces.latentscape');
    expect(bytes).toEqual((await packProject(document, home.registry, false)).bytes);
    const found = await openProjectFile(await fileAt(bytes));
    expect(found).toMatchObject({ about: document.about, inside: [], recovered: null });
    expect([...found.parts]).toEqual([...document.parts]);
  });

  it('comes with its model, which is brought in by the door of imports and is found under another id', async () => {
    await own(OWN);
    const { bytes } = await packProject(await withOwn(), home.registry, true);
    const path = await fileAt(bytes);
    await forget(OWN);
    await own(OWN, true); // something else has the id by now

    const projects = home.engine();
    const { project, inside } = await takeProject(path, projects);
    expect(inside).toEqual([OWN]);
    const before = await projects.open(project);
    expect(before.models).toMatchObject([{ id: OWN, standing: { kind: 'changed' } }]);
    expect(await readdir(join(home.root, 'models'))).toEqual([OWN]);

    const session = createImportSession({ library: join(home.root, 'models'), taken: [] });
    const { contract, encoder, title } = await session.open(path, () => undefined);
    const words = { title, licence: 'not stated', provenance: 'a friend' };
    const model = await session.accept({ contract, encoder, ...words });
    await session.dispose();
    expect(model).toBe(`${OWN}-2`);
    const after = await projects.open(project);
    expect(after.models).toMatchObject([{ id: OWN, standing: { kind: 'elsewhere', id: model } }]);
    const { explore } = parsed(after.parts['shown']) as {
      explore: { model: string; layout: { text: { Latentscape: string } } };
    };
    expect(explore.model).toBe(model);
    expect(JSON.parse(explore.layout.text.Latentscape)).toEqual({ model });
  });

  it('has of several models the one brought in that was asked for, under its own title', async () => {
    await own('an-earlier');
    await own(OWN, false, 'My other digits');
    const models = [...(await noteModels(['an-earlier', OWN], [], home.registry))];
    const path = await fileAt((await packProject(documentOf({ models }), home.registry, true)).bytes);
    const session = createImportSession({ library: join(home.root, 'elsewhere'), taken: [] });
    try {
      const { title, path: at, found } = await session.open(path, () => undefined, `models/${OWN}/`);
      expect({ title, at }).toEqual({ title: 'My other digits', at: `models/${OWN}/generator.safetensors` });
      expect(found.filter(({ role }) => role === 'generator').map((network) => network.path)).toEqual([
        'models/an-earlier/generator.safetensors',
        `models/${OWN}/generator.safetensors`,
      ]);
    } finally {
      await session.dispose();
    }
    await expect(
      createImportSession({ library: home.root, taken: [] }).open(path, () => undefined, 'models/none/'),
    ).rejects.toThrow(/No model was recognised/);
  });

  it('leaves no copy behind but that which its models are still brought in from', async () => {
    await own(OWN);
    const removed: string[] = [];
    const removeCopy = (path: string): Promise<void> => Promise.resolve(void removed.push(path));
    const handlers = projectHandlers(home.engine(), home.registry, createKeptExports(Date.now), removeCopy);
    const bring = (path: string) =>
      handlers['projects/import']({ path }, { ...createCancellation(), send: () => undefined });
    const pack = async (withModels: boolean) =>
      (await packProject(await withOwn(), home.registry, withModels)).bytes;
    await bring(await fileAt(await pack(true), 'with.latentscape'));
    expect(removed).toEqual([]);
    const without = await fileAt(await pack(false), 'without.latentscape');
    await bring(without);
    const broken = await fileAt(Uint8Array.of(1, 2, 3), 'broken.latentscape');
    await expect(bring(broken)).rejects.toThrow();
    expect(removed).toEqual([without, broken]);
  });

  it('says which model cannot go along', async () => {
    await own(OWN);
    const document = await withOwn();
    await forget(OWN);
    await expect(packProject(document, home.registry, true)).rejects.toThrow(/not in your library/);
    expect((await packProject(document, home.registry, false)).bytes.length).toBeGreaterThan(0);
  });

  it('keeps what is known of a model that is gone, as long as the project speaks of it', async () => {
    await own(OWN);
    await own('other');
    const known = await noteModels([OWN], [], home.registry);
    await forget(OWN);
    expect(await noteModels([OWN, 'other'], known, home.registry)).toMatchObject([
      { id: OWN, title: 'My digits', generator: known[0]?.generator },
      { id: 'other' },
    ]);
    expect(await noteModels(['other'], known, home.registry)).toMatchObject([{ id: 'other' }]);
  });
});

describe('from anybody', () => {
  const engineWith = async (bytes: Uint8Array) => {
    const projects = home.engine();
    const taken = takeProject(await fileAt(bytes), projects);
    await taken.catch(() => undefined);
    return { taken, list: () => projects.list() };
  };
  const remade = (change: (files: Record<string, Uint8Array>) => void): Uint8Array => {
    const files = unzipSync(encodeProject(documentOf()));
    change(files);
    return zipSync(files);
  };
  const about = (files: Record<string, Uint8Array>): Record<string, unknown> =>
    parsed(files['project.json']) as Record<string, unknown>;

  it.each<[string, RegExp, (files: Record<string, Uint8Array>) => void]>([
    [
      'of a newer version',
      /made by a newer Latentscape/,
      (f) => (f['project.json'] = json({ ...about(f), format: 'latentscape-project/2', parts: 5 })),
    ],
    ['without its description', /has no project\.json/, (f) => delete f['project.json']],
    [
      'that says nothing of itself',
      /does not say that it is a project/,
      (f) => (f['project.json'] = json({})),
    ],
    ['whose description is no JSON', /JSON/, (f) => (f['project.json'] = new Uint8Array([0x7b]))],
    [
      'with a part that was changed',
      /does not match its checksum/,
      (f) => (f['parts/explore.json'] = json({})),
    ],
    ['with a part that is missing', /has no parts\/explore\.json/, (f) => delete f['parts/explore.json']],
    [
      'with a part of no name',
      /no part of a project/,
      (f) => {
        f['parts/-.json'] = json(1);
        f['project.json'] = json({
          ...about(f),
          files: { 'parts/-.json': '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b' },
        });
      },
    ],
    [
      'with a name that reaches into the program',
      /not allowed/,
      (f) => (f['project.json'] = new TextEncoder().encode('{"__proto__": 1}')),
    ],
    ['with a title of two lines', /title/, (f) => (f['project.json'] = json({ ...about(f), title: 'a\nb' }))],
    ['with a hostile id', /id/, (f) => (f['project.json'] = json({ ...about(f), id: '../../x' }))],
  ])('a file %s is one sentence, and nothing is kept of it', async (_name, sentence, change) => {
    const { taken, list } = await engineWith(remade(change));
    await expect(taken).rejects.toThrow(sentence);
    expect(await list()).toEqual({ projects: [], damaged: [] });
  });

  it('a newer one in the folder is listed with the reason, and is not written', async () => {
    const bytes = remade((f) => (f['project.json'] = json({ ...about(f), format: 'latentscape-project/7' })));
    const engine = home.engine();
    const id = 'c'.repeat(24);
    await mkdir(home.folder, { recursive: true });
    await writeFile(join(home.folder, `${id}.latentscape`), bytes);
    expect((await engine.list()).damaged[0]?.sentence).toMatch(/newer Latentscape .*format 7/);
    await expect(engine.open(id)).rejects.toThrow(/newer/);
    await expect(engine.hold(id)).rejects.toThrow(/newer/);
    expect(await engine.isHeld(id)).toBe(false);
    expect(new Uint8Array(await readFile(join(home.folder, `${id}.latentscape`)))).toEqual(bytes);
  });

  it('without a title is called by its file, and never takes the place of another', async () => {
    const engine = home.engine();
    const path = await fileAt(encodeProject(documentOf({ title: null })), 'From Ada.latentscape');
    const [one, two] = [await takeProject(path, engine), await takeProject(path, engine)];
    expect(one.project).not.toBe(two.project);
    expect((await engine.list()).projects.map(({ title }) => title)).toEqual(['From Ada', 'From Ada']);
  });

  it('every released version opens for ever', async () => {
    const folder = join(appRoot, 'tests', 'fixtures', 'projects');
    const versions = await readdir(folder);
    expect(versions).toContain('v1');
    for (const version of versions) {
      for (const name of await readdir(join(folder, version))) {
        if (!name.endsWith('.latentscape')) continue;
        const path = join(home.root, name);
        await cp(join(folder, version, name), path);
        const expected = JSON.parse(
          await readFile(join(folder, version, name.replace('.latentscape', '.json')), 'utf8'),
        ) as { about: object; parts: Record<string, unknown> };
        const found = await openProjectFile(path);
        expect(found.about).toEqual(expected.about);
        const parts = Object.fromEntries([...found.parts].map(([key, bytes]) => [key, parsed(bytes)]));
        expect(parts).toEqual(expected.parts);
      }
    }
  });
});
