// Claims whose truth is known in closed form: what is learned is compared with what is so.
import * as tf from '@tensorflow/tfjs';
import { mixSeed, seededRandom } from '#shared/random';
import type { InputSpec, Trainable } from '#ml/family';
import { discriminatorLoss, generatorLoss } from '#ml/gan-losses';
import { buildDiscriminator } from '#ml/gan-networks';
import { createPlayer, descend, disposePlayer } from '#ml/player';
import { vae, type VaeTraining } from '#ml/vae-family';
import { momentsOf } from '../datasets/frechet';
import { symmetricEigen } from '#ml/symmetric-eigen';
import { valueSource } from '../training/source';
import { play } from './play';
import type { Outcome, Proof } from './proof';
import { DENSITY, DIVERGENCES, GRID, integral, type Divergence } from './two-gaussians';

type Log = (line: string) => void;

export const EXACT_PROOFS: readonly Proof[] = [
  {
    id: 'exact-linear-vae',
    family: 'vae',
    claim: 'a linear VAE reaches the likelihood of probabilistic PCA: gap below 0.1 nat',
    reference: 'Lucas et al. 2019: equal; this recipe in PyTorch: gap .025 of 13.60 nats',
    seconds: 15,
    run: linearVae,
  },
  {
    id: 'exact-best-discriminator',
    family: 'gan',
    claim: 'D = p / (p + q): mean absolute error below 0.02, and the value -ln 4 + 2 JSD within 0.005',
    reference: 'Goodfellow et al. 2014, proposition 1; this recipe in PyTorch: .0036, -1.1936 of -1.1934',
    seconds: 10,
    run: bestDiscriminator,
  },
  {
    id: 'exact-divergences',
    family: 'gan',
    claim: 'bounds of five f-divergences between N(0, 1) and N(1, 1.3^2): within 2 % and never above',
    reference: 'Nowozin et al. 2016, eq. 4; this recipe in PyTorch: within 1 %',
    seconds: 50,
    run: divergences,
  },
  {
    id: 'exact-gradient-ratio',
    family: 'gan',
    claim: 'through one logit the minimax loss passes D to the generator, the non-saturating one 1 - D',
    reference: 'derivatives of ln(1 - D) and ln D',
    seconds: 1,
    run: async () => gradientRatio(),
  },
];

// ---- the linear VAE -------------------------------------------------------------------------------------------------------

const PCA = { points: 5000, size: 10, factors: 3, sigma: 0.5, steps: 5000, batchSize: 250 } as const;
const LINEAR = { kind: 'dense', filters: [], units: [] } as const;
const LINEAR_VAE: VaeTraining = {
  model: {
    ...{ height: 1, width: PCA.size, channels: 1, latentSize: PCA.factors },
    ...{ encoder: LINEAR, decoder: LINEAR, activation: 'relu' },
    likelihood: { kind: 'gaussian', sigma: 'learned', mean: 'linear' },
  },
  batchSize: PCA.batchSize,
  learningRate: { schedule: 'cosine', peak: 1e-2, floor: 1e-5 },
  clipNorm: null,
  beta: 1,
  klWarmUpSteps: 0,
};

/** Draws of the noise over which the bound is averaged. */
const BOUND_DRAWS = 20;

async function linearVae(seed: number, log: Log): Promise<Outcome> {
  const { points, size, factors, sigma, steps, batchSize } = PCA;
  const random = seededRandom(mixSeed(seed, 1));
  const loadings = Float64Array.from({ length: size * factors }, () => random.normal());
  const values = new Float32Array(points * size);
  for (let row = 0; row < points; row++) {
    const z = Array.from({ length: factors }, () => random.normal());
    for (let i = 0; i < size; i++) {
      const mean = z.reduce((sum, value, j) => sum + value * loadings[i * factors + j]!, 1);
      values[row * size + i] = mean + sigma * random.normal();
    }
  }
  const best = principalLikelihood(values, size, factors);
  const source = valueSource(values, { height: 1, width: size, channels: 1, classes: 0 });
  const trainable = vae(LINEAR_VAE, source.shape, mixSeed(seed, 2));
  await play({ trainable, source, batchSize, steps, seed: mixSeed(seed, 3), log });
  const x = tf.tensor4d(values, [points, 1, size, 1]);
  let bound = 0;
  for (let draw = 0; draw < BOUND_DRAWS; draw++)
    bound += trainable.judge!(x, null, draw)['elbo']! / BOUND_DRAWS;
  const { sigma: learned = NaN } = trainable.facts!();
  x.dispose();
  trainable.dispose();
  const gap = best.likelihood - bound;
  const figures = {
    bound,
    likelihood: best.likelihood,
    gap,
    variance: learned ** 2,
    trueVariance: best.variance,
  };
  return { figures, passed: gap < 0.1 && gap > -0.02 };
}

/**
 * The largest mean log-likelihood of probabilistic PCA (Tipping & Bishop 1999, eq. 8 and 9): with the eigenvalues l of the data's
 * covariance, sigma^2 is the mean of those left over, and L = -1/2 (d ln 2 pi + sum_kept ln l + (d - q) ln sigma^2 + d).
 */
function principalLikelihood(values: Float32Array, size: number, factors: number) {
  const count = values.length / size;
  const unbiased = momentsOf(values, size).covariance;
  const eigen = symmetricEigen(
    unbiased.map((value) => (value * (count - 1)) / count),
    size,
  );
  const eigenvalues = [...eigen.values].sort((a, b) => b - a);
  const rest = eigenvalues.slice(factors);
  const variance = rest.reduce((sum, value) => sum + value, 0) / rest.length;
  const kept = eigenvalues.slice(0, factors).reduce((sum, value) => sum + Math.log(value), 0);
  const likelihood =
    -0.5 * (size * Math.log(2 * Math.PI) + kept + (size - factors) * Math.log(variance) + size);
  return { likelihood, variance };
}

// ---- two Gaussians on a line ----------------------------------------------------------------------------------------------

/**
 * The norm is far above a usual gradient's: where T grows with q / p (reverse KL), the rare point of p far out in q weighs as much as all
 * others, and a closer clip takes it away: bounds of .55 to .58 of .583 came of a norm of 1.
 */
const LINE = { batch: 2048, steps: 2000, learningRate: 1e-3, clipNorm: 10, units: [32, 32, 32] } as const;

/** Trains v(x) on fresh points of both Gaussians to make `cost` small; v over GRID. */
async function fitLine(
  seed: number,
  log: Log,
  cost: (onP: tf.Tensor, onQ: tf.Tensor) => tf.Scalar,
): Promise<Float32Array> {
  const shape = { height: 1, width: 1, channels: 1, classes: 0 };
  const body = { kind: 'dense', units: LINE.units } as const;
  const network = buildDiscriminator({ ...shape, body, batchNorm: false, outputs: 1 }, mixSeed(seed, 1));
  const learningRate = { schedule: 'cosine', peak: LINE.learningRate, floor: 0 } as const;
  const player = createPlayer([network], learningRate, { clipNorm: LINE.clipNorm });
  const normal: InputSpec = { kind: 'normal', shape: [LINE.batch, 1, 1, 1] };
  const trainable: Trainable = {
    latent: { size: 1, prior: { kind: 'normal' } },
    classes: 0,
    range: 'points',
    variables: player.variables,
    networks: { discriminator: player.optimiser.weights },
    updates: () => [
      {
        name: 'fit',
        due: () => 1,
        inputs: [normal, normal, player.optimiser.stepSize],
        figures: ['cost', 'gradientNorm'],
        variables: player.variables,
        run: ([p, noise, stepSize]) =>
          tf.tidy(() => {
            const q = tf.add(tf.mul(noise!, DENSITY.q.sd), DENSITY.q.mean);
            return descend(player, stepSize as tf.Scalar, () => {
              const loss = cost(network.apply(p!) as tf.Tensor, network.apply(q) as tf.Tensor);
              return { loss, figures: [loss] };
            });
          }),
      },
    ],
    generate: (z) => network.apply(z) as tf.Tensor,
    products: () => ({ generator: network }),
    dispose: () => disposePlayer(player),
  };
  const source = valueSource(new Float32Array(1), shape);
  await play({ trainable, source, batchSize: 1, steps: LINE.steps, seed: mixSeed(seed, 2), log });
  const v = tf.tidy(() => {
    const x = tf.tensor4d(Float32Array.from(GRID), [GRID.length, 1, 1, 1]);
    return (network.apply(x) as tf.Tensor).dataSync() as Float32Array;
  });
  trainable.dispose();
  return v;
}

async function bestDiscriminator(seed: number, log: Log): Promise<Outcome> {
  const v = await fitLine(seed, log, (onP, onQ) => discriminatorLoss('non-saturating', onP, onQ));
  const d = v.map((logit) => 1 / (1 + Math.exp(-logit)));
  const error = integral((x, i) => {
    const [p, q] = [DENSITY.p.at(x), DENSITY.q.at(x)];
    return (Math.abs(d[i]! - p / (p + q)) * (p + q)) / 2;
  });
  const value = integral((x, i) => DENSITY.p.at(x) * Math.log(d[i]!) + DENSITY.q.at(x) * Math.log1p(-d[i]!));
  const trueValue = DIVERGENCES.jensenShannon.truth - Math.log(4); // that divergence is 2 JSD
  const passed = error < 0.02 && Math.abs(value - trueValue) < 0.005;
  return { figures: { error, value, trueValue }, passed };
}

async function divergences(seed: number, log: Log): Promise<Outcome> {
  const figures: Record<string, number> = {};
  let passed = true;
  for (const [name, divergence] of Object.entries<Divergence>(DIVERGENCES)) {
    const { output, conjugate, truth } = divergence;
    const v = await fitLine(mixSeed(seed, streamOf(name)), log, (onP, onQ) =>
      tf.sub(tf.mean(conjugate(onQ)), tf.mean(output(onP))),
    );
    const [t, c] = tf.tidy(() => [output(tf.tensor1d(v)).dataSync(), conjugate(tf.tensor1d(v)).dataSync()]);
    const bound = integral((x, i) => DENSITY.p.at(x) * t![i]! - DENSITY.q.at(x) * c![i]!);
    figures[name] = bound;
    figures[`${name}True`] = truth;
    passed &&= bound >= 0.98 * truth && bound <= truth * 1.001;
    log(`${name}: bound ${bound.toFixed(4)} of ${truth.toFixed(4)}`);
  }
  return { figures, passed };
}

const streamOf = (name: string): number => Object.keys(DIVERGENCES).indexOf(name);

// ---- what reaches the generator -------------------------------------------------------------------------------------------

function gradientRatio(): Outcome {
  const logits = Array.from({ length: 121 }, (_, i) => (i - 60) / 10);
  const slopes = (loss: 'minimax' | 'non-saturating'): Float32Array =>
    tf.tidy(() => {
      const each = (b: tf.Tensor) => tf.mul(generatorLoss(loss, b), logits.length) as tf.Scalar;
      return tf.abs(tf.grad(each)(tf.tensor1d(logits))).dataSync() as Float32Array;
    });
  const [minimax, nonSaturating] = [slopes('minimax'), slopes('non-saturating')];
  const errors = logits.map((logit, i) => {
    const d = 1 / (1 + Math.exp(-logit));
    return Math.max(Math.abs(minimax[i]! - d), Math.abs(nonSaturating[i]! - (1 - d)));
  });
  const error = Math.max(...errors);
  // a discriminator well ahead, D(G(z)) = 0.01
  const ahead = logits.findIndex((logit) => logit > Math.log(0.01 / 0.99));
  const figures = { error, minimaxAhead: minimax[ahead]!, nonSaturatingAhead: nonSaturating[ahead]! };
  return { figures, passed: error < 1e-5 };
}
