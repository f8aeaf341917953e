// The words of the product as plain read-only data: what a model is, what a picture is, what the engine says of itself.

/** p(z). The uniform prior is over [low, high]^size. */
export type Prior =
  { readonly kind: 'normal' } | { readonly kind: 'uniform'; readonly low: number; readonly high: number };

/** A point in latent space. // [size] */
export type LatentVector = Float32Array;

export interface LatentSpace {
  readonly size: number;
  readonly prior: Prior;
  /** Of a spatial latent, e.g. [4, 2, 2], whose z is flattened row by row; [size] of all others, where it may be left out. */
  readonly shape?: readonly number[];
}

export interface PictureFormat {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  readonly range: readonly [number, number];
  readonly layout: 'NHWC' | 'NCHW';
}

/** A model as a list shows it. */
export interface ModelInfo {
  readonly id: string;
  readonly title: string;
  readonly family: string;
  readonly latent: LatentSpace;
  readonly output: PictureFormat;
  /** The classes that the generator can be asked for, or null where it takes none. */
  readonly condition: { readonly names: readonly string[] } | null;
  readonly hasEncoder: boolean;
  /** Where it comes from: with the app, or from the person's own library. */
  readonly origin: 'bundled' | 'library';
  readonly licence: string;
  readonly provenance: string;
  /** What it was trained on, if it says so. */
  readonly data: string | null;
  readonly classNames: readonly string[] | null;
  /** Measured figures by name, e.g. elbo, iwae50 (nats per picture). */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A pack that cannot be used, and why; the rest of the library is not affected. */
export interface DamagedModel {
  readonly id: string;
  readonly error: { readonly code: string; readonly sentence: string };
}

export interface ModelList {
  readonly models: readonly ModelInfo[];
  readonly damaged: readonly DamagedModel[];
}

/** Pictures as the screen wants them: RGBA bytes, one after another in one buffer. // [count, height, width, 4] */
export interface Pictures {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Pictures and what they cost. */
export interface Decoded extends Pictures {
  /** Milliseconds inside the engine, from request to bytes. */
  readonly engineMs: number;
  /** Of which the network itself. */
  readonly networkMs: number;
}

/** The encoded pictures of a model, its test set where it has one: mu of q(z|x) for each, in the order of the data. */
export interface Codes {
  readonly count: number;
  /** // [count, size] */
  readonly mu: Float32Array;
  /** Class of each picture, or null where the data has none. // [count] */
  readonly labels: Uint8Array | null;
  readonly classNames: readonly string[];
  /** The data's own name, e.g. "Fashion-MNIST, test set". */
  readonly title: string;
  /** Are the pictures themselves on this machine? If not, only their codes and reconstructions can be shown. */
  readonly picturesAttached: boolean;
  /** The file a person would attach to see them; null where nobody can, as of a part that was held out. */
  readonly picturesFile: string | null;
}

/** One picture of the data beside what the model makes of it. */
export interface DataPicture {
  readonly index: number;
  readonly z: LatentVector;
  readonly className: string | null;
  /** null while the data is not attached. */
  readonly original: Pictures | null;
  readonly reconstruction: Pictures;
}

/** A person's own picture, encoded: mu and logVar of q(z|x), what the encoder saw, what the decoder makes of mu. */
export interface Encoded {
  readonly mu: LatentVector;
  readonly logVar: Float32Array | null;
  readonly original: Pictures;
  readonly reconstruction: Pictures;
  /** What was done to the picture on its way in, each a sentence. */
  readonly notes: readonly string[];
}

/** How a model is run at present, and why so. */
export interface ModelRuntime {
  readonly name: 'onnxruntime' | 'tensorflow' | 'wasm';
  readonly why: string;
  /** True where this is not the usual way; the window then says so. */
  readonly fallback: boolean;
}

export interface OpenedModel {
  readonly info: ModelInfo;
  readonly runtime: ModelRuntime;
  /** The card, in Markdown. */
  readonly card: string;
}

/** What the engine says of itself, without loading anything heavy. */
export interface EngineInfo {
  readonly version: string;
  readonly pid: number;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  /** Is there a native TensorFlow for training? If not, the sentence that says why. */
  readonly native: boolean;
  readonly banner: string | null;
}

/** Sent while a watcher listens. Bytes. */
export interface EngineStats {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly tensors: number;
  readonly uptimeSeconds: number;
}

/** How a child process of ours is doing, as the window shows it. */
export type EngineState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'busy'; readonly silentSeconds: number }
  | { readonly kind: 'restarting'; readonly why: string; readonly attempt: number }
  | { readonly kind: 'stopped'; readonly why: string };
