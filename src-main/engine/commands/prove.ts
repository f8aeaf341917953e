// prove: every claim of the model families, trained and measured here, medians over seeds beside the reference.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { median } from '#shared/statistics';
import { openPackFor, type Places } from '../inspect';
import type { Pack } from '../pack';
import { selectBackend } from '../backends/select';
import type { Outcome, Proof } from '../proofs/proof';
import { writeOnCard } from '../proofs/write-on-card';
import { command, integer, seed, text } from './command';

export const proveCommand = command({
  usage: 'prove [id]',
  describe: 'train each family on data of known truth and check what it claims; --list shows the claims',
  options: [
    { flag: '--seeds <n>', describe: 'how many seeds; the medians are judged', default: 3 },
    { flag: '--seed <seed>', describe: 'the first seed', default: 1 },
    { flag: '--family <name>', describe: 'only the claims of one family' },
    { flag: '--model <pack>', describe: 'the pack that a claim about a pack is tried on: its id or folder' },
    {
      flag: '--write',
      describe: 'put what came out onto the card of the pack: of your library, or a folder that you name',
    },
    { flag: '--list', describe: 'show the claims without running them' },
  ],
  examples: ['prove gan-ring-8', 'prove --family vae --seeds 1'],
  input: z.object({
    id: text.optional(),
    seeds: integer(1, 100),
    seed,
    family: text.optional(),
    model: text.optional(),
    write: z.boolean().optional(),
    list: z.boolean().optional(),
  }),
  async run(input, context) {
    const { PROOFS } = await import('../proofs/all');
    const chosen = PROOFS.filter(
      ({ id, family }) => (input.id ?? id) === id && (input.family ?? family) === family,
    );
    if (chosen.length === 0) throw unknownProof(input.id ?? input.family ?? '', PROOFS);
    if (input.list === true) {
      const json = chosen.map(({ id, family, claim, reference, seconds }) => ({
        id,
        family,
        claim,
        reference,
        seconds,
      }));
      return {
        json,
        lines: json.map(({ id, claim, seconds }) => `${id.padEnd(24)} ${claim} (about ${seconds} s a seed)`),
      };
    }
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // most claims are of convolutions: see backends/native-addon.ts
    await selectBackend();
    const rows: Row[] = [];
    const skipped: Skipped[] = [];
    for (const proof of chosen) {
      const model = await modelFor(proof, input.model, context.paths);
      const missing = typeof model === 'string' ? model : await missingData(proof);
      if (missing !== null) {
        context.log(`skips ${proof.id}: ${missing}`);
        if (context.asJson) context.emit({ id: proof.id, claim: proof.claim, skipped: missing });
        skipped.push({ id: proof.id, claim: proof.claim, skipped: missing });
        continue;
      }
      if (input.write === true && typeof model === 'object' && model.origin === 'bundled')
        throw readOnly(model.manifest.id);
      const outcomes: Outcome[] = [];
      const start = performance.now();
      for (let i = 0; i < input.seeds; i++) {
        const say = (line: string): void => context.log(`${proof.id} seed ${input.seed + i}: ${line}`);
        const outcome = await proof.run(input.seed + i, say, typeof model === 'object' ? model : undefined);
        say(`${outcome.passed ? 'holds' : 'fails'}, ${textOf(outcome.figures)}`);
        outcomes.push(outcome);
      }
      const row = rowOf(proof, outcomes, (performance.now() - start) / 1000 / input.seeds);
      if (context.asJson) context.emit(row);
      context.log(lineOf(row));
      rows.push(row);
      if (input.write === true && typeof model === 'object' && proof.section !== undefined) {
        await writeOnCard(model, await proof.section(model, row.figures, input.seeds));
        context.log(`${proof.id}: written on the card of ${model.manifest.id}`);
      }
    }
    const failed = rows.filter(({ passed }) => !passed).length;
    const without = skipped.length === 0 ? '' : `; ${skipped.length} skipped for want of their data`;
    const lines = [
      ...rows.map(lineOf),
      ...skipped.map(({ id, skipped: why }) => `skipped ${id}: ${why}`),
      `${rows.length - failed} of ${rows.length} claims hold${without}`,
    ];
    return { json: [...rows, ...skipped], lines, ...(failed > 0 ? { exitCode: 4 } : {}) };
  },
});

interface Skipped {
  readonly id: string;
  readonly claim: string;
  /** Why. */
  readonly skipped: string;
}

/** One sentence where the data of a claim is not on this machine. */
async function missingData({ needs }: Proof): Promise<string | null> {
  if (needs === undefined) return null;
  const folder = process.env.LATENTSCAPE_DATA;
  if (folder === undefined)
    return `it is about ${needs}, and LATENTSCAPE_DATA does not name the folder that has it`;
  const found = await stat(join(folder, needs)).catch(() => null);
  return found !== null ? null : `there is no ${needs} in the folder LATENTSCAPE_DATA`;
}

/** The pack that a claim is about; undefined where it is about none; one sentence where it is not there. */
async function modelFor(
  { needsModel }: Proof,
  given: string | undefined,
  paths: Places,
): Promise<Pack | string | undefined> {
  if (needsModel === undefined) return undefined;
  try {
    return await openPackFor(given ?? needsModel, paths);
  } catch (error) {
    // a pack that was named has to be there
    if (given !== undefined || !(error instanceof AppError)) throw error;
    return `it is about the pack ${needsModel}, which is not here; name one with --model`;
  }
}

interface Row {
  readonly id: string;
  readonly claim: string;
  readonly reference: string;
  /** Medians over the seeds. */
  readonly figures: Readonly<Record<string, number>>;
  /** Seeds that passed; the claim holds where more than half did. */
  readonly seedsPassed: number;
  readonly seeds: number;
  readonly passed: boolean;
  readonly secondsPerSeed: number;
}

function rowOf({ id, claim, reference }: Proof, outcomes: readonly Outcome[], secondsPerSeed: number): Row {
  const names = Object.keys(outcomes[0]?.figures ?? {});
  const figures = Object.fromEntries(
    names.map((name) => [name, median(outcomes.map((outcome) => outcome.figures[name] ?? NaN))]),
  );
  const seedsPassed = outcomes.filter(({ passed }) => passed).length;
  const passed = seedsPassed * 2 > outcomes.length;
  return { id, claim, reference, figures, seedsPassed, seeds: outcomes.length, passed, secondsPerSeed };
}

function lineOf({ id, claim, reference, figures, seedsPassed, seeds, passed, secondsPerSeed }: Row): string {
  return `${passed ? 'holds ' : 'FAILS '} ${id}: ${claim}; measured ${textOf(figures)}; ${seedsPassed} of ${seeds} seeds, ${secondsPerSeed.toFixed(0)} s each; reference: ${reference}`;
}

const textOf = (figures: Row['figures']): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');

const readOnly = (where: string): AppError =>
  new AppError({
    code: 'store/read-only',
    headline: 'This model came with the app and is left as it is',
    where,
    remedy: 'name its folder with --model, or leave out --write',
  });

function unknownProof(name: string, proofs: readonly Proof[]): AppError {
  return new AppError({
    code: 'usage/proof',
    headline: 'There is no such claim',
    where: name,
    remedy: `choose one of ${proofs.map(({ id }) => id).join(', ')}`,
  });
}
