// The judge for a data set's labels: the kept one of drawn heads, or a small network that is taught on the data's own labels.
import type { LabelTable } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { splitSource } from '../datasets/describe-data';
import { JUDGE_DEFAULTS, type Judge } from '../datasets/judge';
import { headJudge, keptJudge } from '../datasets/kept-judges';
import type { FactoredSource } from '../datasets/procedural/factored-source';
import type { DataSpec } from '#shared/training';
import { subsetSource, type Source } from '../training/source';
import { labelsOf } from './label-data';
import { areHeads } from './head-attributes';

const HELD_OUT_SHARE = 0.2;
const STEPS = 4000;

/** `heldOut` is what the data itself holds out; without it a fifth is. */
export async function judgeOfLabels(
  spec: DataSpec,
  source: Source,
  heldOut: Source | null,
  steps = STEPS,
): Promise<Judge> {
  const { height } = source.shape;
  const table = labelsOf(source);
  if (table === null) throw new Error('a judge needs labels');
  if (spec.kind === 'builtin' && areHeads(table.attributes.map(({ name }) => name))) return headJudge(height);
  const parts =
    heldOut === null ? splitSource(source, HELD_OUT_SHARE, 0) : { training: source, validation: heldOut };
  const [learn, test] = [parts.training, parts.validation ?? parts.training].map(withFactors);
  return keptJudge(learn!, test!, {
    ...JUDGE_DEFAULTS,
    steps,
    targets: { classes: false, factors: table.attributes.map(({ name }) => name) },
  });
}

/** Labels as factors; a picture without one of them is left out. */
function withFactors(source: Source): FactoredSource {
  const table: LabelTable = labelsOf(source)!;
  const width = table.attributes.length;
  const whole = Uint32Array.from({ length: source.count }, (_, row) => row).filter((row) =>
    table.values.subarray(row * width, (row + 1) * width).every(Number.isFinite),
  );
  if (whole.length < 2)
    throw new AppError({
      code: 'data/too-few',
      headline: 'Too few pictures have all labels',
      cause: `${whole.length} of ${source.count}`,
      remedy: 'fill the gaps in labels.csv, or take columns out of it',
    });
  const subset = subsetSource({ ...source, labelTable: table }, whole);
  return {
    ...subset,
    factors: { names: table.attributes.map(({ name }) => name), values: subset.labelTable!.values },
  };
}
