/**
 * The imports under way, seen from the engine: each a process that is asked step by step, ended when it takes too long, and
 * gone with its import. The engine itself never opens what was not accepted.
 */
import type { Channel } from '#shared/channel';
import { AppError } from '#shared/errors';
import type { GeneratorContract, ImportEvent, Inspection, Samples } from '#shared/importing';
import { connect, type Cancellation, type Client, type ParamsOf, type ResultOf } from '#shared/rpc';
import type { AcceptChoice, InspectorApi } from './inspector-api';
import type { LibraryPlaces } from './write-import';

/** Starts a process for one import. Closing the channel ends it; it closes with the reason when the process ends by itself. */
export type StartInspector = () => Channel;

export interface Imports {
  readonly open: (
    path: string,
    send: (event: ImportEvent) => void,
    cancellation: Cancellation,
    within?: string,
  ) => Promise<Inspection>;
  readonly choose: (id: string, path: string) => Promise<Inspection>;
  readonly encoder: (id: string, path: string | null, contract?: GeneratorContract) => Promise<Inspection>;
  readonly sample: (id: string, params: ParamsOf<InspectorApi['sample']>) => Promise<Samples>;
  readonly accept: (id: string, choice: AcceptChoice) => Promise<string>;
  readonly close: (id: string) => void;
  /** Of those that are open. */
  readonly paths: () => readonly string[];
  readonly dispose: () => void;
}

export interface ImportsOptions {
  readonly start: StartInspector;
  readonly places: () => Promise<LibraryPlaces>;
  readonly limits?: Partial<ImportLimits>;
  /** The import of this path is over, however it ended. */
  readonly onEnd?: (path: string) => void;
}

export interface ImportLimits {
  /** One step: reading, asking, drawing. */
  readonly stepMs: number;
  /** Writing the pack, which for a large one is as slow as the disk. */
  readonly acceptMs: number;
  /** A window that went away without closing its import. */
  readonly idleMs: number;
  readonly open: number;
}

export const IMPORT_LIMITS: ImportLimits = {
  stepMs: 20_000,
  acceptMs: 300_000,
  idleMs: 3_600_000,
  open: 4,
};

interface Import {
  readonly path: string;
  readonly client: Client<InspectorApi>;
  /** Why it was ended, where we did it. */
  ended: AppError | null;
  idle: ReturnType<typeof setTimeout> | null;
}

export function createImports({
  start,
  places,
  limits = {},
  onEnd = () => undefined,
}: ImportsOptions): Imports {
  const { stepMs, acceptMs, idleMs, open: mostOpen } = { ...IMPORT_LIMITS, ...limits };
  const imports = new Map<string, Import>(); // in the order in which they were opened
  let next = 1;

  function end(id: string, why: AppError | null = null): void {
    const one = imports.get(id);
    if (one === undefined) return;
    imports.delete(id);
    one.ended = why;
    if (one.idle !== null) clearTimeout(one.idle);
    one.client.close();
    onEnd(one.path);
  }

  function rest(id: string, one: Import): void {
    if (one.idle !== null) clearTimeout(one.idle);
    one.idle = setTimeout(() => end(id), idleMs);
    one.idle.unref();
  }

  /** A step that fails for the file's sake leaves the import open; one that takes too long or kills the process ends it. */
  async function step<K extends keyof InspectorApi>(
    id: string,
    op: K,
    params: ParamsOf<InspectorApi[K]>,
    { ms = stepMs, onEvent }: { readonly ms?: number; readonly onEvent?: (event: ImportEvent) => void } = {},
  ): Promise<ResultOf<InspectorApi[K]>> {
    const one = imports.get(id);
    if (one === undefined) throw gone(id);
    const deadline = setTimeout(() => end(id, tooSlow(ms)), ms);
    try {
      return await one.client.call(op, params, onEvent as never);
    } catch (error) {
      if (one.ended !== null) throw one.ended;
      if (error instanceof AppError && error.code === 'engine/crashed') {
        end(id);
        throw died(error.detail ?? 'it ended without a reason');
      }
      throw error;
    } finally {
      clearTimeout(deadline);
      if (imports.has(id)) rest(id, one);
    }
  }

  return {
    async open(path, send, cancellation, within = '') {
      const id = `import-${next++}`;
      const oldest = [...imports.keys()][0];
      if (imports.size >= mostOpen && oldest !== undefined) end(oldest);
      imports.set(id, { path, client: connect<InspectorApi>(start()), ended: null, idle: null });
      const undo = cancellation.onCancel(() => end(id));
      try {
        const inspected = await step(id, 'open', { path, within, places: await places() }, { onEvent: send });
        return { ...inspected, import: id };
      } catch (error) {
        end(id);
        throw error;
      } finally {
        undo();
      }
    },
    choose: async (id, path) => ({ ...(await step(id, 'choose', { path })), import: id }),
    encoder: async (id, path, contract) => ({
      ...(await step(id, 'encoder', { path, contract: contract ?? null })),
      import: id,
    }),
    sample: (id, params) => step(id, 'sample', params),
    async accept(id, choice) {
      const { model } = await step(id, 'accept', choice, { ms: acceptMs });
      end(id);
      return model;
    },
    close: (id) => end(id),
    paths: () => [...imports.values()].map(({ path }) => path),
    dispose: () => [...imports.keys()].forEach((id) => end(id)),
  };
}

function gone(where: string): AppError {
  return new AppError({
    code: 'usage/import',
    headline: 'This import is not open any more',
    where,
    remedy: 'open the file again',
  });
}

function tooSlow(ms: number): AppError {
  return new AppError({
    code: 'model/slow',
    headline: 'The model could not be looked at in time',
    cause: `it took longer than ${Math.round(ms / 1000)} s, so the process that read it was ended`,
    remedy: 'try a smaller model, or an export of it as ONNX',
  });
}

/** The file's fault, as far as anyone can tell: nothing else is in that process. */
function died(why: string): AppError {
  return new AppError({
    code: 'model/died',
    headline: 'The process that looked at the model ended',
    cause: why,
    remedy: 'the file is damaged or too large for this machine; nothing was imported',
  });
}
