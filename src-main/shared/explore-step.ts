// What a person sets in Explore, one step of its history; and the part of a project that keeps it. A project's file may have been
// written by a stranger: all of it is checked.
import { z } from 'zod';
import type { LatentVector } from './domain';
import { AppError } from './errors';
import { exactNumber } from './exact-number';
import { settingsSchema, settingsToJson, type ExploreSettings } from './explore-settings';
import { frameOf, type Anchor, type Lattice, type PlaneDirection, type PlaneSpec } from './plane';
import { LIMITS } from './schema';

export interface ExploreStep extends ExploreSettings {
  readonly z: LatentVector;
  /** Where the sliders of attributes begin: z without them. */
  readonly base: LatentVector;
  readonly sliders: {
    readonly values: Readonly<Record<string, number>>;
    readonly locks: readonly string[];
  };
  readonly condition: number | undefined;
  readonly plane: PlaneSpec;
  readonly lattice: Lattice;
}

/** What a grid may be asked for. */
export const LATTICE_LIMITS = {
  n: { min: 2, max: 40 },
  span: { min: 0.5, max: 4 },
  margin: { min: 0, max: 1 },
} as const;

const text = z.string().max(400);
const index = z.number().int().min(0).max(LIMITS.latentSize);
const within = ({ min, max }: { readonly min: number; readonly max: number }) => z.number().min(min).max(max);
const latent = z
  .array(z.number())
  .min(1)
  .max(LIMITS.latentSize)
  .transform((numbers) => Float32Array.from(numbers))
  .refine((numbers) => numbers.every(Number.isFinite), 'must be finite numbers');
const anchor: z.ZodType<Anchor> = z.object({ z: latent, name: text });
const direction: z.ZodType<PlaneDirection> = z.object({ name: text, vector: latent, ref: text });
const plane: z.ZodType<PlaneSpec> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('axes'), across: index, up: index }),
  z.object({ kind: z.literal('points'), a: anchor, b: anchor, c: anchor, fourth: anchor.nullable() }),
  z.object({ kind: z.literal('directions'), at: anchor, across: direction, up: direction }),
]);
const step = z.object({
  z: latent,
  /** null: z itself. */
  base: latent.nullable(),
  sliders: z.object({
    values: z.record(text, z.number()),
    locks: z.array(text).max(LIMITS.directions),
  }),
  condition: z.number().int().min(0).max(LIMITS.classes).nullable(),
  plane,
  lattice: z.object({
    n: z.number().int().min(LATTICE_LIMITS.n.min).max(LATTICE_LIMITS.n.max),
    span: within(LATTICE_LIMITS.span),
    margin: within(LATTICE_LIMITS.margin),
  }),
  ...settingsSchema,
});

const exact = (numbers: LatentVector): readonly number[] => Array.from(numbers, exactNumber);

export function exploreStepToJson(given: ExploreStep): unknown {
  const { z: point, base, sliders, condition, lattice } = given;
  return {
    sliders,
    lattice,
    z: exact(point),
    base: base.every((value, i) => value === point[i]) ? null : exact(base),
    condition: condition ?? null,
    plane: planeToJson(given.plane),
    ...settingsToJson(given),
  };
}

/** @throws AppError input/explore in one sentence. */
export function exploreStepFromJson(value: unknown): ExploreStep {
  const parsed = step.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
  }
  const { base, condition, ...rest } = parsed.data;
  const { length: size } = rest.z;
  const isIn = (axis: number): boolean => axis < size;
  const fits =
    (base ?? rest.z).length === size &&
    (rest.plane.kind === 'axes'
      ? isIn(rest.plane.across) && isIn(rest.plane.up)
      : latentsOf(rest.plane).every(({ length }) => length === size));
  if (!fits) throw refused('its latents have different sizes');
  frameOf(rest.plane, rest.z, rest.lattice);
  return { ...rest, base: base ?? rest.z, condition: condition ?? undefined };
}

/** Every latent that a plane is made of. */
export function latentsOf(spec: PlaneSpec): readonly LatentVector[] {
  switch (spec.kind) {
    case 'axes':
      return [];
    case 'points':
      return [spec.a, spec.b, spec.c, ...(spec.fourth === null ? [] : [spec.fourth])].map(({ z: at }) => at);
    case 'directions':
      return [spec.at.z, spec.across.vector, spec.up.vector];
  }
}

function planeToJson(spec: PlaneSpec): unknown {
  const anchored = ({ z: at, name }: Anchor) => ({ z: exact(at), name });
  const along = ({ vector, ...named }: PlaneDirection) => ({ ...named, vector: exact(vector) });
  switch (spec.kind) {
    case 'axes':
      return spec;
    case 'points': {
      const { a, b, c, fourth } = spec;
      return {
        kind: 'points',
        a: anchored(a),
        b: anchored(b),
        c: anchored(c),
        fourth: fourth === null ? null : anchored(fourth),
      };
    }
    case 'directions':
      return { kind: 'directions', at: anchored(spec.at), across: along(spec.across), up: along(spec.up) };
  }
}

const refused = (cause: string): AppError =>
  new AppError({
    code: 'input/explore',
    headline: 'A step of Explore cannot be read',
    cause,
    remedy: 'open the work without it',
  });
