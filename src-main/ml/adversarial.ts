// What the adversarial families beside the plain GAN share: two players, their updates, and the generator that is shipped. Each family's
// own page says what the two players minimise.
import * as tf from '@tensorflow/tfjs';
import type { InputSpec, Live, Trainable, Update } from './family';
import { followNetwork, generateNow, rampedDecay } from './gan-average';
import { discriminatorLoss, type GanLoss } from './gan-losses';
import type { GanBody, GeneratorShape } from './gan-networks';
import { gradientPenalty, type Critic } from './gan-penalties';
import { countedBySteps } from './gan';
import { weightsOf } from './minimise';
import { createPlayer, descend, disposePlayer, everyWeightOf, type Objective, type Player } from './player';
import type { LearningRateSchedule } from './schedule';
import { copyOf, shippedGenerator } from './shipped-generator';

export interface PlayerConfig {
  readonly body: GanBody;
  readonly batchNorm: boolean;
  readonly learningRate: number;
}

export interface AdversarialConfig {
  readonly latentSize: number;
  readonly batchSize: number;
  readonly generator: PlayerConfig;
  /** Never with batch norm: its gradient is penalised. */
  readonly discriminator: Omit<PlayerConfig, 'batchNorm'>;
  /** How all learning rates fall, to 0. */
  readonly schedule: LearningRateSchedule;
  readonly beta1: number;
  readonly beta2: number;
  /** May be changed while it trains, as r1 may. */
  readonly loss: AdversarialLoss;
  /** gamma of the penalty gamma/2 E |grad_x D|^2 on the data (Mescheder et al. 2018); 0: none. */
  readonly r1: number;
  /** The penalty is a step of its own every so many iterations, as many times as heavy (Karras et al. 2020, appendix B). */
  readonly r1Every: number;
}

/** The families whose generator stands alone; beside an encoder it stays as it was trained, for that is what the encoder inverts. */
export interface AveragedConfig extends AdversarialConfig {
  /** Decay of the averaged generator that is shown and shipped; 0: the trained one itself. */
  readonly averageDecay: number;
}

/** The Wasserstein loss needs a penalty of its own, between the two distributions: only the plain GAN has it. */
export type AdversarialLoss = Exclude<GanLoss, 'wasserstein'>;

/** What small pictures (16 x 16 to 32 x 32) train with, in any of these families. */
export const SMALL_PICTURES = {
  latentSize: 32,
  batchSize: 64,
  generator: { body: { kind: 'conv', width: 32 }, batchNorm: true, learningRate: 1e-3 },
  discriminator: { body: { kind: 'conv', width: 32 }, learningRate: 1e-3 },
  schedule: 'linear',
  beta1: 0.5,
  beta2: 0.99,
  loss: 'non-saturating',
  r1: 0.2,
  r1Every: 8,
  /** The last two hundred steps, or so. Over a thousand the average lags behind a generator that still learns. */
  averageDecay: 0.995,
} as const satisfies AveragedConfig;

/** One player's update: what it reads before the step size, what it minimises, and its figures before the gradient's norm. */
export interface Move {
  readonly inputs: readonly InputSpec[];
  readonly figures: readonly string[];
  readonly objective: (inputs: readonly tf.Tensor[], loss: AdversarialLoss) => Objective;
}

export interface Game {
  readonly config: AdversarialConfig;
  readonly latent: Trainable['latent'];
  readonly classes: number;
  readonly generatorShape: GeneratorShape;
  readonly generator: tf.Sequential;
  /** See AveragedConfig. */
  readonly averageDecay: number;
  /** Who moves the generator, and what moves with it. */
  readonly g: Player;
  readonly d: Player;
  readonly discriminatorMove: Move;
  readonly generatorMove: Move;
  /** D as a function of the picture alone; the penalty reads a picture of the data and whatever D is told with it. */
  readonly penalty: {
    readonly inputs: readonly InputSpec[];
    readonly critic: (inputs: readonly tf.Tensor[]) => Critic;
  };
}

/** Who moves these networks, at the pace that the configuration sets for this side. */
export function sideOf(
  config: AdversarialConfig,
  side: 'generator' | 'discriminator',
  ...networks: readonly tf.LayersModel[]
): Player {
  const { schedule, beta1, beta2 } = config;
  return createPlayer(networks, { schedule, peak: config[side].learningRate, floor: 0 }, { beta1, beta2 });
}

/** The Trainable of a game; an encoder, if the family has one, is put beside it by the family. */
export function trainableGame(game: Game): Trainable {
  const { latent, classes, generatorShape, generator, averageDecay, g, d } = game;
  const { batchSize } = game.config;
  const average = averageDecay > 0 ? copyOf(generatorShape, generator) : null;
  const averages = average === null ? [] : everyWeightOf(average);
  const shown = average ?? generator;
  /** The generator's update, and the average after it. */
  const followed = (update: Update): Update => {
    if (average === null || update.name !== 'generator') return update;
    return {
      ...update,
      inputs: [...update.inputs, rampedDecay(averageDecay)],
      variables: [...update.variables, ...averages],
      run: (inputs) => {
        const figures = update.run(inputs.slice(0, -1));
        followNetwork(average, generator, inputs.at(-1) as tf.Scalar);
        return figures;
      },
    };
  };
  return {
    latent,
    classes,
    range: [0, 1],
    variables: [...g.variables, ...d.variables, ...averages],
    networks: { generator: weightsOf(generator), discriminator: d.optimiser.weights },
    updates: (live) => gameUpdates(game, live).map(followed),
    generate: (z) => generateNow(shown, z),
    products: () => ({ generator: shippedGenerator(generatorShape, shown, latent, classes, batchSize) }),
    dispose() {
      average?.dispose();
      disposePlayer(g);
      disposePlayer(d);
    },
  };
}

function gameUpdates(game: Game, live: Live): readonly Update[] {
  const { config, g, d, discriminatorMove, generatorMove, penalty } = game;
  const { loss, r1 } = liveGame(config, live);
  const reads = (player: Player): tf.Variable[] => player.networks.flatMap(everyWeightOf);
  const discriminator: Update = {
    name: 'discriminator',
    due: () => 1,
    inputs: [...discriminatorMove.inputs, d.optimiser.stepSize],
    figures: [...discriminatorMove.figures, 'dGradientNorm'],
    variables: [...reads(g), ...d.variables],
    run: (inputs) => descend(d, inputs.at(-1) as tf.Scalar, () => discriminatorMove.objective(inputs, loss)),
  };
  const regulariser: Update = {
    name: 'regulariser',
    due: (step) => (step % config.r1Every === 0 ? 1 : 0),
    inputs: [{ kind: 'x' }, ...penalty.inputs, countedBySteps(d.optimiser.stepSize)],
    figures: ['penalty', 'penaltyGradientNorm'],
    variables: [...reads(g), ...d.variables],
    run: ([x, ...inputs]) =>
      descend(d, inputs.at(-1) as tf.Scalar, () => {
        const cost = tf.mul(r1, gradientPenalty(penalty.critic([x!, ...inputs]), x!)) as tf.Scalar;
        return { loss: tf.mul(cost, config.r1Every), figures: [cost] };
      }),
  };
  const generator: Update = {
    name: 'generator',
    due: () => 1,
    inputs: [...generatorMove.inputs, g.optimiser.stepSize],
    figures: [...generatorMove.figures, 'gGradientNorm'],
    variables: [...reads(d), ...g.variables],
    run: (inputs) => descend(g, inputs.at(-1) as tf.Scalar, () => generatorMove.objective(inputs, loss)),
  };
  return [discriminator, ...(r1 > 0 ? [regulariser] : []), generator];
}

const LOSSES: readonly AdversarialLoss[] = ['minimax', 'non-saturating', 'least-squares', 'hinge'];

export function liveGame({ loss, r1 }: Pick<AdversarialConfig, 'loss' | 'r1'>, live: Live) {
  const given = live['r1'];
  return {
    loss: LOSSES.find((name) => name === live['loss']) ?? loss,
    r1: typeof given === 'number' && Number.isFinite(given) && given >= 0 ? given : r1,
  };
}

/** The discriminator's side of the game and the figures that show how it stands: D(x) and D(G(z)), both 1/2 at the equilibrium. */
export function discriminatorFigures(
  loss: AdversarialLoss,
  real: tf.Tensor,
  fake: tf.Tensor,
): { readonly value: tf.Scalar; readonly figures: readonly tf.Scalar[] } {
  const value = discriminatorLoss(loss, real, fake);
  return { value, figures: [value, tf.mean(tf.sigmoid(real)), tf.mean(tf.sigmoid(fake))] };
}
export const DISCRIMINATOR_FIGURES = ['dLoss', 'dReal', 'dFake'] as const;

/** -E ln softmax(logits)[y], y one-hot. // [batch, classes] x 2 -> [] */
export function crossEntropy(logits: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar {
  return tf.mean(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(logits, y), 1)));
}

/** Running networks in training mode: batch norm takes the batch's own statistics and moves its running ones. */
export const train = (network: tf.LayersModel, input: tf.Tensor): tf.Tensor =>
  network.apply(input, { training: true }) as tf.Tensor;
