// What arithmetic on the packs of faces has to reach, graded by a judge that learned from labelled pictures, with 1, 3 and 10 exemplars a
// term: Radford's remark that single exemplars are unstable, in numbers. As raw means, and with directions in the place of a difference.
import type { NormRule } from '#shared/arithmetic';
import { findDirection } from '../attributes/find';
import { judgeOfLabels } from '../attributes/judge-of-labels';
import { judgedPictures } from '../attributes/label-samples';
import { requireLabelled } from '../attributes/labelled';
import type { Judge } from '../datasets/judge';
import { headJudge } from '../datasets/kept-judges';
import { openModel } from '../open-model';
import type { Pack } from '../pack';
import { EXAMPLES, gradeTrials } from './arithmetic-trials';
import { equationPicture } from './equation-picture';
import type { Figures, Outcome, Proof } from './proof';
import { openReal } from './real-data';
import type { CardSection } from './write-on-card';

interface Claim {
  readonly id: string;
  readonly pack: string;
  readonly norm: NormRule;
  readonly trials: number;
  /** Least share of successes by exemplars a term, over both examples. */
  readonly least: Readonly<Record<number, number>>;
  readonly mostDrift: number | null;
  readonly untouched: readonly string[];
  readonly judge: (side: number) => Promise<Judge>;
  /** Least R2 of the judge on these, or null where labels are either-or and R2 says little. */
  readonly judged: { readonly names: readonly string[]; readonly least: number } | null;
  readonly leastAuc: number | null;
  readonly reference: string;
  readonly needs?: string;
}

const EXEMPLARS = [1, 3, 10] as const;
const METHODS = ['balanced', 'joint', 'regression'] as const;
/** In the folder of data sets: photographs with labels of gender, smile, glasses and pose. */
const PHOTOS = 'mtfl64.zip';
const READ = { names: ['smile', 'gender', 'yaw', 'glasses'], least: 0.95 } as const;

export const ARITHMETIC_PROOFS: readonly Proof[] = [
  proofOf({
    ...{
      id: 'arithmetic-heads-vae',
      pack: 'heads-vae',
      norm: 'none',
      trials: 500,
      judged: READ,
      leastAuc: null,
    },
    least: { 3: 0.8, 10: 0.95 },
    mostDrift: 0.35,
    untouched: ['yaw', 'light', 'skin'],
    judge: headJudge,
    reference: 'a 32 x 32 VAE in PyTorch: .36 / .66 / .95 with 1 / 3 / 10 exemplars',
  }),
  proofOf({
    // a mean of ten draws is three times shorter than any draw that a GAN was trained on, so the sum is put back on the shell
    ...{
      id: 'arithmetic-heads-dcgan',
      pack: 'heads-dcgan',
      norm: 'shell',
      trials: 500,
      judged: READ,
      leastAuc: null,
    },
    least: { 3: 0.6, 10: 0.8 },
    mostDrift: null,
    untouched: ['yaw', 'light', 'skin'],
    judge: headJudge,
    reference: 'a 32 x 32 DCGAN in PyTorch: .23 / .47 / .77 with 1 / 3 / 10 exemplars',
  }),
  proofOf({
    ...{
      id: 'arithmetic-photos',
      pack: 'photos-vae',
      norm: 'none',
      trials: 300,
      judged: null,
      leastAuc: 0.85,
    },
    least: { 10: 0.75 },
    mostDrift: null,
    untouched: [],
    judge: photoJudge,
    reference: 'directions of another VAE of these photographs: AUC .88 smile, .87 gender, .90 glasses',
    needs: PHOTOS,
  }),
];

async function photoJudge(side: number): Promise<Judge> {
  const { spec, source, test } = await openReal(PHOTOS, side);
  return judgeOfLabels(spec, source, test);
}

function proofOf(claim: Claim): Proof {
  const { id, pack, trials, least, mostDrift, leastAuc, reference, needs } = claim;
  const shares = Object.entries(least).map(([n, share]) => `${100 * share} % with ${n}`);
  return {
    id,
    family: 'arithmetic',
    claim: `${trials} trials of each example, exemplars a term: ${shares.join(', ')} succeed${mostDrift === null ? '' : `; what is not touched drifts by at most ${mostDrift} sd with 10`}${leastAuc === null ? '' : `; directions of smile, gender and glasses separate with AUC ${leastAuc}`}`,
    reference,
    seconds: 200,
    needsModel: pack,
    ...(needs === undefined ? {} : { needs }),
    section: (model, figures, seeds) => sectionOf(claim, model, figures, seeds),
    run: (seed, log, model) => grade(claim, model!, seed, log),
  };
}

async function grade(claim: Claim, pack: Pack, seed: number, log: (line: string) => void): Promise<Outcome> {
  const labelled = await requireLabelled(pack);
  const model = await openModel(pack);
  const judge = await claim.judge(pack.manifest.output.height);
  try {
    const figures: Record<string, number> = {};
    let passed = true;
    if (claim.judged !== null) {
      for (const name of claim.judged.names) figures[`judge ${name}`] = judge.report.r2[name] ?? NaN;
      passed &&= claim.judged.names.every((name) => (judge.report.r2[name] ?? 0) >= claim.judged!.least);
    }
    const common = {
      labelled,
      prior: pack.manifest.latent.prior,
      norm: claim.norm,
      trials: claim.trials,
      seed,
      untouched: claim.untouched,
      read: async (z: Float32Array, count: number) =>
        judge.read(await judgedPictures(model, z, count)).factors,
    };
    for (const method of ['means', ...METHODS] as const) {
      for (const exemplars of EXEMPLARS) {
        const graded = [];
        for (const example of EXAMPLES) {
          const direction =
            method === 'means' ? undefined : findDirection(labelled, { method, attribute: example.moves });
          const one = await gradeTrials(example, { ...common, exemplars, direction });
          figures[`${method} ${example.name} ${exemplars}`] = one.success;
          figures[`${method} ${example.name} ${exemplars} clearly`] = one.clear;
          graded.push(one);
        }
        const success = graded.reduce((sum, one) => sum + one.success, 0) / graded.length;
        const clear = graded.reduce((sum, one) => sum + one.clear, 0) / graded.length;
        const drift = graded.reduce((sum, one) => sum + one.drift, 0) / graded.length;
        figures[`${method} ${exemplars}`] = success;
        if (claim.untouched.length > 0) figures[`drift ${method} ${exemplars}`] = drift;
        log(
          `${method}, ${exemplars} exemplars: ${(100 * success).toFixed(1)} % succeed, ${(100 * clear).toFixed(1)} % clearly, drift ${drift.toFixed(2)} sd`,
        );
        if (method !== 'means') continue;
        passed &&= success >= (claim.least[exemplars] ?? 0);
        if (exemplars === 10 && claim.mostDrift !== null) passed &&= drift <= claim.mostDrift;
      }
    }
    if (claim.leastAuc !== null) {
      for (const attribute of ['smile', 'gender', 'glasses']) {
        const { auc } = findDirection(labelled, { method: 'regression', attribute });
        figures[`auc ${attribute}`] = auc ?? 0;
        passed &&= (auc ?? 0) >= claim.leastAuc;
      }
    }
    return { figures, passed };
  } finally {
    judge.dispose();
    await model.dispose();
  }
}

/** On the card's picture. */
const SHOWN = { exemplars: 3, seed: 1 } as const;
const ROWS = [
  ['means', 'means of exemplars'],
  ['balanced', 'a balanced direction in the place of the difference'],
  ['joint', 'a joint direction in the place of the difference'],
  ['regression', 'a regression direction in the place of the difference'],
] as const;

async function sectionOf(claim: Claim, pack: Pack, figures: Figures, seeds: number): Promise<CardSection> {
  const labelled = await requireLabelled(pack);
  const model = await openModel(pack);
  const percent = (name: string): string => `${(100 * (figures[name] ?? NaN)).toFixed(1)} %`;
  const cells = (of: (exemplars: number) => string): string => EXEMPLARS.map(of).join(' | ');
  const table = EXAMPLES.flatMap(({ name }) =>
    ROWS.map(
      ([method, words]) =>
        `| ${name} | ${words} | ${cells((n) => `${percent(`${method} ${name} ${n}`)} (${percent(`${method} ${name} ${n} clearly`)})`)} |`,
    ),
  );
  const drift = (n: number): string => (figures[`drift means ${n}`] ?? NaN).toFixed(2);
  const judged = Object.entries(figures).filter(([name]) => name.startsWith('judge '));
  const lines = [
    ...EXAMPLES.map(({ name, terms, asked }) => {
      const sum = terms.map(({ weight, phrase }) => `${weight < 0 ? '−' : '+'} ${phrase}`).join(' ');
      return `- ${name}: *${sum.slice(2)}*; a success reads nearer to *${asked}* than to what else the sum names (in brackets: is as clearly so as the exemplars are)`;
    }),
    '',
    `| example | with | ${cells((n) => `${n} ${n === 1 ? 'exemplar' : 'exemplars'} a term`)} |`,
    '|---|---|---|---|---|',
    ...table,
    ...(claim.untouched.length === 0
      ? []
      : [`| both | drift of ${claim.untouched.join(', ')} in sd, with means | ${cells(drift)} |`]),
    '',
    `${claim.trials} trials each, of exemplars drawn at random, graded by a judge that never saw them${judged.length === 0 ? '' : ` (R2 on held-out pictures: ${judged.map(([name, r2]) => `${name.slice('judge '.length)} ${r2.toFixed(3)}`).join(', ')})`}${seeds === 1 ? '' : `; medians over ${seeds} seeds`}. The length of the sum: ${claim.norm}. Printed by`,
    '',
    `    npm run -s cli -- prove ${claim.id} --model <pack> --write`,
  ];
  try {
    return {
      id: 'arithmetic',
      title: 'Arithmetic',
      markdown: lines.join('\n'),
      picture: {
        png: await equationPicture(model, labelled, EXAMPLES, { ...SHOWN, norm: claim.norm }),
        describe: `Three sums of each example with ${SHOWN.exemplars} exemplars a term: the three means, then the result`,
      },
    };
  } finally {
    await model.dispose();
  }
}
