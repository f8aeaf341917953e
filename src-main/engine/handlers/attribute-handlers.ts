// attributes/*: what a model's pictures are labelled with, exemplars for words, directions and sliders.
import type { EngineApi } from '#shared/api';
import { noAttributes, type Direction } from '#shared/attributes';
import { AppError, cancelled } from '#shared/errors';
import type { Handlers } from '#shared/rpc';
import { findDirection, isLabelMethod } from '../attributes/find';
import { findUnlabelled } from '../attributes/find-unlabelled';
import { readLabelled, requireLabelled } from '../attributes/labelled';
import type { OwnDirections } from '../attributes/own-directions';
import { pickExemplars } from '../attributes/pick';
import { readingsOf, readoutAt } from '../attributes/readings';
import type { OpenModels } from '../open-models';

type Names = `attributes/${'list' | 'pick' | 'find' | 'save' | 'remove' | 'readout'}`;

const UNLABELLED_COUNT = 8;

export function attributeHandlers(models: OpenModels, own: OwnDirections): Pick<Handlers<EngineApi>, Names> {
  const sizeOf = async (model: string): Promise<number> => (await models.get(model)).opened.info.latent.size;

  return {
    'attributes/list': async ({ model }) => {
      const { pack, opened } = await models.get(model);
      const labelled = await readLabelled(pack);
      const mine = await own.list(model, opened.info.latent.size);
      // a person's own comes first, and stands for one of the same name in the pack
      const names = new Set(mine.map(({ name }) => name));
      const packed = (pack.manifest.directions ?? []).filter(({ name }) => !names.has(name));
      return {
        attributes: labelled?.table.attributes ?? [],
        directions: [...mine, ...packed.map((direction): Direction => ({ ...direction, origin: 'pack' }))],
        labelled: labelled?.count ?? 0,
        source: labelled?.source ?? null,
      };
    },
    'attributes/pick': async ({ model, phrase, count, seed }) => {
      const { pack, opened } = await models.get(model);
      const { found, exemplars } = pickExemplars(await requireLabelled(pack), phrase, count, seed);
      const { size } = opened.info.latent;
      const z = new Float32Array(exemplars.length * size);
      exemplars.forEach((exemplar, at) => z.set(exemplar.z, at * size));
      const { width, height, rgba } = await opened.decode(z, exemplars.length);
      return { found, exemplars, pictures: { count: exemplars.length, width, height, rgba } };
    },
    'attributes/find': async ({ model, method, attribute, against, count }, { cancellation, send }) => {
      const { pack } = await models.get(model);
      if (method === 'exemplars') throw notFound();
      if (!isLabelMethod(method)) return findUnlabelled(pack, method, count ?? UNLABELLED_COUNT);
      const labelled = await readLabelled(pack);
      if (labelled === null) throw noAttributes();
      const wanted =
        attribute === undefined ? labelled.table.attributes.map(({ name }) => name) : [attribute];
      const found: Direction[] = [];
      for (const name of wanted) {
        if (cancellation.cancelled) throw cancelled();
        send({ done: found.length, total: wanted.length });
        found.push(findDirection(labelled, { method, attribute: name, against }));
        await new Promise(setImmediate); // lets a drag through between two fits
      }
      return found;
    },
    'attributes/save': async ({ model, direction }) => {
      await own.save(model, await sizeOf(model), direction);
      return null;
    },
    'attributes/remove': async ({ model, name }) => {
      await own.remove(model, await sizeOf(model), name);
      return null;
    },
    'attributes/readout': async ({ model, z }) => {
      const { pack, opened } = await models.get(model);
      const { size } = opened.info.latent;
      if (z.length !== size)
        throw new AppError({
          code: 'input/latent',
          headline: 'The latent has the wrong length',
          cause: `${z.length} numbers, and this model takes ${size}`,
          remedy: `give ${size} numbers`,
        });
      return readoutAt(readingsOf(await requireLabelled(pack)), z);
    },
  };
}

const notFound = (): AppError =>
  new AppError({
    code: 'usage/method',
    headline: 'A direction from exemplars is not found but made',
    remedy: 'put exemplars into wells and save the difference',
  });
