// arithmetic: the signed sum of means of exemplars, decoded. The exemplars of words are drawn by the engine and the sum is taken by shared
// code, both as in the window: the same words and seed give the same bytes.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { evaluateTerms, NORM_RULES, seedOfTerm, withNoise, type Term } from '#shared/arithmetic';
import { AppError } from '#shared/errors';
import { expressionText, parseExpression, type ExpressionTerm } from '#shared/expression';
import { latentOfSeed } from '#shared/random';
import type { LatentSpace } from '#shared/domain';
import { arithmeticExport } from '#shared/reproduce';
import { LIMITS } from '#shared/schema';
import { writeAtomic } from '../store/atomic';
import { command, integer, seed, text, type CommandContext } from './command';
import { readLatents } from './latent-file';

export const arithmeticCommand = command({
  usage: 'arithmetic <model>',
  describe:
    'smiling woman - neutral woman + neutral man: means of exemplars, added up and decoded (Radford et al. 2016)',
  options: [
    {
      flag: '--expr <sum>',
      describe:
        'terms between + and - with spaces: words, seed:7, image:me.png, well:z.json; 0.5 * before a term scales it',
    },
    { flag: '--seed <seed>', describe: 'draws the exemplars', default: 1 },
    { flag: '--n <count>', describe: 'exemplars for each term that is words', default: 3 },
    {
      flag: '--norm <rule>',
      describe:
        'the length of the sum: none (as it is), shell (as a typical draw), slerp (means on the shell as well)',
      default: 'none',
    },
    { flag: '--noise', describe: '3 x 3 pictures: the result, and eight under small noise' },
    { flag: '--class <k>', describe: 'the class to draw, for models that take one: its number' },
    { flag: '--scale <n>', describe: 'pixels of the file for each pixel of the picture', default: 8 },
    { flag: '--out <file>', describe: 'where the PNG goes' },
  ],
  examples: [
    'arithmetic heads-vae --expr "smiling woman - neutral woman + neutral man" --seed 1 --n 3 --out r.png',
    'arithmetic heads-vae --expr "image:me.png + man with glasses - man" --norm shell --out glasses.png',
  ],
  input: z.object({
    model: text,
    expr: text,
    seed,
    n: integer(1, LIMITS.exemplars),
    norm: z.enum(NORM_RULES),
    noise: z.boolean().optional(),
    class: integer(0, LIMITS.classes).optional(),
    scale: integer(1, 64),
    out: text,
  }),
  async run({ model, expr, seed: first, n, norm, noise = false, class: condition, scale, out }, context) {
    const parsed = parseExpression(expr);
    const { info } = await context.call('models/open', { model });
    const filled: Filled[] = [];
    for (const [place, term] of parsed.entries())
      filled.push(
        await fill(term, { model: info.id, latent: info.latent, n, seed: seedOfTerm(first, place) }, context),
      );
    const sum = evaluateTerms(filled, norm, info.latent.prior);
    const latents = noise ? withNoise(sum, first) : [sum];
    const flat = new Float32Array(latents.length * sum.length);
    latents.forEach((latent, at) => flat.set(latent, at * sum.length));
    const { count, width, height, rgba } = await context.call('latent/decode', {
      model: info.id,
      z: flat,
      condition,
    });
    const recipe = {
      ...{ model: info.id, expr: expressionText(parsed), seed: first, n, norm, noise },
      ...(condition === undefined ? {} : { class: condition }),
      z: [...sum],
    };
    const layout = arithmeticExport(recipe, scale);
    const { png } = await context.call('export/png', { count, width, height, rgba, ...layout });
    await writeAtomic(out, png);
    const terms = filled.map(({ weight, operand, refs, found, notes }) => ({
      weight,
      operand,
      refs,
      ...(found === null ? {} : { found }),
      notes,
    }));
    const notes = filled.flatMap((term) => term.notes);
    notes.forEach(context.log);
    return {
      json: { ...recipe, image: out, bytes: png.length, terms },
      lines: [
        ...terms.map((term) => `${term.weight > 0 ? '+' : '-'} ${term.operand}: ${term.refs.join(', ')}`),
        `${recipe.expr} of ${info.id}: ${out}`,
      ],
    };
  },
});

interface Filled extends Term {
  readonly operand: string;
  readonly refs: readonly string[];
  /** How many there were to draw from, for words. */
  readonly found: number | null;
  readonly notes: readonly string[];
}

interface Draw {
  readonly model: string;
  readonly latent: LatentSpace;
  readonly n: number;
  readonly seed: number;
}

/** The exemplars that a term stands for. */
async function fill(
  { weight, operand }: ExpressionTerm,
  { model, latent, n, seed: drawn }: Draw,
  context: CommandContext,
): Promise<Filled> {
  const named = (
    name: string,
    exemplars: Term['exemplars'],
    refs: readonly string[],
    notes: readonly string[] = [],
  ) => ({
    ...{ weight, exemplars, operand: name, refs, found: null, notes },
  });
  switch (operand.kind) {
    case 'words': {
      const { found, exemplars } = await context.call('attributes/pick', {
        model,
        phrase: operand.phrase,
        count: n,
        seed: drawn,
      });
      const few =
        found < n ? [`There are only ${found} exemplars of “${operand.phrase}”, fewer than ${n}.`] : [];
      const refs = exemplars.map(({ ref }) => ref);
      return {
        ...named(
          operand.phrase,
          exemplars.map((exemplar) => exemplar.z),
          refs,
          few,
        ),
        found,
      };
    }
    case 'seed':
      return named(
        `seed:${operand.seed}`,
        [latentOfSeed(operand.seed, latent.size, latent.prior)],
        [`seed ${operand.seed}`],
      );
    case 'image': {
      const file = await readFile(operand.path).catch((error: NodeJS.ErrnoException) => {
        throw unreadable(operand.path, error.code);
      });
      const name = basename(operand.path);
      const call = { model, name, file: new Uint8Array(file), invert: 'auto' } as const;
      const { mu, notes } = await context.call('latent/encode', call);
      return named(`image:${operand.path}`, [mu], [name], notes);
    }
    case 'well': {
      const z = await wellOf(operand.path, latent.size, model);
      return named(
        `well:${operand.path}`,
        z,
        z.map((_, at) => `${basename(operand.path)} ${at}`),
      );
    }
  }
}

/** @throws AppError input/well where it is empty, input/latent where it is of another model */
async function wellOf(path: string, size: number, model: string): Promise<readonly Float32Array[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error.code);
  });
  const saved = savedFor(text);
  if (saved.isEmpty) throw emptyWell(path);
  if (saved.model !== null && saved.model !== model)
    throw new AppError({
      code: 'input/latent',
      headline: 'These exemplars are of another model',
      where: path,
      cause: `they are of ${saved.model}, and this is ${model}`,
      remedy: 'take exemplars of one model',
    });
  return readLatents(path, size);
}

/** What a file of latents says of itself beside them; one that cannot be read says nothing and is refused with its reason later. */
function savedFor(text: string): { readonly model: string | null; readonly isEmpty: boolean } {
  try {
    const document: unknown = JSON.parse(text);
    const isObject = typeof document === 'object' && document !== null;
    const list = isObject && 'z' in document ? document.z : document;
    const of = isObject && 'model' in document ? document.model : null;
    return { model: typeof of === 'string' ? of : null, isEmpty: Array.isArray(list) && list.length === 0 };
  } catch {
    return { model: null, isEmpty: false };
  }
}

const emptyWell = (where: string): AppError =>
  new AppError({
    code: 'input/well',
    headline: 'A term has no exemplars',
    where,
    remedy: 'give each term at least one picture or seed',
  });

const unreadable = (where: string, cause: string | undefined): AppError =>
  new AppError({
    code: 'input/missing',
    headline: 'An exemplar cannot be read',
    where,
    cause,
    remedy: 'check --expr',
  });
