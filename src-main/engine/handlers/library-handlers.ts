// models/rename, card, remove, restore, samples: what a person does with the models in their library.
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import type { Library } from '../library/library';
import { samplesOf } from '../library/samples';
import type { OpenModels } from '../open-models';
import type { Registry } from '../registry';

type Names = `models/${'rename' | 'card' | 'remove' | 'restore' | 'samples'}`;

export function libraryHandlers(
  library: Library,
  registry: Registry,
  models: OpenModels,
  cache: string,
): Pick<Handlers<EngineApi>, Names> {
  /** What is open was opened under its old words. */
  async function changed(model: string, change: Promise<unknown>): Promise<null> {
    await change;
    await models.forget(model);
    return null;
  }

  return {
    'models/rename': ({ model, title }) => changed(model, library.rename(model, title)),
    'models/card': ({ model, ...words }) => changed(model, library.describe(model, words)),
    'models/remove': async ({ model }) => {
      const undo = await library.remove(model);
      await models.forget(model);
      return { undo };
    },
    'models/restore': async ({ undo }) => ({ model: await library.restore(undo) }),
    'models/samples': async ({ model }) => samplesOf(await registry.get(model), cache),
  };
}
