// What a model family is to whoever trains it: networks, and a few updates that each read tensors and move weights.
//
// A family does not know the loop, the data or the clock. It says what each update wants to read (`inputs`), how often it is due, and
// what figures it returns; the loop makes the inputs from (seed, step) and runs the updates, recorded as graphs where TensorFlow is
// native. So everything that changes from step to step must come in as an input: a number that JavaScript computes inside `run`
// would be frozen into the recording.
import type * as tf from '@tensorflow/tfjs';
import type { Prior } from '#shared/domain';

/** Where an iteration stands. */
export interface Clock {
  /** Iterations done. */
  readonly step: number;
  readonly steps: number;
  /** Times this update has run before. */
  readonly count: number;
  /** 1, unless the person turned the learning rate up or down while it trains. */
  readonly learningRateScale: number;
}

/** What an update reads, in order. All float32. */
export type InputSpec =
  /** A batch of the data, scaled to the family's range. Points are pictures of 1 x 1 with 2 channels. // [batch, height, width, channels] */
  | { readonly kind: 'x' }
  /** The classes of that same batch, one-hot. // [batch, classes] */
  | { readonly kind: 'y' }
  /** What the pictures of that same batch are labelled with, each from 0 to 1; NaN where a picture has no such label. // [batch, labels] */
  | { readonly kind: 'labels' }
  /** Fresh standard normal numbers. */
  | { readonly kind: 'normal'; readonly shape: readonly number[] }
  /** Fresh numbers, uniform over [low, high]. */
  | {
      readonly kind: 'uniform';
      readonly shape: readonly number[];
      readonly low: number;
      readonly high: number;
    }
  /** Fresh classes, one-hot, each as likely. // [rows, classes] */
  | { readonly kind: 'classes'; readonly rows: number; readonly classes: number }
  /** A number that moves by the clock: a step size, a KL weight. // [] */
  | { readonly kind: 'scalar'; readonly name: string; readonly at: (clock: Clock) => number };

export interface Update {
  /** 'vae', 'discriminator', 'generator', … */
  readonly name: string;
  /** How many times it runs in this iteration: usually 1; k for k discriminator steps; 0 where it is not its turn. */
  readonly due: (step: number) => number;
  readonly inputs: readonly InputSpec[];
  /** Names of the numbers that `run` returns, in order. */
  readonly figures: readonly string[];
  /** Every variable that `run` assigns or reads: weights, running statistics, optimiser slots. */
  readonly variables: readonly tf.Variable[];
  /** Moves the variables in place; leaks nothing. // -> [figures] */
  readonly run: (inputs: readonly tf.Tensor[]) => tf.Tensor1D;
}

/** Settings that a person may change while it trains, by name: {loss: 'hinge', discriminatorSteps: 2}. */
export type Live = Readonly<Record<string, number | string>>;

/** The networks that people use afterwards: tf.layers models of their own, with one input each. The caller disposes them. */
export interface Products {
  /** [batch, latent (+ classes, one-hot, after z)] -> [batch, height, width, channels] in `range`, in evaluation mode. */
  readonly generator: tf.LayersModel;
  /** [batch, height, width, channels] in `range` -> mu, or mu and logVar beside each other. */
  readonly encoder?: tf.LayersModel;
}

export interface Trainable {
  readonly latent: { readonly size: number; readonly prior: Prior };
  /** How many classes the generator takes one-hot after z; 0 where it takes none. */
  readonly classes: number;
  /** Names of those classes where they are not the data's: categories that the family finds by itself. */
  readonly categoryNames?: readonly string[];
  /** Range of the pictures that it reads and makes. */
  readonly range: readonly [0, 1] | readonly [-1, 1] | 'points';
  /** Everything that a checkpoint keeps, each variable once, in an order that never changes for one configuration. */
  readonly variables: readonly tf.Variable[];
  /** The weights that training moves, by the network that people know them under: {generator, discriminator}. */
  readonly networks: Readonly<Record<string, readonly tf.Variable[]>>;
  /** The updates of one iteration, in order. Asked again when `live` changes. */
  readonly updates: (live: Live) => readonly Update[];
  /** z (and classes after it) to pictures, in evaluation mode. The caller disposes. // [n, latent + classes] -> [n, height, width, channels] */
  readonly generate: (z: tf.Tensor2D) => tf.Tensor;
  /** Pictures to mu and, for a probabilistic encoder, logVar. */
  readonly encode?: (x: tf.Tensor) => { readonly mu: tf.Tensor2D; readonly logVar: tf.Tensor2D | null };
  /** KL of each dimension of z in nats, mean over these pictures: which dimensions say anything. Where there is a posterior. // [latent] */
  readonly klPerDimension?: (x: tf.Tensor, y: tf.Tensor2D | null) => tf.Tensor1D;
  /** Figures on pictures that were held out, e.g. {elbo, kl}; the noise comes from the seed. */
  readonly judge?: (x: tf.Tensor, y: tf.Tensor2D | null, seed: number) => Readonly<Record<string, number>>;
  /** What a pack must remember beside the networks, e.g. the learned sigma of the likelihood. */
  readonly facts?: () => Readonly<Record<string, number>>;
  readonly products: () => Products;
  readonly dispose: () => void;
}

/** What a family is told of the data. */
export interface DataShape {
  /** Points of a plane: height = width = 1, channels = 2, not scaled. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** 0 where the data has no classes. */
  readonly classes: number;
  /** Columns of what pictures are labelled with beside their class; absent where there is no such table. */
  readonly labels?: number;
}

/** One page each: builds the networks from a checked configuration and a seed. */
export type Family<Config> = (config: Config, data: DataShape, seed: number) => Trainable;
