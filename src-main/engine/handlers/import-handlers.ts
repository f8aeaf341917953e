// imports/*: a stranger's file from the first look to a pack in the library.
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import type { Download } from '../importing/download';
import type { Imports } from '../importing/imports';

type Names = Extract<keyof EngineApi, `imports/${string}`>;

export function importHandlers(imports: Imports, download: Download): Pick<Handlers<EngineApi>, Names> {
  return {
    'imports/open': ({ path, within }, { send, cancellation }) =>
      imports.open(path, send, cancellation, within),
    'imports/choose': ({ import: id, path }) => imports.choose(id, path),
    'imports/encoder': ({ import: id, path, contract }) => imports.encoder(id, path, contract),
    'imports/sample': ({ import: id, contract, seed, condition }) =>
      imports.sample(id, { contract, seed, condition: condition ?? null }),
    'imports/accept': async ({ import: id, ...choice }) => ({ model: await imports.accept(id, choice) }),
    'imports/close': ({ import: id }) => {
      imports.close(id);
      return null;
    },
    'imports/download': ({ url }, { send, cancellation }) => download(url, send, cancellation),
  };
}
