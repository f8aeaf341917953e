import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectHandlers } from '#engine/handlers/project-handlers';
import { createKeptExports } from '#engine/export/kept-exports';
import { createCancellation } from '#shared/rpc';
import type { HoldEvent } from '#shared/project';
import { realProcesses } from '#engine/projects/process-identity';
import { acquireLock } from '#engine/projects/project-lock';
import { previousOf } from '#engine/store/atomic';
import { A, B, createHome, json, MODEL, parsed, request, type Home } from './small-projects';

let home: Home;
beforeEach(async () => (home = await createHome()));
afterEach(() => home.remove());

const cover = { width: 4, height: 2, rgba: new Uint8Array(4 * 2 * 4).fill(255) };
const fileOf = (name: string): string => join(home.folder, ...name.split('/'));

describe('saving', () => {
  it('brings back what was saved, and what was not sent again', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    expect(held.revision).toBe(0);
    const first = await engine.save(
      request(held, { notes: 'Hello', cover, parts: { explore: json({ at: 1 }), walks: json([0.1]) } }),
    );
    expect(first.revision).toBe(1);
    await engine.save(request(held, { revision: 1, parts: { explore: json({ at: 2 }) } }));
    await engine.save(request(held, { revision: 2, parts: { walks: json(null) }, notes: 'Bye' }));
    await held.release();

    const opened = await home.engine().open(A);
    expect(opened).toMatchObject({ title: null, notes: 'Bye', revision: 3, recovered: null });
    expect(Object.keys(opened.parts)).toEqual(['explore']);
    expect(parsed(opened.parts['explore'])).toEqual({ at: 2 });
    expect(opened.models).toMatchObject([{ id: MODEL, standing: { kind: 'there' } }]);
    const { projects, damaged } = await home.engine().list();
    expect(damaged).toEqual([]);
    expect(projects).toMatchObject([{ id: A, title: null, revision: 3, isOpen: false }]);
    expect(projects[0]?.cover).toMatchObject({ width: 4, height: 2 });
    expect(projects[0]?.cover?.rgba).toEqual(cover.rgba);
  });

  it('lies among the unnamed until it has a name, and once only', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    await engine.save(request(held));
    expect(await readdir(fileOf('autosave'))).toEqual([`${A}.latentscape`]);
    await engine.save(request(held, { revision: 1, title: 'Faces' }));
    expect(await readdir(fileOf('autosave'))).toEqual([]);
    expect((await stat(fileOf(`${A}.latentscape`))).isFile()).toBe(true);
    expect((await engine.list()).projects).toMatchObject([{ id: A, title: 'Faces', isOpen: true }]);
  });

  it('refuses what is not on top of what was saved last, and keeps that', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    const saves = await Promise.allSettled(
      Array.from({ length: 50 }, (_, i) => engine.save(request(held, { parts: { explore: json({ i }) } }))),
    );
    const done = saves.flatMap((save, i) => (save.status === 'fulfilled' ? [i] : []));
    expect(done).toEqual([0]);
    for (const save of saves.slice(1)) expect(save).toMatchObject({ reason: { code: 'store/revision' } });
    expect(parsed((await engine.open(A)).parts['explore'])).toEqual({ i: 0 });
  });

  it('refuses whoever does not hold it, and a file that another program has written', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    await engine.save(request(held));
    await expect(engine.save(request({ holder: 'me', revision: 1 }))).rejects.toThrow(/does not hold it/);
    const file = fileOf(`autosave/${A}.latentscape`);
    const bytes = await readFile(file);
    await writeFile(file, bytes);
    await expect(engine.save(request(held, { revision: 1 }))).rejects.toThrow(/another program/);
    expect(await readFile(file)).toEqual(bytes);
  });
});

describe('two windows', () => {
  it('one holds a project, the other reads it', async () => {
    const [one, other] = [home.engine(), home.engine()];
    const held = (await one.hold(A))!;
    await one.save(request(held));
    expect(await other.hold(A)).toBeNull();
    expect(await one.hold(A)).toBeNull();
    expect((await other.open(A)).revision).toBe(1);
    await expect(other.remove(A)).rejects.toThrow(/open in another window/);
    await held.release();
    expect((await other.hold(A))?.revision).toBe(1);
  });

  it('are told by the handler, as long as the call runs', async () => {
    const engine = home.engine();
    const handlers = projectHandlers(engine, home.registry, createKeptExports(Date.now), async () => {});
    const call = (events: HoldEvent[]) => {
      const { cancellation, cancel } = createCancellation();
      const ended = Promise.resolve(
        handlers['projects/hold']({ project: A }, { cancellation, send: (event) => events.push(event) }),
      );
      return { cancel, ended };
    };
    const [first, second]: [HoldEvent[], HoldEvent[]] = [[], []];
    const one = call(first);
    await expect.poll(() => first).toMatchObject([{ kind: 'held', revision: 0 }]);
    const two = call(second);
    await expect.poll(() => second, { timeout: 10_000 }).toEqual([{ kind: 'busy' }]);
    one.cancel();
    await one.ended;
    await two.ended;
    expect(second).toEqual([{ kind: 'busy' }, { kind: 'free' }]);
    expect(await engine.isHeld(A)).toBe(false);
  });
});

it('locks that killed windows left behind are cleared away with the first save', async () => {
  const gone = { ...realProcesses, pid: 2 ** 22 + 1, startOf: () => Promise.resolve('long ago') };
  expect(await acquireLock(home.engine().folder.lockOf(B), gone)).not.toBeNull();
  const engine = home.engine();
  const held = (await engine.hold(A))!;
  await engine.save(request(held));
  expect(await readdir(fileOf('locks'))).toEqual([`${A}.lock`]);
});

describe('what is damaged', () => {
  it('opens the state before, and says so', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    await engine.save(request(held));
    await engine.save(request(held, { revision: 1, parts: { explore: json({ at: 2 }) } }));
    await held.release();
    const file = fileOf(`autosave/${A}.latentscape`);
    const whole = await readFile(file);
    for (const length of [0, 1, 30, Math.floor(whole.length / 2), whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      const opened = await engine.open(A);
      expect(opened.recovered).not.toBeNull();
      expect(parsed(opened.parts['explore'])).toEqual({ at: 1 });
    }
    // from there it goes on
    const again = (await engine.hold(A))!;
    expect(again.revision).toBe(1);
    await engine.save(request(again, { revision: 1 }));
    expect((await engine.open(A)).recovered).toBeNull();
  });

  it('stops no other', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    await engine.save(request(held));
    await writeFile(fileOf(`${B}.latentscape`), 'nothing');
    const { projects, damaged } = await engine.list();
    expect(projects.map(({ id }) => id)).toEqual([A]);
    expect(damaged.map(({ id }) => id)).toEqual([B]);
    expect(damaged[0]?.sentence).toMatch(/^The project cannot be opened/);
    await expect(engine.open(B)).rejects.toThrow(/^The project cannot be opened .*\.$/);
    expect(await readFile(fileOf(`${B}.latentscape`), 'utf8')).toBe('nothing');
  });

  it('is missing', async () => {
    await expect(home.engine().open(B)).rejects.toThrow(/There is no such project/);
  });
});

describe('removing', () => {
  it('can be taken back, with the state before', async () => {
    const engine = home.engine();
    const held = (await engine.hold(A))!;
    await engine.save(request(held, { title: 'Faces' }));
    await engine.save(request(held, { revision: 1, title: 'Faces', notes: 'two' }));
    await held.release();
    const undo = await engine.remove(A);
    expect((await engine.list()).projects).toEqual([]);
    expect(await engine.folder.restore(undo)).toBe(A);
    expect((await engine.open(A)).notes).toBe('two');
    expect((await stat(previousOf(fileOf(`${A}.latentscape`)))).isFile()).toBe(true);
    await expect(engine.folder.restore(undo)).rejects.toThrow(/nothing to bring back/);
    await expect(engine.folder.restore('../../x')).rejects.toThrow(/nothing to bring back/);
  });
});
