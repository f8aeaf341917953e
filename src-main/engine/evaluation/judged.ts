// What a judge of the data says of a model.
import type { EvaluationData } from './data';
import type { EvaluateOptions } from './evaluate';
import type { Evaluation } from './evaluation';
import type { Subject } from './subject';
import type { CountKept } from './way-back';

/** A distance costs time with every picture and gains little beyond. */
const MAX_SAMPLES = 5000;

const INSTEAD = {
  factors: 'The judge of this data reads the factors that it was drawn from, and no classes.',
  turns: 'The data has no classes: the judge learned which way up its pictures are.',
} as const;

export interface Judged {
  readonly figures: Partial<Evaluation>;
  readonly countKept: CountKept | null;
  readonly dispose: () => void;
}

export const WITHOUT_JUDGE: Judged = { figures: {}, countKept: null, dispose: () => undefined };

/** Trains or opens the judge of the data, and lets it look at what the model draws. */
export async function judgedFigures(
  subject: Subject,
  data: EvaluationData,
  { seed = 1, judgeSteps, cache, onProgress = () => undefined }: EvaluateOptions,
  n: number,
  modelClassOf: readonly number[] | null,
  notes: string[],
): Promise<Judged> {
  const { judgeOfData } = await import('../datasets/data-judge');
  const { measureSamples } = await import('./samples');
  const { learn, test } = data.judged;
  const samples = Math.min(n, Math.floor(test.count / 2), MAX_SAMPLES);
  if (samples < 2) {
    notes.push('There are too few pictures for a judge to compare.');
    return WITHOUT_JUDGE;
  }
  onProgress('the judge: read from the cache, or trained now');
  const named = await judgeOfData({ ...data, learn, test }, { steps: judgeSteps, cache });
  const { judge, name, id, learned } = named;
  onProgress(`${samples} pictures from the prior`);
  const { notes: more, ...drawn } = await measureSamples(subject, named, test, {
    ...{ samples, seed, modelClassOf },
  });
  notes.push(...more);
  if (learned !== 'classes') notes.push(INSTEAD[learned]);
  const { accuracy, r2 } = judge.report;
  const labels = data.pictures.labels;
  return {
    figures: { drawn, judge: { name, id, accuracy, r2 } },
    countKept:
      learned === 'classes' && labels !== null
        ? (reconstructions, places) =>
            judge
              .read(reconstructions)
              .classes.reduce((sum, label, row) => sum + Number(label === labels[places[row]!]), 0)
        : null,
    dispose: () => judge.dispose(),
  };
}
