// The settings of a training that matter, as controls: where each lies in a configuration, its limits, and what it does in a sentence.
// A field is shown where the configuration has it, whatever the family; everything else is in the JSON.
import type { ConfigJson } from '#shared/training';

export interface Choice {
  readonly name: string;
  readonly value: unknown;
}

interface FieldBase {
  /** The end of its place in the configuration: 'learningRate.peak' lies wherever these two follow each other. */
  readonly place: string;
  readonly label: string;
  readonly help: string;
  /** Its name among the settings that can change while it trains. */
  readonly live?: string;
}
export type Field = FieldBase &
  (
    | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly whole?: true }
    | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
  );
export type FoundField = Field & { readonly path: readonly string[]; readonly value: unknown };

const number = (
  place: string,
  label: string,
  [min, max]: readonly [number, number],
  help: string,
  more: { readonly whole?: true; readonly live?: string } = {},
): Field => ({ kind: 'number', place, label, min, max, help, ...more });

export const FIELDS: readonly Field[] = [
  number(
    'latentSize',
    'Latent size',
    [1, 512],
    'Dimensions of z. Two lie flat and can be seen whole; more draw finer pictures.',
    { whole: true },
  ),
  number(
    'beta',
    'Beta',
    [0, 1000],
    'Weight of KL(q(z|x) ‖ p(z)). Below 1 sharper pictures; above 1 a smoother, more disentangled space.',
    { live: 'beta' },
  ),
  number(
    'freeBits',
    'Free bits',
    [0, 10],
    'Nats of KL that each dimension has for nothing, so that none falls asleep.',
    { live: 'freeBits' },
  ),
  number(
    'labelWeight',
    'Weight of labels',
    [0, 100_000],
    'Weight of ln p(y | z) of what labels.csv says: z then tells it along straight lines, for sliders and sums. 0: labels are not looked at; hundreds to be heard beside the pixels.',
  ),
  number(
    'klWarmUpSteps',
    'KL warm-up',
    [0, 1_000_000],
    'Steps over which the KL term grows to its full weight, so that the code is used before it is pressed to the prior.',
    { whole: true },
  ),
  {
    kind: 'choice',
    place: 'likelihood',
    label: 'Likelihood',
    help: 'p(x|z). Bernoulli for pictures that are nearly black and white; Gaussian with a learned width for the rest.',
    choices: [
      { name: 'Bernoulli', value: { kind: 'bernoulli' } },
      { name: 'Gaussian', value: { kind: 'gaussian', sigma: 'learned', mean: 'sigmoid' } },
    ],
  },
  {
    kind: 'choice',
    place: 'loss',
    label: 'Adversarial loss',
    help: 'What the two players minimise. The non-saturating one keeps a gradient for G while D is ahead; minimax loses it.',
    live: 'loss',
    choices: [
      { name: 'Non-saturating', value: 'non-saturating' },
      { name: 'Minimax', value: 'minimax' },
      { name: 'Least squares', value: 'least-squares' },
      { name: 'Hinge', value: 'hinge' },
      { name: 'Wasserstein', value: 'wasserstein' },
    ],
  },
  number(
    'discriminatorSteps',
    'Steps of D',
    [1, 20],
    'k of algorithm 1: updates of the discriminator for each of the generator.',
    { whole: true, live: 'discriminatorSteps' },
  ),
  number('r1', 'R1', [0, 100], 'Penalty on the gradient of D at pictures of the data; it calms the game.', {
    live: 'r1',
  }),
  number('r2', 'R2', [0, 100], 'The same at generated pictures.', { live: 'r2' }),
  number(
    'averageDecay',
    'Averaging',
    [0, 0.99999],
    'How slowly the shown generator follows the trained one; 0 shows it as it is.',
  ),
  number(
    'classWeight',
    'Class weight',
    [0, 100],
    'Weight of naming the class beside telling real from generated.',
  ),
  number('categories', 'Categories', [1, 100], 'Kinds that it is to find by itself.', { whole: true }),
  number('continuous', 'Numbers', [0, 64], 'Continuous codes that it is to give a meaning.', { whole: true }),
  number(
    'reconstructionWeight',
    'Reconstruction',
    [0, 100],
    'Weight of coming back from the code; without it the encoder drifts.',
  ),
  number(
    'likenessWeight',
    'Likeness',
    [0, 100],
    'Weight of looking alike to the discriminator, beside fooling it.',
  ),
  number(
    'learningRate.peak',
    'Learning rate',
    [1e-7, 1],
    'The largest step of Adam; it falls by the schedule.',
  ),
  number('generator.learningRate', 'Learning rate of G', [1e-7, 1], 'The step of Adam for the generator.'),
  number(
    'discriminator.learningRate',
    'Learning rate of D',
    [1e-7, 1],
    'The step of Adam for the discriminator. Lower it when D wins.',
  ),
  number('batchSize', 'Batch', [1, 4096], 'Pictures in one step.', { whole: true }),
  number(
    'validationCount',
    'Held out',
    [0, 1_000_000],
    'Pictures that are kept out of training; each epoch is judged by them. Data with a part of its own for that keeps it.',
    { whole: true },
  ),
  number('epochs', 'Epochs', [1, 10_000], 'Times that every picture is seen.', { whole: true }),
  number('steps', 'Steps', [1, 10_000_000], 'Iterations altogether.', { whole: true }),
  number('seed', 'Seed', [0, 2 ** 31 - 1], 'The same seed gives the same run.', { whole: true }),
];

const MOST_DEEP = 4;

/** The shallowest place that ends so, or null. */
function pathOf(config: unknown, place: string): readonly string[] | null {
  const ending = `.${place}`;
  let level: { readonly path: readonly string[]; readonly value: unknown }[] = [{ path: [], value: config }];
  for (let depth = 0; depth < MOST_DEEP && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { path, value } of level) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
      for (const [key, inner] of Object.entries(value)) {
        const here = [...path, key];
        if (`.${here.join('.')}`.endsWith(ending)) return here;
        next.push({ path: here, value: inner });
      }
    }
    level = next;
  }
  return null;
}

export function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    config,
  );
}

/** A copy with one value replaced; nothing else is touched. */
export function withValue(config: ConfigJson, path: readonly string[], value: unknown): ConfigJson {
  const [key, ...rest] = path;
  if (key === undefined) return config;
  const inner = config[key];
  const replaced = rest.length === 0 ? value : withValue((inner ?? {}) as ConfigJson, rest, value);
  return { ...config, [key]: replaced };
}

/** The fields that this configuration has. A number field is left out where something else stands in its place. */
export function fieldsOf(config: ConfigJson): readonly FoundField[] {
  return FIELDS.flatMap((field) => {
    const path = pathOf(config, field.place);
    const value = path === null ? undefined : valueAt(config, path);
    if (path === null || value === undefined) return [];
    if (field.kind === 'number' && typeof value !== 'number') return [];
    return [{ ...allowed(field, config), path, value }];
  });
}

/** The relatives of the GAN have no critic, and so no Wasserstein loss. */
function allowed(field: Field, { family }: ConfigJson): Field {
  if (field.kind !== 'choice' || field.place !== 'loss' || family === 'gan') return field;
  return { ...field, choices: field.choices.filter(({ value }) => value !== 'wasserstein') };
}

/** Two choices are one where their kind is the same: a width that was set by hand stays. */
export const isChosen = (choice: Choice, value: unknown): boolean =>
  choice.value === value || (kindOf(choice.value) !== undefined && kindOf(choice.value) === kindOf(value));

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as { readonly kind?: unknown }).kind : undefined;

/** Takes what was typed into a number field, or says why not. */
export function parseField(
  field: Field & { readonly kind: 'number' },
  text: string,
): { readonly ok: true; readonly value: number } | { readonly ok: false; readonly why: string } {
  const value = Number(text.trim().replace(',', '.').replace('−', '-'));
  const kind = field.whole === true ? 'A whole number' : 'A number';
  const range = `${kind} from ${field.min} to ${field.max}.`;
  if (text.trim() === '' || !Number.isFinite(value)) return { ok: false, why: range };
  if (value < field.min || value > field.max) return { ok: false, why: range };
  if (field.whole === true && !Number.isInteger(value)) return { ok: false, why: range };
  return { ok: true, value };
}
