// The card of a trained pack: what it is, from what data, how good, and how to make it again.
import type { TrainingData } from './data';
import { PRESET_NAMES } from './presets';
import type { Figures } from './stepper';
import type { TrainConfig } from './train-config';

export interface CardFacts {
  readonly config: TrainConfig;
  readonly metrics: Figures;
  readonly parameters: { readonly encoder: number; readonly decoder: number };
  readonly data: TrainingData;
  /** Means of each epoch's figures. */
  readonly course: readonly Figures[];
  /** Pictures that the figures are of. */
  readonly measured: number;
  /** The card's picture is the 2-d manifold; otherwise samples. */
  readonly grid: boolean;
  readonly latentSize: number;
}

export function packCard(facts: CardFacts): string {
  const { config, parameters, data, grid, latentSize } = facts;
  const { height, width } = data.training.shape;
  const count = (value: number): string => value.toLocaleString('en');
  const picture = grid ? '20 x 20 manifold through the inverse Gaussian CDF' : 'Samples of consecutive seeds';
  const encoder = parameters.encoder > 0 ? `${count(parameters.encoder)} weights in the encoder, ` : '';
  const command = PRESET_NAMES.includes(config.id)
    ? `train --preset ${config.id}`
    : 'train --config job.json';
  return `# ${config.title}

![${picture}](card.png)

${KINDS[config.family]} of ${height} x ${width} pictures with ${latentSize} latent dimensions
(${encoder}${count(parameters.decoder)} in the ${encoder === '' ? 'generator' : 'decoder'}, stored as halves).

## Data

${config.data.name}; ${config.data.licence}. Source: ${config.data.source}.
${
  data.test === null
    ? ''
    : `The pack holds no picture of it: \`codes.safetensors\` has the code of each test picture and its class, in the order of the test file.
Attach your own copy of the test set to see the pictures beside their reconstructions.\n`
}${figuresOf(facts)}${courseOf(facts)}
## Recipe

${recipeOf(config, data.test !== null)}
The whole configuration is in \`manifest.json\`. To make it again, with the data:

    npm run -s cli -- ${command} --data <data> --out <folder>
    npm run -s cli -- evaluate <folder>/pack --data <data>

\`golden.json\` holds seeded latents and the pictures that they must give.

The weights are free to use (MIT).
`;
}

const KINDS: Readonly<Record<TrainConfig['family'], string>> = {
  vae: 'A variational autoencoder',
  cvae: 'A conditional variational autoencoder',
  gan: 'The generator of a generative adversarial network',
  cgan: 'The generator of a conditional generative adversarial network',
  acgan: 'The generator of an auxiliary classifier GAN',
  infogan: 'The generator of an InfoGAN',
  bigan: 'Generator and encoder of a bidirectional GAN',
  vaegan: 'Decoder and encoder of a VAE/GAN',
};

function figuresOf({ config, metrics, data, latentSize, measured }: CardFacts): string {
  const { elbo, iwae50, reconstruction, kl, activeUnits } = metrics;
  if (config.family !== 'vae' || elbo === undefined) return '';
  const whose = data.test === null ? 'Held out of training' : 'Test set';
  const { likelihood } = config.model;
  const words =
    likelihood.kind === 'bernoulli'
      ? 'Bernoulli on grey pixels'
      : `Gaussian, sigma ${Number(metrics['sigma'] ?? likelihood.sigma).toPrecision(3)}`;
  const perDimension = Array.from(
    { length: Math.min(latentSize, 32) },
    (_, i) => metrics[`kl${i + 1}`]?.toFixed(2) ?? '',
  );
  return `
## Figures

${whose}, ${measured.toLocaleString('en')} pictures, ${words}, nats per picture, measured on the weights as stored.

| measure | value |
|---|---|
| ELBO | ${elbo.toFixed(2)} |
| IWAE bound, 50 samples | ${iwae50?.toFixed(2) ?? ''} |
| reconstruction, E ln p(x\\|z) | ${reconstruction?.toFixed(2) ?? ''} |
| KL | ${kl?.toFixed(2) ?? ''} (by dimension: ${perDimension.join(', ')}) |
| active units | ${activeUnits} of ${latentSize} |

ELBO and IWAE are lower bounds of ln p(x): higher is better, and the IWAE bound is the tighter one.
`;
}

/** At most so many rows. */
const COURSE_ROWS = 10;

/** What the discriminator said of the data and of the generator's pictures, over the epochs. */
function courseOf({ course }: CardFacts): string {
  const told = course.filter(({ dReal, dFake }) => dReal !== undefined && dFake !== undefined);
  if (told.length === 0) return '';
  const every = Math.ceil(told.length / COURSE_ROWS);
  const rows = told.filter((_, at) => (told.length - 1 - at) % every === 0);
  const lines = rows.map(
    ({ epoch, dReal, dFake }) => `| ${epoch} | ${dReal!.toFixed(3)} | ${dFake!.toFixed(3)} |`,
  );
  return `
## Course

What the discriminator took for data, mean over the epoch: D(x) of the data, D(G(z)) of the generator's pictures. Where both are one half it
cannot tell them apart.

| epoch | D(x) | D(G(z)) |
|---|---|---|
${lines.join('\n')}
`;
}

function recipeOf(config: TrainConfig, hasTestSet: boolean): string {
  const { epochs, batchSize, seed, validationCount } = config;
  const heldOut = `seed ${seed}; ${validationCount.toLocaleString('en')} pictures were held out${hasTestSet ? ', and the test set was never trained on' : ''}.`;
  const start = `${epochs} epochs, batch ${batchSize}, Adam,`;
  if (config.family === 'vae' || config.family === 'cvae') {
    const { schedule, peak, floor } = config.learningRate;
    return `${start} ${schedule} learning rate ${peak} to ${floor}, beta ${config.beta}, KL warm-up over ${config.klWarmUpSteps} steps, ${heldOut}`;
  }
  const { beta1, generator, discriminator, schedule, loss } = config;
  const settled =
    config.family === 'gan'
      ? `${config.penalty.r1 > 0 ? `R1 ${config.penalty.r1} every ${config.penalty.every} steps, ` : ''}${config.averageDecay > 0 ? `the generator averaged with decay ${config.averageDecay}, ` : ''}`
      : '';
  return `${start} beta1 ${beta1}, learning rates ${generator.learningRate} (G) and ${discriminator.learningRate} (D), ${schedule}, ${loss} loss, ${settled}${heldOut}`;
}
