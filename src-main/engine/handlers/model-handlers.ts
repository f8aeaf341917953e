// models/*: the list of packs, and one opened.
import type { EngineApi } from '#shared/api';
import type { Handlers } from '#shared/rpc';
import { readCodes } from '../codes';
import type { OpenModels } from '../open-models';
import { readPackFile } from '../pack';
import type { Registry } from '../registry';
import type { TestPictures } from '../test-pictures';

type Names = 'models/list' | 'models/open' | 'models/codes' | 'models/folder';

export function modelHandlers(
  registry: Registry,
  models: OpenModels,
  pictures: TestPictures,
): Pick<Handlers<EngineApi>, Names> {
  return {
    'models/list': () => registry.list(),
    'models/open': async ({ model }) => {
      const { pack, opened } = await models.get(model);
      const { card } = pack.manifest;
      const text = card === undefined ? '' : new TextDecoder().decode(await readPackFile(pack, card));
      return { info: opened.info, runtime: opened.runtime, card: text };
    },
    'models/folder': async ({ model }) => ({ folder: (await registry.get(model)).folder }),
    'models/codes': async ({ model }) => {
      const { pack } = await models.get(model);
      const codes = await readCodes(pack);
      return codes && { ...codes, picturesAttached: (await pictures.find(pack.manifest)) !== null };
    },
  };
}
