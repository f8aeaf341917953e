// The models that are open at present: opened once however many ask, the least recently used closed when there are too many.
import type { OpenModel } from './open-model';
import { openModel } from './open-model';
import type { Pack } from './pack';
import type { Registry } from './registry';

const MAX_OPEN = 3;

export interface PackAndModel {
  readonly pack: Pack;
  readonly opened: OpenModel;
}

export interface OpenModels {
  get(id: string): Promise<PackAndModel>;
  /** Its pack has changed or gone: closed, and read again when it is next asked for. */
  forget(id: string): Promise<void>;
  dispose(): Promise<void>;
}

export function createOpenModels(registry: Registry): OpenModels {
  const open = new Map<string, Promise<PackAndModel>>(); // in order of last use

  const close = (model: Promise<PackAndModel>): Promise<void> =>
    model.then(({ opened }) => opened.dispose()).catch(() => undefined);

  async function load(id: string): Promise<PackAndModel> {
    const pack = await registry.get(id);
    return { pack, opened: await openModel(pack) };
  }

  return {
    get(id) {
      const model = open.get(id) ?? load(id);
      open.delete(id);
      open.set(id, model);
      // a model that failed to open is tried again the next time it is asked for
      model.catch(() => open.get(id) === model && open.delete(id));
      if (open.size > MAX_OPEN) {
        const [oldest, forgotten] = [...open][0]!;
        open.delete(oldest);
        void close(forgotten);
      }
      return model;
    },
    async forget(id) {
      const model = open.get(id);
      open.delete(id);
      if (model !== undefined) await close(model);
    },
    async dispose() {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map(close));
    },
  };
}
