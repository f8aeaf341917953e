// `evaluate`: the figures of a finished pack, or of a training, on data. Each family gets those that fit it; where a figure cannot be
// had, it is null and a sentence says why.
import type { DataOptions, DataSpec } from '#shared/training';
import { shuffledIndices } from '#shared/random';
import { selectBackend } from './backends/select';
import { modelClasses } from './class-names';
import type { EvaluationData } from './evaluate-data';
import type { Subject, Target } from './evaluate-subject';
import type { SampleFigures } from './measure-samples';
import type { PointFigures } from './measure-points';
import type { VaeMeasures } from './measure-vae';
import type { CountKept } from './measure-way-back';
import type { Source } from './training/source';

export interface EvaluateOptions {
  readonly target: Target;
  readonly data: DataSpec;
  readonly options?: DataOptions;
  /** Pictures; all where not given. */
  readonly n?: number;
  readonly seed?: number;
  readonly importanceSamples?: number;
  /** Whether a judge looks at what is drawn. It learns from the data first, which takes a minute, and is kept. */
  readonly judged?: boolean;
  /** Steps that a new judge learns for; fewer for a rough look. */
  readonly judgeSteps?: number;
  /** Where judges are kept, if not in the cache of the user. */
  readonly cache?: string;
  readonly onProgress?: (line: string) => void;
}

type Bounds = Pick<VaeMeasures, 'elbo' | 'iwae' | 'reconstruction' | 'klPerDimension'>;
type OrNull<T> = { readonly [K in keyof T]: T[K] | null };

export interface Evaluation extends OrNull<Bounds> {
  readonly model: string;
  readonly family: string;
  readonly data: { readonly title: string; readonly part: EvaluationData['part']; readonly count: number };
  readonly n: number;
  readonly seed: number;
  readonly importanceSamples: number;
  /** Nats, of the posterior against N(0, 1). */
  readonly kl: number | null;
  readonly activeUnits: number | null;
  /** Of reconstructions through the posterior's mean: dB, and structural similarity. */
  readonly psnr: number | null;
  readonly ssim: number | null;
  /** Share of reconstructions that keep the class of their picture, by the judge. */
  readonly classKept: number | null;
  /** Of what is drawn from the prior; null for points and without a judge. */
  readonly drawn: Omit<SampleFigures, 'notes'> | null;
  readonly points: PointFigures | null;
  readonly judge: {
    readonly name: string;
    readonly id: string;
    readonly accuracy: number | null;
    readonly r2: Readonly<Record<string, number>>;
  } | null;
  readonly notes: readonly string[];
}

/** A distance costs time with every picture and gains little beyond. */
const MAX_SAMPLES = 5000;
const POINT_SAMPLES = 10_000;

export async function evaluate(given: EvaluateOptions): Promise<Evaluation> {
  const { seed = 1, importanceSamples = 50, judged = true, onProgress = () => undefined } = given;
  const { checkFits, openEvaluationData } = await import('./evaluate-data');
  const data = await openEvaluationData(given.data, given.options ?? AS_IT_IS);
  if (given.target.kind === 'pack') checkFits(data.pictures.shape, given.target.pack.manifest.output);
  await selectBackend();
  const { openSubject } = await import('./evaluate-subject');
  const subject = await openSubject(given.target, data.pictures);
  const { count } = data.pictures;
  const n = Math.min(given.n ?? count, count);
  try {
    const notes = [...subject.notes, ...data.notes];
    const asked = { n, seed, importanceSamples, onProgress };
    const base = {
      ...{ model: subject.id, family: subject.family, n, seed, importanceSamples },
      data: { title: data.title, part: data.part, count },
    };
    if (subject.kind === 'points') {
      const { measurePoints } = await import('./measure-points');
      const points = await measurePoints(
        subject,
        data,
        Math.min(given.n ?? POINT_SAMPLES, POINT_SAMPLES),
        seed,
      );
      if (points.coverage === null) notes.push('The data is a curve: there are no modes to be counted.');
      return { ...base, ...NOTHING, points, notes };
    }
    const bounds = await measureBounds(subject, data.pictures, asked, notes);
    const { of, note } = modelClasses(subject, data.pictures);
    if (note !== null) notes.push(note);
    const seen = judged ? await judgedFigures(subject, data, given, n, of, notes) : WITHOUT_JUDGE;
    if (!judged) notes.push('No judge was asked: nothing is said of what is drawn from the prior.');
    try {
      const back = await wayBack(subject, data.pictures, asked, of, seen.countKept);
      return { ...base, ...NOTHING, ...back, ...bounds, ...seen.figures, notes };
    } finally {
      seen.dispose();
    }
  } finally {
    await subject.dispose();
  }
}

const TOLD_EACH = 1000;

const counted =
  (what: string, tell: (line: string) => void) =>
  (done: number, total: number): void => {
    if (done % TOLD_EACH === 0 || done === total) tell(`${what}: picture ${done} of ${total}`);
  };

const AS_IT_IS: DataOptions = { size: null, crop: 'cover', grey: false };

const NOTHING = {
  ...{ elbo: null, iwae: null, reconstruction: null, kl: null, klPerDimension: null, activeUnits: null },
  ...{ psnr: null, ssim: null, classKept: null, drawn: null, points: null, judge: null },
} as const;

interface Asked {
  readonly n: number;
  readonly seed: number;
  readonly importanceSamples: number;
  readonly onProgress: (line: string) => void;
}

async function measureBounds(
  { bounds, judge }: Subject,
  source: Source,
  { onProgress, ...asked }: Asked,
  notes: string[],
): Promise<Partial<Evaluation>> {
  if (typeof bounds !== 'string') {
    const { measureVae } = await import('./measure-vae');
    const { measures } = await measureVae(bounds, source, {
      ...asked,
      onProgress: counted('bounds', onProgress),
    });
    return measures;
  }
  notes.push(bounds);
  if (judge === null) return {};
  const { averagedJudgement } = await import('./measure-vae');
  return averagedJudgement(judge, source, asked);
}

interface Judged {
  readonly figures: Partial<Evaluation>;
  readonly countKept: CountKept | null;
  readonly dispose: () => void;
}

const WITHOUT_JUDGE: Judged = { figures: {}, countKept: null, dispose: () => undefined };

async function judgedFigures(
  subject: Subject,
  data: EvaluationData,
  { seed = 1, judgeSteps, cache, onProgress = () => undefined }: EvaluateOptions,
  n: number,
  modelClassOf: readonly number[] | null,
  notes: string[],
): Promise<Judged> {
  const { judgeOfData } = await import('./datasets/data-judge');
  const { measureSamples } = await import('./measure-samples');
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
  if (learned !== 'classes') notes.push(`The data has no classes: the judge learned its ${learned} instead.`);
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

async function wayBack(
  subject: Subject,
  source: Source,
  { n, seed, onProgress }: Asked,
  modelClassOf: readonly number[] | null,
  countKept: CountKept | null,
): Promise<Partial<Evaluation>> {
  if (subject.encode === null) return {};
  const { measureWayBack } = await import('./measure-way-back');
  return measureWayBack(subject, subject.encode, source, {
    places: shuffledIndices(seed, source.count).subarray(0, n),
    ...{ countKept, modelClassOf },
    onProgress: counted('reconstructions', onProgress),
  });
}
