/**
 * Which of a file's weights is which of ours. By names where the file gives names, for each layer in its own order where
 * it does not; as a last resort by the order of the whole file, as Keras itself does, which is said.
 */
import { AppError } from '#shared/errors';
import type { DecodedNetwork, Weight } from '../../network-file';
import { parseTopology, type Shape } from '../../topology';
import type { FileLayer } from './dialects';
import type { FlatModel } from './flatten';
import type { Place } from './places';

export interface Wanted {
  readonly role: string;
  readonly shape: Shape;
}

export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface WeightStore {
  /** The weights of one layer in the order in which they are wanted; undefined where they are not to be found. */
  readonly find: (place: Place, wanted: readonly Wanted[]) => readonly (StoredWeight | undefined)[];
  /** All in the file's order, for the last resort; empty where there is no such order. */
  readonly all: readonly StoredWeight[];
}

export function assemble(
  flat: FlatModel,
  places: ReadonlyMap<FileLayer, Place>,
  store: WeightStore,
  where: string,
): DecodedNetwork {
  const warnings = [...flat.warnings];
  const needs = neededBy(flat);
  const weights = new Map<string, Weight>();
  const missing: string[] = [];
  for (const [layer, wanted] of needs) {
    const owner = flat.owners.get(layer);
    const place = owner === undefined ? undefined : places.get(owner);
    const found = place === undefined ? [] : store.find(place, wanted);
    wanted.forEach(({ role, shape }, at) => {
      const weight = found[at];
      if (weight === undefined) missing.push(`${layer}/${role}`);
      else weights.set(`${layer}/${role}`, fitted(weight, shape, `${layer}/${role}`));
    });
  }
  if (missing.length > 0) {
    const inOrder = byOrder(needs, store.all);
    if (inOrder === undefined) throw isMissing(missing, where);
    for (const [name, weight] of inOrder) weights.set(name, weight);
    warnings.push(
      'The weights are taken in the order of the file, because their names are not those of its layers.',
    );
  }
  for (const [name, { data }] of weights) {
    if (data.some((value) => !Number.isFinite(value)))
      warnings.push(`The weight ${name} holds values that are no numbers.`);
  }
  return { topology: flat.topology, weights, warnings };
}

export function neededBy({ topology }: FlatModel): ReadonlyMap<string, readonly Wanted[]> {
  const needs = new Map<string, readonly Wanted[]>();
  for (const { layer, weights } of parseTopology(topology).calls) {
    if (weights.length === 0) continue;
    needs.set(
      layer,
      weights.map(({ name, shape }) => ({ role: name.slice(layer.length + 1), shape })),
    );
  }
  return needs;
}

/** Sizes of 1 in front or behind may differ between dialects: the numbers are the same. */
function fitted({ shape, data }: StoredWeight, wanted: Shape, name: string): Weight {
  const squeezed = (sizes: Shape): string => sizes.filter((size) => size !== 1).join();
  if (squeezed(shape) === squeezed(wanted)) return { shape: wanted, data };
  throw new AppError({
    code: 'model/weights',
    headline: 'The weights do not fit the network',
    where: `weight ${name}`,
    cause: `its shape is [${shape.join(', ')}] and the network needs [${wanted.join(', ')}]`,
  });
}

function byOrder(
  needs: ReadonlyMap<string, readonly Wanted[]>,
  all: readonly StoredWeight[],
): ReadonlyMap<string, Weight> | undefined {
  const wanted = [...needs].flatMap(([layer, list]) =>
    list.map(({ role, shape }) => ({ name: `${layer}/${role}`, shape })),
  );
  if (wanted.length !== all.length) return undefined;
  if (!wanted.every(({ shape }, at) => shape.join() === all[at]?.shape.join())) return undefined;
  return new Map(
    wanted.map(({ name, shape }, at) => [name, { shape, data: all[at]?.data ?? new Float32Array() }]),
  );
}

function isMissing(names: readonly string[], where: string): AppError {
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return new AppError({
    code: 'model/weights',
    headline: 'Weights of the network are not in its file',
    where,
    cause: `${names[0] ?? ''}${more} cannot be found`,
    remedy: 'save the whole model again, with its weights',
  });
}

// ---- by name ----------------------------------------------------------------------------------------------------------------

interface Named extends StoredWeight {
  readonly parts: readonly string[];
}

/** "decoder/dense_2/kernel:0" */
const partsOf = (name: string): readonly string[] => name.replace(/:\d+$/, '').split('/');

/** Names as tfjs, tf.keras 2 and the .h5 of Keras 3 write them: the layer, and last the role. */
export function namedStore(weights: readonly StoredWeight[]): WeightStore {
  const byLayer = new Map<string, Named[]>();
  for (const weight of weights) {
    const named: Named = { ...weight, parts: partsOf(weight.name) };
    for (const part of new Set(named.parts.slice(0, -1)))
      byLayer.set(part, [...(byLayer.get(part) ?? []), named]);
  }
  const find: WeightStore['find'] = ({ names }, wanted) =>
    wanted.map(({ role, shape }) => {
      const candidates = names.toReversed().flatMap((layer) => byLayer.get(layer) ?? []);
      const fits = candidates.filter(
        (weight, at) =>
          candidates.indexOf(weight) === at &&
          isRole(weight.parts.at(-1), role) &&
          weight.shape.join() === shape.join(),
      );
      return best(fits, names);
    });
  return { find, all: weights };
}

/** TensorFlow numbers a name that it has given already. */
const isRole = (name: string | undefined, role: string): boolean =>
  name === role ||
  (name !== undefined && name.startsWith(`${role}_`) && /^\d+$/.test(name.slice(role.length + 1)));

/** The one whose path names most of the models around the layer, innermost first; none where two do so equally. */
function best(candidates: readonly Named[], names: readonly string[]): StoredWeight | undefined {
  const score = ({ parts }: Named): number => {
    const around = parts.slice(0, -1);
    const innermost = around.at(-1) === names.at(-1) ? 1000 : around.includes(names.at(-1) ?? '') ? 500 : 0;
    return innermost + names.filter((name) => around.includes(name)).length;
  };
  const ranked = candidates
    .map((weight) => ({ weight, rank: score(weight) }))
    .toSorted((a, b) => b.rank - a.rank);
  const [first, second] = ranked;
  return first === undefined || first.rank === second?.rank ? undefined : first.weight;
}
