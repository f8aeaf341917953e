// maps/* and neighbours/*: points of a latent space laid out flat, what they are coloured by, what lies under them, and who is near.
import type { EngineApi } from '#shared/api';
import type { MapProgress, MapRecipe } from '#shared/map';
import { MAP_SIDE, mapText } from '#shared/map-export';
import type { CallContext, Handlers } from '#shared/rpc';
import type { BroughtToMaps } from '../maps/brought-pictures';
import { coloursBy } from '../maps/colours';
import { drawMap } from '../maps/draw-map';
import { picturesAt, withoutAlpha } from '../maps/decoded-set';
import { summaryOf } from '../maps/group';
import { makeMap, placeOnMap, type MapTools } from '../maps/make-map';
import { findNeighbours } from '../maps/neighbours';
import { overlayOf } from '../maps/overlay';
import { latentsAt, noSuchPoint, pointSetOf, type PointSet } from '../maps/point-set';
import type { OpenModels, PackAndModel } from '../open-models';
import { readPicture } from '../pictures';

type Names =
  | `maps/${'make' | 'colour' | 'draw' | 'point' | 'pictures' | 'latents' | 'group' | 'place' | 'overlay' | 'brought' | 'forget'}`
  | 'neighbours/find';

export function mapHandlers(
  models: OpenModels,
  tools: MapTools,
  brought: BroughtToMaps,
): Pick<Handlers<EngineApi>, Names> {
  const setOf = (
    model: PackAndModel,
    source: MapRecipe['source'],
    context: CallContext<never> | CallContext<MapProgress>,
  ): Promise<PointSet> =>
    pointSetOf(model, source, tools.pictures, {
      cancellation: context.cancellation,
      send: context.send as (event: MapProgress) => void,
    });

  return {
    'maps/make': async ({ model, condition, ...recipe }, context) =>
      makeMap(await models.get(model), recipe, condition, tools, context),
    'maps/colour': async ({ model, source, by, condition }, context) => {
      const opened = await models.get(model);
      return coloursBy(opened, await setOf(opened, source, context), by, condition, context);
    },
    'maps/draw': async ({ model, condition, colour, hidden, ...recipe }, context) => {
      const opened = await models.get(model);
      const map = await makeMap(opened, recipe, condition, tools, context);
      const set = await setOf(opened, recipe.source, context);
      const colours = await coloursBy(opened, set, colour, condition, context);
      const text = mapText({ model, condition, colour, hidden, ...recipe }, map);
      return { png: await drawMap(map, colours, MAP_SIDE, text, new Set(hidden)) };
    },
    'maps/point': async ({ model, source, index, condition }, context) => {
      const opened = await models.get(model);
      const set = await setOf(opened, source, context);
      if (index >= set.count) throw noSuchPoint(index, set.count);
      const z = latentsAt(set, Uint32Array.of(index));
      const [originals, decoded] = await Promise.all([
        set.originals(),
        opened.opened.decode(z, 1, condition),
      ]);
      const label = set.labels?.[index];
      const width = set.table?.attributes.length ?? 0;
      return {
        ...{ index, z, name: set.nameOf(index) },
        className: label === undefined ? null : (set.classNames[label] ?? String(label)),
        labels:
          set.table?.attributes.map(({ title }, at) => ({
            title,
            value: set.table!.values[index * width + at]!,
          })) ?? [],
        original: originals === null ? null : picturesAt(originals, opened.opened.info.output, [index]),
        decoded: { count: 1, width: decoded.width, height: decoded.height, rgba: decoded.rgba },
      };
    },
    'maps/pictures': async ({ model, source, indices, condition }, context) => {
      const opened = await models.get(model);
      const z = latentsAt(await setOf(opened, source, context), indices);
      const { count, width, height, rgba } = await opened.opened.decode(z, indices.length, condition);
      return { count, width, height, rgba };
    },
    'maps/latents': async ({ model, source, indices }, context) => {
      const opened = await models.get(model);
      return { z: latentsAt(await setOf(opened, source, context), indices) };
    },
    'maps/group': async ({ model, source, indices }, context) => {
      const opened = await models.get(model);
      return summaryOf(await setOf(opened, source, context), indices);
    },
    'maps/place': async ({ model, z, condition, ...recipe }, context) => ({
      xy: await placeOnMap(await models.get(model), recipe, z, condition, tools, {
        cancellation: context.cancellation,
        send: () => undefined,
      }),
    }),
    'maps/overlay': async ({ model, kind, condition }, context) =>
      overlayOf(await models.get(model), kind, condition, tools, context),
    'maps/brought': () => brought.list(),
    'maps/forget': async ({ id }) => {
      await brought.forget(id);
      return null;
    },
    'neighbours/find': async ({ model, query, source, count, condition }, context) => {
      const opened = await models.get(model);
      const { output } = opened.opened.info;
      const request = { source, count, condition };
      switch (query.kind) {
        case 'z':
          return findNeighbours(opened, { ...request, z: query.z, picture: null, own: null }, tools, context);
        case 'point': {
          const set = await setOf(opened, source, context);
          if (query.index >= set.count) throw noSuchPoint(query.index, set.count);
          const z = latentsAt(set, Uint32Array.of(query.index));
          const originals = await set.originals();
          const each = output.height * output.width * output.channels;
          const picture = originals?.slice(query.index * each, (query.index + 1) * each) ?? null;
          return findNeighbours(opened, { ...request, z, picture, own: query.index }, tools, context);
        }
        case 'picture': {
          const read = await readPicture(query.file, { name: query.name, format: output, invert: 'auto' });
          const { mu, original } = await opened.opened.encodePicture(read);
          const bytes = new Uint8Array(output.height * output.width * output.channels);
          const picture = withoutAlpha(original.rgba, output.channels, bytes);
          return findNeighbours(opened, { ...request, z: mu, picture, own: null }, tools, context);
        }
      }
    },
  };
}
