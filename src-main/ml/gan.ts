// The generative adversarial network (Goodfellow et al. 2014, arXiv 1406.2661), for points of a plane, small pictures, and as the DCGAN.
//
//   z ~ N(0, I) --generator--> G(z)        x or G(z) --discriminator--> logit of D = p(it is data)
//   min_G max_D  E ln D(x) + E ln(1 - D(G(z)))                                                                          (eq. 1)
//
// Algorithm 1: k steps of the discriminator on a batch of data and a batch of generated pictures, then one of the generator. The best
// discriminator for a fixed generator is D* = p / (p + q); against it the value is -ln 4 + 2 JSD(p, q), least where q = p (theorem 1).
// Other losses: gan-losses.ts. Regularisers: gan-penalties.ts. Networks: gan-networks.ts.

import * as tf from '@tensorflow/tfjs';
import { AppError } from '#shared/errors';
import { mixSeed, seededNormal } from '#shared/random';
import type { Family, InputSpec, Live, Trainable, Update } from './family';
import { followNetwork, generateNow, rampedDecay, recalibrateBatchNorm } from './gan-average';
import { discriminatorLoss, GAN_LOSSES, generatorLoss, logitGradients, type GanLoss } from './gan-losses';
import { buildDiscriminator, buildGenerator, type GanBody } from './gan-networks';
import { differencePenalty, gradientPenalty, wassersteinPenalty, type Critic } from './gan-penalties';
import { createPlayer, descend, disposePlayer, everyWeightOf, type Player } from './player';
import type { LearningRateSchedule } from './schedule';

export interface GanConfig {
  readonly latentSize: number;
  readonly batchSize: number;
  readonly generator: { readonly body: GanBody; readonly batchNorm: boolean; readonly learningRate: number };
  readonly discriminator: {
    readonly body: GanBody;
    readonly batchNorm: boolean;
    readonly learningRate: number;
  };
  /** How both learning rates fall, to 0. */
  readonly schedule: LearningRateSchedule;
  readonly beta1: number;
  readonly beta2: number;
  /** May be changed while it trains: `loss`, `discriminatorSteps`, `r1`, `r2`. */
  readonly loss: GanLoss;
  /** k of algorithm 1. */
  readonly discriminatorSteps: number;
  readonly penalty: Penalty;
  /** lambda of the Wasserstein loss's own penalty. */
  readonly wassersteinWeight: number;
  /** Decay of the averaged generator that is shown and shipped; 0: the trained one itself. */
  readonly averageDecay: number;
}

export interface Penalty {
  /** gamma on pictures of the data and on generated ones; 0: none. */
  readonly r1: number;
  readonly r2: number;
  /** 1: part of the discriminator's loss; n: a step of its own every n iterations, n times as heavy (Karras et al. 2020, appendix B). */
  readonly every: number;
  /** `difference`: the first-order stand-in, which also goes through batch norm. */
  readonly form: 'gradient' | 'difference';
}

export const NO_PENALTY: Penalty = { r1: 0, r2: 0, every: 1, form: 'gradient' };
/** Batches whose mean becomes batch norm's statistics in the generator that is shipped. */
const CALIBRATION = { batches: 30, seed: 0xca11 } as const;

export const gan: Family<GanConfig> = (config, data, seed): Trainable => {
  const { latentSize, batchSize, averageDecay } = config;
  const isPoints = data.height === 1 && data.width === 1;
  const { height, width, channels } = data;
  const generatorShape = {
    inputSize: latentSize,
    ...{ height, width, channels },
    ...config.generator,
    output: isPoints ? 'linear' : 'tanh',
  } as const;
  const discriminatorShape = { height, width, channels, ...config.discriminator, outputs: 1 } as const;

  const generator = buildGenerator(generatorShape, mixSeed(seed, 1));
  const discriminator = buildDiscriminator(discriminatorShape, mixSeed(seed, 2));
  const average = averageDecay > 0 ? copyOf(generator) : null;
  const averages = average === null ? [] : everyWeightOf(average);
  const { schedule, beta1, beta2 } = config;
  const player = (network: tf.LayersModel, peak: number): Player =>
    createPlayer([network], { schedule, peak, floor: 0 }, { beta1, beta2 });
  const g = player(generator, config.generator.learningRate);
  const d = player(discriminator, config.discriminator.learningRate);

  // batch norm, where there is any, sees the data and the generated pictures as batches of their own
  const generate = (z: tf.Tensor): tf.Tensor => generator.apply(z, { training: true }) as tf.Tensor;
  const judge: Critic = (x) => discriminator.apply(x, { training: true }) as tf.Tensor;
  const mean = (values: tf.Tensor): tf.Scalar => tf.mean(values);

  function copyOf(network: tf.LayersModel): tf.Sequential {
    const copy = buildGenerator(generatorShape, 0);
    copy.setWeights(network.getWeights());
    return copy;
  }

  function updates(live: Live): readonly Update[] {
    const { loss, discriminatorSteps, penalty } = liveSettings(config, live);
    const isWasserstein = loss === 'wasserstein';
    checkPenalties(config, penalty, loss);
    const penalised = penalty.r1 > 0 || penalty.r2 > 0;
    const isEager = penalised && penalty.every === 1;
    const x: InputSpec = { kind: 'x' };
    const z: InputSpec = { kind: 'normal', shape: [batchSize, latentSize] };
    const noise: InputSpec = { kind: 'normal', shape: [batchSize, height, width, channels] };
    const mix: InputSpec = { kind: 'uniform', shape: [batchSize], low: 0, high: 1 };
    const noises = penalised && penalty.form === 'difference' ? [noise] : [];

    /** gamma1 R1 + gamma2 R2; one noise serves both stand-ins. */
    const regulariser = (real: tf.Tensor, fake: tf.Tensor, e: tf.Tensor | undefined): tf.Scalar => {
      const of = (at: tf.Tensor) =>
        e === undefined ? gradientPenalty(judge, at) : differencePenalty(judge, at, e);
      const terms = [
        ...(penalty.r1 > 0 ? [tf.mul(penalty.r1, of(real))] : []),
        ...(penalty.r2 > 0 ? [tf.mul(penalty.r2, of(fake))] : []),
      ];
      return tf.addN(terms) as tf.Scalar;
    };

    const discriminatorUpdate: Update = {
      name: 'discriminator',
      due: () => discriminatorSteps,
      inputs: [x, z, d.optimiser.stepSize, ...(isWasserstein ? [mix] : []), ...(isEager ? noises : [])],
      figures: ['dLoss', 'dReal', 'dFake', 'logitReal', 'logitFake', 'penalty', 'dGradientNorm'],
      variables: [...everyWeightOf(generator), ...d.variables],
      run: ([real, codes, stepSize, ...more]) =>
        tf.tidy(() => {
          const fake = generate(codes!);
          return descend(d, stepSize as tf.Scalar, () => {
            const [a, b] = [judge(real!), judge(fake)];
            const value = discriminatorLoss(loss, a, b);
            const terms: tf.Scalar[] = [];
            if (isWasserstein)
              terms.push(tf.mul(config.wassersteinWeight, wassersteinPenalty(judge, real!, fake, more[0]!)));
            if (isEager) terms.push(regulariser(real!, fake, isWasserstein ? more[1] : more[0]));
            const cost = terms.length > 0 ? (tf.addN(terms) as tf.Scalar) : tf.scalar(0);
            const figures = [value, mean(tf.sigmoid(a)), mean(tf.sigmoid(b)), mean(a), mean(b), cost];
            return { loss: terms.length > 0 ? tf.add(value, cost) : value, figures };
          });
        }),
    };

    const generatorUpdate: Update = {
      name: 'generator',
      due: () => 1,
      inputs: [z, g.optimiser.stepSize, rampedDecay(averageDecay)],
      // the shares of the loss's gradient that reach the generator: D(G(z)) for minimax, 1 - D(G(z)) for non-saturating
      figures: ['gLoss', 'gradientMinimax', 'gradientNonSaturating', 'gGradientNorm'],
      variables: [...everyWeightOf(discriminator), ...g.variables, ...averages],
      run: ([codes, stepSize, decay]) =>
        tf.tidy(() => {
          const figures = descend(g, stepSize as tf.Scalar, () => {
            const b = judge(generate(codes!));
            const value = generatorLoss(loss, b);
            const { minimax, nonSaturating } = logitGradients(b);
            return { loss: value, figures: [value, minimax, nonSaturating] };
          });
          if (average !== null) followNetwork(average, generator, decay as tf.Scalar);
          return figures;
        }),
    };

    const regulariserUpdate: Update = {
      name: 'regulariser',
      due: (step) => (step % penalty.every === 0 ? 1 : 0),
      inputs: [x, z, countedBySteps(d.optimiser.stepSize), ...noises],
      figures: ['penalty', 'penaltyGradientNorm'],
      variables: [...everyWeightOf(generator), ...d.variables],
      run: ([real, codes, stepSize, e]) =>
        tf.tidy(() => {
          const fake = generate(codes!);
          return descend(d, stepSize as tf.Scalar, () => {
            const cost = regulariser(real!, fake, e);
            return { loss: tf.mul(cost, penalty.every), figures: [cost] };
          });
        }),
    };
    return [discriminatorUpdate, ...(penalised && !isEager ? [regulariserUpdate] : []), generatorUpdate];
  }

  return {
    latent: { size: latentSize, prior: { kind: 'normal' } },
    classes: 0,
    range: isPoints ? 'points' : [-1, 1],
    variables: [...g.variables, ...d.variables, ...averages],
    networks: { generator: g.optimiser.weights, discriminator: d.optimiser.weights },
    updates,
    generate: (z) => generateNow(average ?? generator, z),
    /** A discriminator that knows its data by heart calls pictures that were held out generated. */
    judge: (x) =>
      tf.tidy(() => ({ dHeldOut: mean(tf.sigmoid(discriminator.apply(x) as tf.Tensor)).dataSync()[0]! })),
    products() {
      const shipped = copyOf(average ?? generator);
      if (config.generator.batchNorm) calibrate(shipped, batchSize, latentSize);
      return { generator: shipped };
    },
    dispose() {
      average?.dispose();
      disposePlayer(g);
      disposePlayer(d);
    },
  };
};

function calibrate(network: tf.LayersModel, rows: number, latentSize: number): void {
  const batches = Array.from({ length: CALIBRATION.batches }, (_, i) =>
    tf.tensor2d(seededNormal(mixSeed(CALIBRATION.seed, i), rows * latentSize), [rows, latentSize]),
  );
  recalibrateBatchNorm(network, batches);
  tf.dispose(batches);
}

/** A regulariser shares the discriminator's slots: their bias is that of all the iterations that moved them. */
export function countedBySteps(stepSize: InputSpec): InputSpec {
  if (stepSize.kind !== 'scalar') return stepSize;
  return { ...stepSize, at: (clock) => stepSize.at({ ...clock, count: clock.step }) };
}

/** The configuration with what was changed while it trains. */
export function liveSettings({ loss, discriminatorSteps, penalty }: GanConfig, live: Live) {
  const number = (name: string, otherwise: number): number => {
    const given = live[name];
    return typeof given === 'number' && Number.isFinite(given) && given >= 0 ? given : otherwise;
  };
  return {
    loss: GAN_LOSSES.find((name) => name === live['loss']) ?? loss,
    discriminatorSteps: Math.round(number('discriminatorSteps', discriminatorSteps)),
    penalty: { ...penalty, r1: number('r1', penalty.r1), r2: number('r2', penalty.r2) },
  };
}

export function checkPenalties(
  { discriminator }: Pick<GanConfig, 'discriminator'>,
  { r1, r2, form }: Penalty,
  loss: GanLoss,
): void {
  const needsGradient = loss === 'wasserstein' || ((r1 > 0 || r2 > 0) && form === 'gradient');
  if (!needsGradient || !discriminator.batchNorm) return;
  throw new AppError({
    code: 'input/penalty',
    headline: 'A penalty on the gradient needs a discriminator without batch norm',
    cause: 'batch norm mixes the pictures of a batch, and the penalty is meant for each of them',
    remedy:
      loss === 'wasserstein'
        ? 'switch batch norm off in the discriminator, or choose another loss'
        : "switch batch norm off in the discriminator, or take the penalty's form 'difference'",
  });
}
