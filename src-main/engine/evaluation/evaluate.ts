// `evaluate`: the figures of a finished pack, or of a training, on data. Each family gets those that fit it; where a figure cannot be
// had, it is null and a sentence says why.
import type { DataOptions, DataSpec } from '#shared/training';
import { shuffledIndices } from '#shared/random';
import { selectBackend } from '../backends/select';
import { modelClasses } from './class-names';
import type { Evaluation } from './evaluation';
import { judgedFigures, WITHOUT_JUDGE } from './judged';
import type { Subject, Target } from './subject';
import type { CountKept } from './way-back';
import type { Source } from '../training/source';

export interface EvaluateOptions {
  readonly target: Target;
  readonly data: DataSpec;
  readonly options?: DataOptions;
  /** Pictures; all where not given. */
  readonly n?: number;
  readonly seed?: number;
  readonly importanceSamples?: number;
  /** Whether a judge looks at what is drawn. It learns from the data first, which takes some minutes, and is kept. */
  readonly judged?: boolean;
  /** Steps that a new judge learns for; fewer for a rough look. */
  readonly judgeSteps?: number;
  /** Where judges are kept, if not in the cache of the user. */
  readonly cache?: string;
  readonly onProgress?: (line: string) => void;
}

const POINT_SAMPLES = 10_000;

export async function evaluate(given: EvaluateOptions): Promise<Evaluation> {
  const { seed = 1, importanceSamples = 50, judged = true, onProgress = () => undefined } = given;
  const { checkFits, openEvaluationData } = await import('./data');
  const data = await openEvaluationData(given.data, given.options ?? AS_IT_IS);
  if (given.target.kind === 'pack') checkFits(data.pictures.shape, given.target.pack.manifest.output);
  await selectBackend();
  const { openSubject } = await import('./subject');
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
      const { measurePoints } = await import('./points');
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
    const { measureVae } = await import('./vae-bounds');
    const { measures } = await measureVae(bounds, source, {
      ...asked,
      onProgress: counted('bounds', onProgress),
    });
    return measures;
  }
  notes.push(bounds);
  if (judge === null) return {};
  const { averagedJudgement } = await import('./vae-bounds');
  return averagedJudgement(judge, source, asked);
}

async function wayBack(
  subject: Subject,
  source: Source,
  { n, seed, onProgress }: Asked,
  modelClassOf: readonly number[] | null,
  countKept: CountKept | null,
): Promise<Partial<Evaluation>> {
  if (subject.encode === null) return {};
  const { measureWayBack } = await import('./way-back');
  return measureWayBack(subject, subject.encode, source, {
    places: shuffledIndices(seed, source.count).subarray(0, n),
    ...{ countKept, modelClassOf },
    onProgress: counted('reconstructions', onProgress),
  });
}
