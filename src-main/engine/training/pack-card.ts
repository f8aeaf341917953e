// The card of a trained pack: what it is, from what data, how good, and how to make it again.

import type { VaeMeasures } from '../measure-vae';
import type { EpochSummary } from './progress';
import type { TrainConfig } from './train-config';
import { PRESETS } from './train-config';

export interface CardFacts {
  readonly config: TrainConfig;
  readonly measures: VaeMeasures;
  readonly history: readonly EpochSummary[];
  readonly parameters: { readonly encoder: number; readonly decoder: number };
  readonly hasManifold: boolean;
}

export function packCard({ config, measures, history, parameters, hasManifold }: CardFacts): string {
  const { model, data, learningRate } = config;
  const isPreset = Object.hasOwn(PRESETS, config.id);
  const command = isPreset ? `train --preset ${config.id}` : 'train --config job.json';
  const likelihood =
    model.likelihood.kind === 'bernoulli'
      ? 'Bernoulli on grey pixels'
      : `Gaussian, sigma ${model.likelihood.sigma}`;
  const rate = `${learningRate.schedule} learning rate ${learningRate.peak} to ${learningRate.floor}`;
  const last = history.at(-1);
  const held = last?.validationElbo;
  return `# ${config.title}

${hasManifold ? `![20 x 20 manifold through the inverse Gaussian CDF](card.png)\n` : ''}
A variational autoencoder of ${model.height} x ${model.width} pictures with ${model.latentSize} latent dimensions
(${parameters.encoder.toLocaleString('en')} weights in the encoder, ${parameters.decoder.toLocaleString('en')} in the decoder, stored as halves).

## Data

${data.name}; ${data.licence}. Source: ${data.source}.
The pack holds no picture of it: \`codes.safetensors\` has the code of each test picture (mean and log-variance of q(z|x)) and its class,
in the order of the test file. Attach your own copy of the test set to see the pictures beside their reconstructions.

## Figures

Test set, ${measures.n.toLocaleString('en')} pictures, ${likelihood}, nats per picture, measured on the weights as stored.

| measure | value |
|---|---|
| ELBO | ${measures.elbo.toFixed(2)} |
| IWAE bound, ${measures.importanceSamples} samples | ${measures.iwae.toFixed(2)} |
| reconstruction, E ln p(x\\|z) | ${measures.reconstruction.toFixed(2)} |
| KL | ${measures.kl.toFixed(2)} (by dimension: ${measures.klPerDimension.map((kl) => kl.toFixed(2)).join(', ')}) |
| active units | ${measures.activeUnits} of ${model.latentSize} |

ELBO and IWAE are lower bounds of ln p(x): higher is better, and the IWAE bound is the tighter one.
${held === undefined || held === null ? '' : `After the last epoch: training ${last!.trainElbo.toFixed(2)}, held-out pictures ${held.toFixed(2)}.\n`}
## Recipe

${config.epochs} epochs, batch ${config.batchSize}, Adam, ${rate}, beta ${config.beta}, KL warm-up over ${config.klWarmUpSteps} steps,
seed ${config.seed}; the last ${config.validationCount.toLocaleString('en')} training pictures were held out, the test set was never trained on. The whole
configuration is in \`manifest.json\`. To make it again, with the folder of ${data.name}'s IDX files:

    npm run -s cli -- ${command} --data <folder> --out <folder>
    npm run -s cli -- evaluate <folder>/pack --data <folder>

\`golden.json\` holds seeded latents and the pictures that they must give.

The weights are free to use (MIT).
`;
}
