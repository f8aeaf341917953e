// The words of importing: what a file turned out to be, what its numbers mean, and what a person may correct before it becomes a pack.
import type { Pictures, Prior } from './domain';

export const FORMATS = {
  'tfjs-layers': 'TensorFlow.js layers model',
  'tfjs-graph': 'TensorFlow.js graph model',
  'keras-h5': 'Keras HDF5 file',
  'keras-v3': 'Keras 3 file',
  'saved-model': 'TensorFlow SavedModel',
  onnx: 'ONNX model',
  'latentscape-network': 'Latentscape network (safetensors)',
  'latentscape-pack': 'Latentscape model pack',
} as const;
export type FormatName = keyof typeof FORMATS;

export type PortType = 'float32' | 'float16' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool';

/** An input or output of a network, as the network itself declares it. */
export interface TensorPort {
  readonly name: string;
  /** The whole shape; null where the network leaves a size open, as it usually does with the batch. */
  readonly shape: readonly (number | null)[];
  readonly type: PortType;
}

/** How many pictures one run of the network makes: as many as asked for, always this many, or one without a batch dimension. */
export type Batch = 'any' | 'none' | number;

/** How the picture lies in the output: N batch, H rows, W columns, C channels. */
export const PICTURE_LAYOUTS = [
  'NHWC',
  'NCHW',
  'NHW',
  'HWC',
  'CHW',
  'HW',
  /** All numbers of a picture in a row, the channels of a pixel side by side; with or without a batch dimension. */
  'flat',
  /** The same, one channel after another. */
  'flat-channels-first',
] as const;
export type PictureLayout = (typeof PICTURE_LAYOUTS)[number];

/** Which ports of a network mean what: all that it takes to go from z to a picture. */
export interface GeneratorContract {
  readonly latent: {
    readonly input: string;
    /** Without the batch: [64], or [4, 2, 2] for a spatial latent, whose z is flattened row by row. */
    readonly shape: readonly number[];
    readonly batch: Batch;
    readonly prior: Prior;
  };
  readonly condition: {
    /** The input it enters by; the same as the latent's where it is appended to z. */
    readonly input: string;
    readonly encoding: 'one-hot' | 'index';
    readonly size: number;
    /** Empty where nobody gave names; a class is then called by its number. */
    readonly names: readonly string[];
  } | null;
  /** Inputs that are neither: each is filled with one value, e.g. 0 for noise, 1 for a truncation psi. */
  readonly fixed: readonly {
    readonly input: string;
    readonly shape: readonly number[];
    readonly value: number;
  }[];
  readonly picture: {
    readonly output: string;
    readonly layout: PictureLayout;
    readonly height: number;
    readonly width: number;
    readonly channels: 1 | 3 | 4;
    /** The values of black and white. */
    readonly range: readonly [number, number];
  };
}

/** Picture -> latent. */
export interface EncoderContract {
  readonly input: string;
  readonly layout: PictureLayout;
  readonly range: readonly [number, number];
  readonly batch: Batch;
  readonly mu: string;
  /**
   * An output of its own, one half of `mu`'s (mu and logVar side by side; the second half, where it is not said to be the first), or
   * none: a deterministic encoder.
   */
  readonly logVar:
    | { readonly kind: 'output'; readonly output: string }
    | { readonly kind: 'half'; readonly half?: 'first' | undefined }
    | null;
}

/** One network that was found in what a person pointed at. */
export interface FoundNetwork {
  /** Relative to what was pointed at, '/' between folders. */
  readonly path: string;
  readonly format: FormatName;
  readonly role: 'generator' | 'encoder' | 'other';
  /** What speaks for the role, or why it can be neither; one sentence. */
  readonly why: string;
}

/** A guess, how sure it is, and the sentence that says why. */
export interface Guess {
  /** Dotted path into the contract, e.g. "picture.range". */
  readonly field: string;
  readonly why: string;
  /** False where a person should look: nothing in the file decides it. */
  readonly certain: boolean;
}

export interface Inspection {
  readonly import: string;
  readonly title: string;
  readonly format: FormatName;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly parameters: number;
  readonly inputs: readonly TensorPort[];
  readonly outputs: readonly TensorPort[];
  readonly contract: GeneratorContract;
  readonly guesses: readonly Guess[];
  readonly encoder: { readonly path: string; readonly contract: EncoderContract } | null;
  /** Everything that was found, the chosen one among them. */
  readonly found: readonly FoundNetwork[];
  /** What was lost or changed on the way in, e.g. a dropout layer, a weight that is no number; each a sentence. */
  readonly warnings: readonly string[];
  /** How it runs here, and why. */
  readonly runtime: { readonly name: string; readonly why: string };
  readonly samples: Samples;
  /** The same file is in the library already, under this id. */
  readonly alreadyHere: string | null;
}

export interface Samples {
  /** 16 pictures of z from the prior. */
  readonly pictures: Pictures;
  /** Smallest and largest value that the network gave, before they became bytes. */
  readonly values: readonly [number, number];
  readonly notes: readonly string[];
}

/** Where an import stands. */
export interface ImportEvent {
  /** A clause, e.g. "reading the weights". */
  readonly phase: string;
  /** null where nobody can tell. */
  readonly fraction: number | null;
}

/** What a pack says of itself beside its contract; the person's words. */
export interface ImportWords {
  readonly title: string;
  readonly licence: string;
  readonly provenance: string;
}

/** A file that came from the network. */
export interface Downloaded {
  /** Where it lies on the engine's machine. */
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface DownloadEvent {
  readonly done: number;
  /** null where the server does not say. */
  readonly total: number | null;
}
