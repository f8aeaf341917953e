/** From the JSON of a model to a flat network and the places of its layers: what all layers formats have in common. */
import { AppError } from '#shared/errors';
import { isJsonObject, parseStrictJson, type Json, type JsonObject } from '../store/strict-json';
import { readModel, type Dialect, type FileLayer, type FileModel } from './keras/dialects';
import { flattenModel, type FlatModel } from './keras/flatten';
import { placesOf, type Containers, type Place } from './keras/places';
import { neededBy } from './keras/weights';
import type { Hints } from './loader';

export interface ReadConfig {
  readonly model: FileModel;
  readonly flat: FlatModel;
  readonly places: (containers: Containers) => ReadonlyMap<FileLayer, Place>;
}

export function readConfig(json: Json | undefined, dialect: Dialect): ReadConfig {
  const model = readModel(json);
  const flat = flattenModel(model, dialect);
  const owners = new Set([...neededBy(flat).keys()].map((name) => flat.owners.get(name)));
  const hasWeights = (layer: FileLayer): boolean =>
    owners.has(layer) ||
    (layer.wrapped !== undefined && hasWeights(layer.wrapped)) ||
    (layer.model?.layers ?? []).some(hasWeights);
  return { model, flat, places: (containers) => placesOf(model, containers, hasWeights) };
}

export function parseConfig(text: string | Uint8Array, where: string): JsonObject {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const json = parseStrictJson(bytes, { code: 'model/damaged', where });
  if (isJsonObject(json)) return json;
  throw new AppError({
    code: 'model/damaged',
    headline: 'The description of the model cannot be read',
    where,
    cause: 'it is not an object',
  });
}

/** "3.4.1" and later spell the description in another way than 2.x. */
export const dialectOf = (version: Json | undefined): Dialect =>
  typeof version === 'string' && /^\D*[3-9]\./.test(version) ? 'keras-3' : 'keras-2';

export function hintsOf(model: FileModel, producer: string): Hints {
  const title = /^(model|sequential|functional)(_\d+)?$/.test(model.name) ? undefined : model.name;
  return { producer, ...(title === undefined ? {} : { title }) };
}

export const versionText = (version: Json | undefined): string =>
  typeof version === 'string' ? ` ${version.slice(0, 20)}` : '';
