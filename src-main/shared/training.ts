// Training as people see it: jobs, what they say while they run, and what can be told to them.
import type { Pictures } from './domain';
import type { WireError } from './errors';

export type FamilyName = 'vae' | 'cvae' | 'gan' | 'cgan' | 'acgan' | 'infogan' | 'bigan' | 'vaegan';

/** Plain JSON: a training configuration as it is written to job.json. Checked by engine/training/train-config. */
export type ConfigJson = { readonly [key: string]: unknown };

/** Where training data comes from. */
export type DataSpec =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'builtin';
      readonly name: string;
      readonly count: number;
      readonly seed: number;
      readonly size: number;
    };

/** Small changes of each picture, others each time it is trained on. Pictures that are held out stay as they are. */
export interface Augmentation {
  /** Every second picture from left to right. */
  readonly mirror: boolean;
  /** Pixels by which it is moved at most, up or down and to a side; its border is drawn out. */
  readonly shift: number;
  /** Share by which it becomes lighter or darker at most, 0 to 1. */
  readonly brightness: number;
}

export interface DataOptions {
  /** Side of the pictures after resizing; null keeps them as they are. */
  readonly size: number | null;
  readonly crop: 'cover' | 'contain';
  readonly grey: boolean;
  readonly augmentation?: Augmentation | undefined;
  /** The column of labels.csv that holds the classes; absent: the one that looks most like it. */
  readonly labelColumn?: string | undefined;
}

/** A column of labels.csv that could hold the classes. */
export interface LabelColumn {
  readonly name: string;
  /** How many different values it has. */
  readonly values: number;
}

/** What a person is told of data before anything is trained. */
export interface DataSummary {
  readonly title: string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly classNames: readonly string[];
  readonly classCounts: readonly number[];
  readonly statistics: {
    readonly mean: number;
    readonly sd: number;
    readonly min: number;
    readonly max: number;
  };
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
  readonly notes: readonly string[];
  /** Pictures that the data itself holds out of training; 0: a part is split off. */
  readonly heldOut: number;
  /** Columns of labels.csv, where there is one, and which of them is taken. */
  readonly labelColumns: readonly LabelColumn[];
  readonly labelColumn: string | null;
  /** A seeded draw of the pictures; null for points. */
  readonly sheet: Pictures | null;
  /** Some of them, row by row: the picture, then what augmentation makes of it in seven epochs; null where nothing is augmented. */
  readonly augmented: Pictures | null;
  /** For points of a plane: some of them. // [n, 2] */
  readonly points: Float32Array | null;
}

export interface PresetInfo {
  readonly name: string;
  readonly title: string;
  readonly family: FamilyName;
  readonly pace: 'small and quick' | 'as in the paper' | 'bundled';
  readonly summary: string;
  readonly config: ConfigJson;
}

/** What a training will cost, measured by a few trial steps. */
export interface Estimate {
  readonly parameters: number;
  readonly memoryBytes: number;
  readonly msPerStep: number;
  readonly steps: number;
  readonly secondsPerEpoch: number;
  readonly speed: string;
}

export type JobState = 'queued' | 'running' | 'paused' | 'stopped' | 'done' | 'failed';

export interface JobInfo {
  readonly id: string;
  readonly title: string;
  readonly family: FamilyName;
  readonly state: JobState;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly dataTitle: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly error: WireError | null;
  /** The finished pack in the library. */
  readonly model: string | null;
  /** Models that show the run at the end of an epoch: any view opens them by id. */
  readonly checkpoints: readonly { readonly epoch: number; readonly model: string }[];
  readonly config: ConfigJson;
}

/** A training of which only its folder is known, and why. */
export interface UnreadableJob {
  readonly id: string;
  readonly sentence: string;
}

/** How much of the data is made: modes of known points, or classes as the nearest picture of the data tells them. Shares from 0 to 1. */
export interface Coverage {
  readonly kind: 'modes' | 'classes';
  readonly names: readonly string[];
  /** Of what is generated, and of the data, beside each other. // [names] */
  readonly made: readonly number[];
  readonly data: readonly number[];
  /** How many are made at least a fifth as often as they should be. */
  readonly covered: number;
  /** Modes: share of the points within 3 sd of a centre; .989 for the data. */
  readonly near: number | null;
  /** Classes: share of held-out pictures that the nearest picture names rightly: so far the other shares can be believed. */
  readonly accuracy: number | null;
  /** Is that far enough above what naming the largest class would reach? Otherwise the shares say nothing. */
  readonly isBelievable: boolean;
  /** Share of the pictures that have the class that was asked for; null where none is asked for. */
  readonly agreement: number | null;
}

/** What the run makes at present. Pictures of fixed latents, so that they can be compared over time. */
export interface Preview {
  readonly step: number;
  readonly samples: Pictures | null;
  /** How many samples lie beside each other: of a model that takes a class, each row is one latent and each column one class. */
  readonly columns: number;
  /** The classes of the columns. */
  readonly columnNames: readonly string[];
  readonly coverage: Coverage | null;
  /** Standard deviation of the generated pictures over that of the data's: near 0 all look alike. null for points. */
  readonly spread: number | null;
  /** Originals, then reconstructions, as many of each. */
  readonly reconstructions: Pictures | null;
  readonly codes: {
    readonly mu: Float32Array;
    readonly size: number;
    readonly labels: Uint8Array | null;
  } | null;
  /** The 2-d manifold, where the latent has two dimensions. */
  readonly manifold: Pictures | null;
  /** For points of a plane: what the generator makes. // [n, 2] */
  readonly points: Float32Array | null;
}

/** Figures of one moment, by name: loss, reconstruction, kl, dLoss, gLoss, dReal, dFake, … */
export interface FigureRow extends Partial<Measures> {
  readonly step: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** What is measured around one iteration, only where somebody is told of it. */
export interface Measures {
  /** How far one iteration moved each network: |w after - w before| / |w before|, by network. About 1e-3 is healthy. */
  readonly updateRatio: Readonly<Record<string, number>>;
  /** KL of each dimension of z in nats, mean over the batch; absent where there is no posterior. */
  readonly klPerDimension?: readonly number[];
}

/** A remark about how it goes, with the knob to turn. */
export interface Diagnosis {
  readonly step: number;
  readonly kind:
    | 'posterior-collapse'
    | 'mode-collapse'
    | 'discriminator-wins'
    | 'generator-wins'
    | 'divergence'
    | 'over-fitting'
    | 'healthy';
  readonly sentence: string;
  readonly remedy: string;
}

export type TrainEvent =
  | {
      readonly kind: 'start';
      readonly id: string;
      readonly step: number;
      readonly steps: number;
      readonly epochs: number;
      readonly parameters: number;
      /** Said when the newest checkpoint was damaged and the one before it was used. */
      readonly note?: string;
    }
  /** How the steps are run, and why so. */
  | { readonly kind: 'speed'; readonly mode: 'traced' | 'eager'; readonly why: string }
  | ({
      readonly kind: 'progress';
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly figures: Readonly<Record<string, number>>;
      readonly stepsPerSecond: number;
      readonly secondsLeft: number;
    } & Partial<Measures>)
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly epochs: number;
      readonly step: number;
      /** Means over the epoch. */
      readonly training: Readonly<Record<string, number>>;
      /** On pictures that are held out of training; null where none are. */
      readonly heldOut: Readonly<Record<string, number>> | null;
      /** The model of this moment, for the scrubber; null where none was kept. */
      readonly model: string | null;
    }
  | { readonly kind: 'preview'; readonly preview: Preview }
  | { readonly kind: 'diagnosis'; readonly diagnosis: Diagnosis }
  | {
      readonly kind: 'checkpoint';
      readonly step: number;
      readonly file: string;
      /** Of the process that trains: what it holds now, and its tensors. Neither grows in a run that is well. */
      readonly memoryBytes: number;
      readonly tensors: number;
    }
  | { readonly kind: 'paused'; readonly why: string }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'finishing'; readonly what: string; readonly done: number; readonly total: number }
  | { readonly kind: 'stopped'; readonly step: number; readonly steps: number; readonly file: string }
  | { readonly kind: 'done'; readonly pack: string; readonly metrics: Readonly<Record<string, number>> };

/** Told to a run while it runs. */
export type TrainCommand =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'stop' }
  /** One update alone, while paused: 'discriminator', 'generator'; or one whole iteration. */
  | { readonly kind: 'only'; readonly update: string | null }
  | { readonly kind: 'learning-rate'; readonly scale: number }
  | { readonly kind: 'live'; readonly live: Readonly<Record<string, number | string>> }
  /** Steps per second at most; null as fast as it goes. */
  | { readonly kind: 'pace'; readonly stepsPerSecond: number | null }
  | { readonly kind: 'preview-now' };

/** What a watcher of a job is sent: first where it stands, then what happens. */
export type JobEvent =
  | { readonly kind: 'job'; readonly job: JobInfo }
  | {
      readonly kind: 'history';
      readonly rows: readonly FigureRow[];
      readonly epochs: readonly (TrainEvent & { kind: 'epoch' })[];
    }
  | TrainEvent;
