// The figures of a model: what `evaluate` measures. One that cannot be had is null, and a note says why.
import type { EvaluationData } from './data';
import type { PointFigures } from './points';
import type { SampleFigures } from './samples';
import type { VaeMeasures } from './vae-bounds';

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
