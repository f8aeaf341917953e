// What the engine asks of an inspector: the process that holds one import. Both ends are ours; what it read is not.
import type { EncoderContract, GeneratorContract, ImportEvent, Samples } from '#shared/importing';
import type { Handlers, Operation } from '#shared/rpc';
import { createImportSession, type AcceptChoice, type InspectedFile } from './import-session';
import type { LibraryPlaces } from './write-import';

const operation = <Params, Result, Event = never>(): Operation<Params, Result, Event> => ({
  parse: (params) => params as Params,
});

export const inspectorApi = {
  open: operation<
    { readonly path: string; readonly within: string; readonly places: LibraryPlaces },
    InspectedFile,
    ImportEvent
  >(),
  choose: operation<{ readonly path: string }, InspectedFile>(),
  encoder: operation<
    { readonly path: string | null; readonly contract: GeneratorContract | null },
    InspectedFile
  >(),
  sample: operation<
    { readonly contract: GeneratorContract; readonly seed: number; readonly condition: number | null },
    Samples
  >(),
  accept: operation<AcceptChoice, { readonly model: string }>(),
} as const;
export type InspectorApi = typeof inspectorApi;
export type { AcceptChoice, EncoderContract, InspectedFile };

/** One after another: the steps of an import share one network. */
export function inspectorHandlers(): Handlers<InspectorApi> {
  let session: ReturnType<typeof createImportSession> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const next = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
  const current = (): ReturnType<typeof createImportSession> => {
    if (session === null) throw new Error('the inspector was not given a file');
    return session;
  };
  return {
    open: ({ path, within, places }, { send }) => {
      session ??= createImportSession(places);
      return next(() => current().open(path, send, within));
    },
    choose: ({ path }) => next(() => current().choose(path)),
    encoder: ({ path, contract }) => next(() => current().chooseEncoder(path, contract)),
    sample: ({ contract, seed, condition }) =>
      next(() => current().sample(contract, seed, condition ?? undefined)),
    accept: (choice) => next(async () => ({ model: await current().accept(choice) })),
  };
}
