// A map as a person set it up: which points, laid out how, coloured by what, what lies under them, and the groups that were made of them.
import type {
  MapFeatures,
  MapGroupSummary,
  MapMethod,
  MapOverlayKind,
  MapRecipe,
  MapSource,
} from '#shared/map';

/** Pictures of a person's own, by a name that says nothing of where they lie. */
export interface OwnData {
  readonly kind: 'data';
  readonly id: string;
  readonly title: string;
  readonly count: number;
}
export type ChosenSource = Exclude<MapSource, { readonly kind: 'data' }> | OwnData;
export type ChosenRecipe = Omit<MapRecipe, 'source'> & { readonly source: ChosenSource };

/** Points that were taken together, and what they have in common. Never changed: a history shares it. */
export interface MapMembers extends MapGroupSummary {
  readonly source: ChosenSource;
  /** Points of the source. */
  readonly of: number;
  readonly indices: Uint32Array;
}

export interface MapGroup {
  readonly id: number;
  readonly name: string;
  readonly members: MapMembers;
}

export interface MapSpec {
  /** Null: the first that the model has. */
  readonly source: ChosenSource | null;
  readonly method: MapMethod | null;
  readonly features: MapFeatures;
  readonly seed: number;
  readonly axes: readonly [number, number];
  /** Null: see firstColour. */
  readonly colour: string | null;
  readonly overlay: MapOverlayKind | null;
  readonly hidden: readonly number[];
  readonly groups: readonly MapGroup[];
  readonly nextId: number;
}

export const FIRST_MAP: MapSpec = {
  source: null,
  method: null,
  features: 'latent',
  seed: 1,
  axes: [0, 1],
  colour: null,
  overlay: null,
  hidden: [],
  groups: [],
  nextId: 1,
};

export const MAP_COUNTS = { first: 5_000, most: 200_000, groups: 64, name: 80 } as const;

/** What the model and a spec come to. */
export function recipeOf(
  { source, method, features, seed, axes }: MapSpec,
  { sources, size }: { readonly sources: readonly MapSource['kind'][]; readonly size: number },
): ChosenRecipe {
  const kind = sources[0] ?? 'samples';
  const first: ChosenSource =
    kind === 'samples' || kind === 'data' ? { kind: 'samples', count: MAP_COUNTS.first, seed: 1 } : { kind };
  return {
    source: source ?? first,
    method: method ?? (size === 2 ? 'axes' : 'pca'),
    features,
    seed,
    axes: [Math.min(axes[0], size - 1), Math.min(axes[1], size - 1)],
  };
}

export function withGroup(spec: MapSpec, members: MapMembers): MapSpec {
  const { name } = members.classes[0] ?? {};
  const isPure = (members.classes[0]?.count ?? 0) > 0.8 * members.count;
  const group = {
    id: spec.nextId,
    name: isPure && name !== undefined ? name : `Group ${spec.nextId}`,
    members,
  };
  return { ...spec, groups: [...spec.groups, group].slice(-MAP_COUNTS.groups), nextId: spec.nextId + 1 };
}

export const withName = (spec: MapSpec, id: number, name: string): MapSpec => ({
  ...spec,
  groups: spec.groups.map((group) => (group.id === id ? { ...group, name } : group)),
});

export const withoutGroup = (spec: MapSpec, id: number): MapSpec => ({
  ...spec,
  groups: spec.groups.filter((group) => group.id !== id),
});

export function withClassToggled(spec: MapSpec, index: number): MapSpec {
  const { hidden } = spec;
  const next = hidden.includes(index) ? hidden.filter((each) => each !== index) : [...hidden, index];
  return { ...spec, hidden: next };
}

/** This class alone, or all of them where it is alone already. */
export function withClassAlone(spec: MapSpec, index: number, count: number): MapSpec {
  const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== index);
  const isAlone = !spec.hidden.includes(index) && others.every((i) => spec.hidden.includes(i));
  return { ...spec, hidden: isAlone ? [] : others };
}
