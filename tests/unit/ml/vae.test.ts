import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as vaeModule from '#ml/vae';
import { disposeVae, elboParts, importanceSample, importanceWeightedBound, klPerDimension } from '#ml/vae';
import {
  createVae,
  logLikelihood,
  pictureDecoder,
  posteriorOf,
  reparameterise,
  trainableVariables,
  vaeLoss,
} from '#ml/vae';
import type { Posterior, Vae, VaeConfig } from '#ml/vae';
import { stepNoise } from '#ml/random';
import { seededNormal, seededRandom } from '#shared/random';

const TINY: VaeConfig = {
  height: 4,
  width: 4,
  channels: 1,
  latentSize: 2,
  encoder: { kind: 'conv', filters: [3], units: [5] },
  decoder: { kind: 'conv', filters: [3, 2], units: [6] },
  activation: 'swish',
  likelihood: { kind: 'bernoulli' },
};
const DENSE: VaeConfig = {
  ...TINY,
  encoder: { kind: 'dense', filters: [], units: [7] },
  decoder: { kind: 'dense', filters: [], units: [7] },
};

let before = 0;
beforeEach(async () => {
  await tf.setBackend('cpu');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors, 'tensors left over').toBe(before));

const within = (run: () => void) => () => tf.tidy(run);

function pictures(count: number, seed = 3): tf.Tensor4D {
  const random = seededRandom(seed);
  return tf.tensor4d(
    Float32Array.from({ length: count * 16 }, () => random.uniform()),
    [count, 4, 4, 1],
  );
}

function withVae(config: VaeConfig, run: (vae: Vae) => void): void {
  const vae = createVae(config, 11);
  try {
    tf.tidy(() => run(vae));
  } finally {
    disposeVae(vae);
  }
}

const posterior = (mu: number[], logVar: number[]): Posterior => ({
  mu: tf.tensor2d([mu]),
  logVar: tf.tensor2d([logVar]),
});
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe('posterior', () => {
  it(
    'KL of the prior from itself is 0, and a shifted mean costs mu^2 / 2',
    within(() => {
      expect([...klPerDimension(posterior([0, 3], [0, 0])).dataSync()]).toEqual([0, 4.5]);
    }),
  );

  it(
    'KL in closed form is what Monte Carlo finds',
    within(() => {
      const [mu, logVar, samples] = [0.7, -1.1, 200_000];
      const sigma = Math.exp(logVar / 2);
      const ratios = seededNormal(5, samples).map((noise) => {
        const z = mu + sigma * noise;
        return -0.5 * (noise * noise + logVar) + 0.5 * z * z; // ln q(z|x) - ln p(z)
      });
      expect(klPerDimension(posterior([mu], [logVar])).dataSync()[0]).toBeCloseTo(mean(ratios), 2);
    }),
  );

  it(
    'a sample is mu + sigma * noise',
    within(() => {
      const z = reparameterise(posterior([1, -1], [0, Math.log(4)]), tf.tensor2d([[0.5, 1]])).dataSync();
      expect(z[0]).toBeCloseTo(1.5, 6);
      expect(z[1]).toBeCloseTo(1, 6);
    }),
  );
});

describe('likelihood', () => {
  const one = (value: number) => tf.tensor4d([value], [1, 1, 1, 1]);

  it(
    'Bernoulli from logits agrees with probabilities, grey pixels included',
    within(() => {
      for (const [x, logit] of [
        [1, 0.3],
        [0, 0.3],
        [0.4, -2],
      ] as const) {
        const p = 1 / (1 + Math.exp(-logit));
        const expected = x * Math.log(p) + (1 - x) * Math.log(1 - p);
        expect(logLikelihood({ kind: 'bernoulli' }, one(x), one(logit)).dataSync()[0]).toBeCloseTo(
          expected,
          5,
        );
      }
    }),
  );

  it(
    'Bernoulli stays finite and exact for extreme logits',
    within(() => {
      const of = (x: number, logit: number) =>
        logLikelihood({ kind: 'bernoulli' }, one(x), one(logit)).dataSync()[0];
      expect(of(1, 200)).toBeCloseTo(0, 5);
      expect(of(0, 200)).toBeCloseTo(-200, 3);
      expect(of(1, -200)).toBeCloseTo(-200, 3);
    }),
  );

  it(
    'Gaussian has its constant, and its best sigma is the root mean square error',
    within(() => {
      const at = (sigma: number) => {
        const likelihood = { kind: 'gaussian', sigma, mean: 'linear' } as const;
        return logLikelihood(likelihood, one(0.9), one(0.6)).dataSync()[0]!;
      };
      const expected = -0.5 * (0.3 / 0.2) ** 2 - Math.log(0.2) - 0.5 * Math.log(2 * Math.PI);
      expect(at(0.2)).toBeCloseTo(expected, 5);
      expect(at(0.3)).toBeGreaterThan(at(0.27));
      expect(at(0.3)).toBeGreaterThan(at(0.33));
    }),
  );
});

describe('networks', () => {
  it('have the shapes they promise, and the pack’s decoder is the sigmoid of the trained one', () => {
    for (const config of [TINY, DENSE]) {
      withVae(config, (vae) => {
        expect((vae.encoder.apply(pictures(3)) as tf.Tensor).shape).toEqual([3, 4]);
        const z = stepNoise(1, 0, 3, 2);
        const logits = vae.decoder.apply(z) as tf.Tensor;
        expect(logits.shape).toEqual([3, 4, 4, 1]);
        const decoder = pictureDecoder(vae);
        const difference = tf
          .max(tf.abs(tf.sub(decoder.apply(z) as tf.Tensor, tf.sigmoid(logits))))
          .dataSync()[0];
        decoder.dispose();
        expect(difference).toBeLessThan(1e-6);
      });
    }
  });

  it('start from their seed, the same each time, with the same layer names', () => {
    const start = (seed: number) => {
      const vae = createVae(TINY, seed);
      const values = trainableVariables(vae).flatMap((variable) => [...variable.dataSync()]);
      const names = [...vae.encoder.layers, ...vae.decoder.layers].map((layer) => layer.name);
      disposeVae(vae);
      return { values, names };
    };
    expect(start(4)).toEqual(start(4));
    expect(start(4).values).not.toEqual(start(5).values);
  });
});

describe('bounds', () => {
  it('the loss is beta KL minus reconstruction, and both are those of the ELBO', () => {
    withVae(TINY, (vae) => {
      const [x, noise] = [pictures(5), stepNoise(2, 0, 5, 2)];
      const parts = elboParts(vae, x, noise);
      const reconstruction = mean(parts.reconstruction.dataSync());
      const kl = mean(tf.sum(parts.kl, 1).dataSync());
      const loss = vaeLoss(vae, x, noise, 0.25);
      expect(loss.reconstruction.dataSync()[0]).toBeCloseTo(reconstruction, 4);
      expect(loss.kl.dataSync()[0]).toBeCloseTo(kl, 5);
      expect(loss.loss.dataSync()[0]).toBeCloseTo(0.25 * kl - reconstruction, 4);
    });
  });

  it('an importance weight is p(x|z) p(z) / q(z|x), term by term', () => {
    withVae(TINY, (vae) => {
      const [x, noise] = [pictures(1), stepNoise(2, 1, 1, 2)];
      const q = posteriorOf(vae.encoder, x);
      const sample = importanceSample(vae, x, q, noise);
      const z = reparameterise(q, noise).dataSync();
      const logVar = q.logVar.dataSync();
      let expected = sample.reconstruction.dataSync()[0]!;
      noise.dataSync().forEach((value, d) => {
        const logPrior = -0.5 * z[d]! ** 2 - 0.5 * Math.log(2 * Math.PI);
        const logPosterior = -0.5 * value ** 2 - 0.5 * logVar[d]! - 0.5 * Math.log(2 * Math.PI);
        expected += logPrior - logPosterior;
      });
      expect(sample.logWeight.dataSync()[0]).toBeCloseTo(expected, 4);
    });
  });

  it('L_1 <= L_5 <= L_50, and L_1 is the ELBO', () => {
    const wide: VaeConfig = { ...DENSE, latentSize: 4 };
    withVae(wide, (vae) => {
      // spread posteriors out, so that the bounds differ
      const weights = vae.encoder.getWeights();
      vae.encoder.setWeights(weights.map((weight) => tf.mul(weight, 4)));
      const decoderWeights = vae.decoder.getWeights();
      vae.decoder.setWeights(decoderWeights.map((weight) => tf.mul(weight, 3)));
      const x = pictures(40);
      const q = posteriorOf(vae.encoder, x);
      const draws = Array.from({ length: 50 }, (_, k) => importanceSample(vae, x, q, stepNoise(3, k, 40, 4)));
      const weightsOf = (k: number) =>
        tf.stack(draws.slice(0, k).map((draw) => draw.logWeight)) as tf.Tensor2D;
      // for each k the mean over all 50 draws, in groups of k, so that the ordering is exact (Jensen)
      const all = weightsOf(50);
      const bound = (k: number) => {
        const groups = tf.split(all, 50 / k) as tf.Tensor2D[];
        return mean(groups.map((group) => mean(importanceWeightedBound(group).dataSync())));
      };
      const [one, five, fifty] = [bound(1), bound(5), bound(50)];
      expect(one).toBeLessThan(five);
      expect(five).toBeLessThan(fifty);
      const kl = mean(tf.sum(klPerDimension(q), 1).dataSync());
      const elbo = mean(draws.map((draw) => mean(draw.reconstruction.dataSync()))) - kl;
      expect(Math.abs(one - elbo)).toBeLessThan(0.15);
    });
  });

  it('the bound of equal weights is that weight, however small', () => {
    tf.tidy(() => {
      const bound = importanceWeightedBound(tf.fill([7, 2], -5000)).dataSync();
      expect(bound[0]).toBeCloseTo(-5000, 2);
    });
  });

  const cases: readonly (readonly [string, VaeConfig])[] = [
    ['conv, Bernoulli', TINY],
    ['dense, Bernoulli', { ...DENSE, activation: 'elu' }],
    [
      'dense, Gaussian with learned sigma',
      { ...DENSE, likelihood: { kind: 'gaussian', sigma: 'learned', mean: 'sigmoid' } },
    ],
  ];
  it.each(cases)('gradients of the loss are those of finite differences (%s)', (_, config) => {
    withVae(config, (vae) => {
      const [x, noise] = [pictures(3), stepNoise(6, 0, 3, config.latentSize)];
      const loss = () => vaeModule.vaeLoss(vae, x, noise, 0.7).loss;
      const variables = trainableVariables(vae);
      const { grads } = tf.variableGrads(loss, variables);
      const random = seededRandom(8);
      for (const variable of variables) {
        const gradient = grads[variable.name]!.dataSync();
        const original = Float32Array.from(variable.dataSync());
        const at = random.integer(original.length);
        const lossAt = (offset: number) => {
          const moved = Float32Array.from(original);
          moved[at] = moved[at]! + offset;
          variable.assign(tf.tensor(moved, variable.shape));
          return loss().dataSync()[0]!;
        };
        const step = 2e-2;
        const numeric = (lossAt(step) - lossAt(-step)) / (2 * step);
        variable.assign(tf.tensor(original, variable.shape));
        expect(Math.abs(numeric - gradient[at]!), variable.name).toBeLessThan(
          2e-3 + 5e-3 * Math.abs(numeric),
        );
      }
    });
  });
});
