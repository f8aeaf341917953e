// imports/*: a stranger's file from the first look to a pack in the library.
import type { EngineApi } from '#shared/api';
import { AppError } from '#shared/errors';
import type { Handlers } from '#shared/rpc';

type Names = Extract<keyof EngineApi, `imports/${string}`>;

export function importHandlers(): Pick<Handlers<EngineApi>, Names> {
  const refuse = (): never => {
    throw new AppError({ code: 'engine/import', headline: 'Nothing here can look into files' });
  };
  return {
    'imports/open': refuse,
    'imports/choose': refuse,
    'imports/encoder': refuse,
    'imports/sample': refuse,
    'imports/accept': refuse,
    'imports/close': refuse,
    'imports/download': refuse,
  };
}
