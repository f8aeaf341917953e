// evaluate: every figure that a model of its family can have on data, and one sentence for each that it cannot.
import { z } from 'zod';
import { evaluate } from '../evaluation/evaluate';
import type { Evaluation } from '../evaluation/evaluation';
import { command, integer, seed, text } from './command';
import { dataSpec } from './training';

export const evaluateCommand = command({
  usage: 'evaluate <model>',
  describe:
    'how good a model is: ELBO, importance-weighted bound, active units, likeness of reconstructions, Frechet distance, coverage, label agreement',
  options: [
    {
      flag: '--data <path>',
      describe: 'the data, as for train: a path, or builtin:glyphs, builtin:ring-8, …',
    },
    { flag: '--n <count>', describe: 'how many pictures', default: 10_000 },
    { flag: '--seed <seed>', describe: 'seed of the samples', default: 1 },
    { flag: '--importance <k>', describe: 'samples of the importance-weighted bound', default: 50 },
    { flag: '--size <pixels>', describe: 'resize pictures to this side' },
    {
      flag: '--crop <how>',
      describe: 'cover (cut the longer side) or contain (keep it, pad the rest)',
      default: 'cover',
    },
    { flag: '--grey', describe: 'without colours' },
    { flag: '--label <column>', describe: 'the column of labels.csv that holds the classes' },
    {
      flag: '--no-judge',
      describe: 'only what needs no judge: a judge learns from the data for some minutes, once',
    },
  ],
  examples: [
    'evaluate fashion-vae-2d --data fashion-mnist',
    'evaluate runs/ring --data builtin:ring-8   (the folder of a training)',
  ],
  input: z.object({
    model: text,
    data: text,
    n: integer(1, 1_000_000),
    seed,
    importance: integer(1, 5000),
    size: integer(4, 512).optional(),
    crop: z.enum(['cover', 'contain']),
    grey: z.boolean().optional(),
    label: text.optional(),
    judge: z.boolean().default(true),
  }),
  async run({ model, data, n, importance, size, crop, grey, label, judge, ...input }, context) {
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '1'; // judges are of convolutions: see backends/native-addon.ts
    const { targetOf } = await import('../evaluation/subject'); // loads TensorFlow.js
    const report = await evaluate({
      target: await targetOf(model, context.paths),
      data: dataSpec(data),
      options: { size: size ?? null, crop, grey: grey ?? false, labelColumn: label },
      n,
      seed: input.seed,
      importanceSamples: importance,
      judged: judge,
      onProgress: context.log,
    });
    return { json: report, lines: linesOf(report) };
  },
});

function linesOf(report: Evaluation): readonly string[] {
  const { model, family, data, n, elbo, reconstruction, kl, iwae, importanceSamples, activeUnits } = report;
  const { psnr, ssim, classKept, drawn, points, judge, notes } = report;
  const lines = [`${model} (${family}) on ${data.title}, ${PARTS[data.part]}`];
  if (elbo !== null && reconstruction !== null && kl !== null)
    lines.push(
      `ELBO ${elbo.toFixed(2)} = ${reconstruction.toFixed(2)} - KL ${kl.toFixed(2)}${iwae === null ? '' : `   IWAE-${importanceSamples} ${iwae.toFixed(2)}`}   (nats per picture, n = ${n}; lower bounds of log p(x))`,
    );
  if (activeUnits !== null) lines.push(`active units ${activeUnits}`);
  if (psnr !== null && ssim !== null)
    lines.push(
      `reconstructions: PSNR ${psnr.toFixed(2)} dB, SSIM ${ssim.toFixed(3)}${classKept === null ? '' : `, ${percent(classKept)} keep their class`}`,
    );
  if (drawn !== null && judge !== null) {
    const { samples, frechet, floor, diversity, coverage, purity, labelAgreement, labelAgreementOfData } =
      drawn;
    if (frechet !== null && floor !== null)
      lines.push(
        `Frechet distance ${frechet.toFixed(2)}, real against real ${floor.toFixed(2)} (${samples} pictures a side; ${judge.name})`,
      );
    lines.push(`diversity within a class ${diversity.toFixed(2)} of that of the data`);
    if (coverage !== null) {
      lines.push(
        `classes covered ${coverage.covered} of ${coverage.ofClasses}, KL to the data ${coverage.kl.toFixed(3)} nats`,
        ...coverage.shares.map(
          (share, label) =>
            `  ${(coverage.names[label] ?? String(label)).padEnd(16)} ${percent(share.generated)}   in the data ${percent(share.data)}`,
        ),
      );
    }
    for (const [name, of] of Object.entries(drawn.attributes))
      lines.push(
        `  ${name.padEnd(16)} ${of.generated.mean.toFixed(3)} ± ${of.generated.sd.toFixed(3)}   in the data ${of.data.mean.toFixed(3)} ± ${of.data.sd.toFixed(3)}`,
      );
    if (purity !== null)
      lines.push(`${percent(purity)} of the pictures are of the commonest class of their category`);
    if (labelAgreement !== null)
      lines.push(
        `label agreement ${percent(labelAgreement)} (of real pictures the judge reads ${percent(labelAgreementOfData ?? NaN)} right)`,
      );
  }
  if (points !== null) {
    const { coverage, energyDistance, floor, samples } = points;
    if (coverage !== null)
      lines.push(
        `modes ${coverage.modes} of ${coverage.ofModes}, ${percent(coverage.highQuality)} of ${samples} samples within 3 sd`,
      );
    lines.push(`energy distance ${energyDistance.toPrecision(3)}, data against data ${floor.toPrecision(3)}`);
  }
  return [...lines, ...notes];
}

const PARTS: Readonly<Record<Evaluation['data']['part'], string>> = {
  'test set': 'its test set',
  'drawn anew': 'drawn anew',
  all: 'all of it',
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
