import { describe, expect, test, vi } from 'vitest';
import type { Channel } from '#shared/channel';
import { AppError } from '#shared/errors';
import { createCancellation, serve } from '#shared/rpc';
import { createImports, type ImportLimits } from '#engine/importing/imports';
import { inspectorApi } from '#engine/importing/inspector-api';
import { memoryPair } from '#transport/memory';

const never = createCancellation().cancellation;
const places = { library: '/library', taken: [] };

interface FakeInspector {
  closed: boolean;
  readonly dies: (why: string) => void;
}

/** Inspectors that answer as they are told; an answer that never comes is a hang. */
function inspectors(answer: (op: string) => unknown): {
  readonly start: () => Channel;
  readonly all: FakeInspector[];
} {
  const all: FakeInspector[] = [];
  return {
    all,
    start() {
      const [ours, theirs] = memoryPair();
      const reply = (op: string) => () => answer(op) as never;
      const listeners = new Set<(reason: string) => void>();
      const fake: FakeInspector = {
        closed: false,
        dies: (why) => listeners.forEach((listener) => listener(why)),
      };
      all.push(fake);
      serve(theirs, inspectorApi, {
        open: reply('open'),
        choose: reply('choose'),
        encoder: reply('encoder'),
        sample: reply('sample'),
        accept: reply('accept'),
      });
      return {
        ...ours,
        onClose: (listener) => (listeners.add(listener), ours.onClose(listener)),
        close() {
          fake.closed = true;
          ours.close();
        },
      };
    },
  };
}

const imports = (start: () => Channel, limits: Partial<ImportLimits> = {}) =>
  createImports({ start, places: () => Promise.resolve(places), limits });

async function codeOf(task: Promise<unknown>): Promise<string> {
  try {
    await task;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'no error';
}

describe('an import and its process', () => {
  test('opens, answers, and ends when it is accepted', async () => {
    const { start, all } = inspectors((op) => (op === 'accept' ? { model: 'new' } : { title: op }));
    const service = imports(start);
    const inspection = await service.open('/file', () => undefined, never);
    expect(inspection).toMatchObject({ import: 'import-1', title: 'open' });
    expect(await service.choose('import-1', 'other')).toMatchObject({ title: 'choose', import: 'import-1' });
    expect(await service.accept('import-1', {} as never)).toBe('new');
    expect(all[0]?.closed).toBe(true);
    expect(await codeOf(service.choose('import-1', 'other'))).toBe('usage/import');
  });

  test('a refusal at the first look ends it; one later leaves it open', async () => {
    let refusing = true;
    const { start, all } = inspectors(() => {
      if (refusing) throw new AppError({ code: 'model/damaged', headline: 'It is damaged' });
      return {};
    });
    const service = imports(start);
    expect(await codeOf(service.open('/file', () => undefined, never))).toBe('model/damaged');
    expect(all[0]?.closed).toBe(true);
    refusing = false;
    const { import: id } = await service.open('/file', () => undefined, never);
    refusing = true;
    expect(await codeOf(service.choose(id, 'x'))).toBe('model/damaged');
    expect(all[1]?.closed).toBe(false);
  });

  test('a step that takes too long is ended with its process, in one sentence', async () => {
    vi.useFakeTimers();
    try {
      const { start, all } = inspectors(() => new Promise(() => undefined));
      const opening = imports(start, { stepMs: 20_000 }).open('/file', () => undefined, never);
      const outcome = opening.catch((error: unknown) => (error as AppError).sentence);
      await vi.advanceTimersByTimeAsync(19_000);
      expect(all[0]?.closed).toBe(false);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(all[0]?.closed).toBe(true);
      expect(await outcome).toMatch(/took longer than 20 s/);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a process that dies gives its reason as a fault of the file', async () => {
    const { start, all } = inspectors(() => new Promise(() => undefined));
    const opening = imports(start).open('/file', () => undefined, never);
    const outcome = opening.catch((error: unknown) => error as AppError);
    await vi.waitFor(() => expect(all).toHaveLength(1));
    all[0]?.dies('it held 6.1 GB of memory, and may hold 6.0 GB');
    const error = await outcome;
    expect(error).toMatchObject({ code: 'model/died' });
    expect((error as AppError).sentence).toMatch(/6\.1 GB/);
  });

  test('cancelled, forgotten, or one too many: the process is gone', async () => {
    const { start, all } = inspectors(() => ({}));
    const service = imports(start, { open: 2 });
    for (let at = 0; at < 3; at++) await service.open('/file', () => undefined, never);
    expect(all.map(({ closed }) => closed)).toEqual([true, false, false]);
    service.close('import-2');
    expect(all.map(({ closed }) => closed)).toEqual([true, true, false]);
    service.dispose();
    expect(all.every(({ closed }) => closed)).toBe(true);

    const hanging = inspectors(() => new Promise(() => undefined));
    const { cancellation, cancel } = createCancellation();
    const opening = imports(hanging.start)
      .open('/file', () => undefined, cancellation)
      .catch(() => undefined);
    await vi.waitFor(() => expect(hanging.all).toHaveLength(1));
    cancel();
    expect(hanging.all[0]?.closed).toBe(true);
    await opening;
  });
});
