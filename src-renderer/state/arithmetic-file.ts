// The arithmetic as plain data for a file, and back. What comes back was perhaps written by a stranger: all of it is checked.
import { NORM_RULES, type NormRule } from '#shared/arithmetic';
import { AppError } from '#shared/errors';
import { exactNumber } from '#shared/exact-number';
import { LIMITS } from '#shared/schema';
import { ARITHMETIC_LIMITS, type ArithmeticSpec, type ExemplarSource } from './arithmetic-spec';

export const arithmeticToJson = (spec: ArithmeticSpec): unknown => ({
  ...spec,
  wells: spec.wells.map((well) => ({
    ...well,
    exemplars: well.exemplars.map((exemplar) => ({ ...exemplar, z: Array.from(exemplar.z, exactNumber) })),
  })),
  face: spec.face === null ? null : { ...spec.face, z: Array.from(spec.face.z, exactNumber) },
});

/** @throws AppError input/arithmetic with the part that cannot be read. `size` is the model's latent; null where it is not known yet. */
export function arithmeticFromJson(value: unknown, size: number | null): ArithmeticSpec {
  const latent = latentsOf(size);
  const spec = fields(value, 'the sum');
  const wells = list(spec.wells, 'the wells', ARITHMETIC_LIMITS.wells).map((each) => {
    const well = fields(each, 'a well');
    const exemplars = list(well.exemplars, 'the exemplars', ARITHMETIC_LIMITS.exemplars).map((one) => {
      const { id, z, source } = fields(one, 'an exemplar');
      return { id: whole(id, 'an exemplar'), z: latent(z), source: sourceOf(source) };
    });
    return { id: whole(well.id, 'a well'), weight: number(well.weight, 'a weight'), exemplars };
  });
  const ids = wells.flatMap(({ id, exemplars }) => [id, ...exemplars.map((exemplar) => exemplar.id)]);
  if (new Set(ids).size !== ids.length) throw refused('the wells');
  const noise = fields(spec.noise, 'the noise');
  const sliders = fields(spec.sliders, 'the sliders');
  const face = spec.face === null ? null : fields(spec.face, 'the picture');
  return {
    wells,
    rule: ruleOf(spec.rule),
    noise: { seed: whole(noise.seed, 'the noise'), scale: number(noise.scale, 'the noise') },
    sliders: {
      values: Object.fromEntries(
        Object.entries(fields(sliders.values, 'the sliders')).map(([key, each]) => [
          key,
          number(each, 'the sliders'),
        ]),
      ),
      locks: list(sliders.locks, 'the locks', Infinity).map((lock) => text(lock, 'the locks')),
    },
    face: face === null ? null : { name: text(face.name, 'the picture'), z: latent(face.z) },
    nextId: Math.max(-1, ...ids) + 1,
  };
}

function sourceOf(value: unknown): ExemplarSource {
  const source = fields(value, 'an exemplar');
  const where = 'where an exemplar comes from';
  switch (source.kind) {
    case 'words':
      return {
        kind: 'words',
        phrase: text(source.phrase, where),
        seed: whole(source.seed, where),
        place: whole(source.place, where),
        count: whole(source.count, where),
        of: whole(source.of, where),
        ref: text(source.ref, where),
      };
    case 'seed':
      return { kind: 'seed', seed: whole(source.seed, where) };
    case 'picture':
      return { kind: 'picture', name: text(source.name, where) };
    case 'point':
      return { kind: 'point' };
    default:
      throw refused(where);
  }
}

function ruleOf(value: unknown): NormRule {
  const rule = NORM_RULES.find((each) => each === value);
  if (rule === undefined) throw refused('the rule for its length');
  return rule;
}

/** Reads latents of one size: that of the first where none is given. */
function latentsOf(given: number | null): (value: unknown) => Float32Array {
  let size = given;
  return (value) => {
    const numbers = list(value, 'a latent', size ?? LIMITS.latentSize).map((each) =>
      number(each, 'a latent'),
    );
    size ??= numbers.length;
    if (numbers.length !== size) throw refused('a latent, which is of another model');
    return Float32Array.from(numbers);
  };
}

function fields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(what);
  return value as Readonly<Record<string, unknown>>;
}
function list(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw refused(what);
  return value;
}
function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refused(what);
  return value;
}
function whole(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw refused(what);
  return value as number;
}
function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw refused(what);
  return value;
}

const refused = (what: string): AppError =>
  new AppError({
    code: 'input/arithmetic',
    headline: 'This arithmetic cannot be read',
    where: what,
    cause: 'it is not what the app writes',
    remedy: 'start the sum anew',
  });
