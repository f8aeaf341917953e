// `evaluate`: the figures of a finished pack on a test set.

import { AppError } from '#shared/errors';
import { readIdxTestSet } from './datasets/idx';
import { selectBackend } from './backends/select';
import type { VaeMeasures } from './measure-vae';
import { decodeNetwork } from './network-file';
import { readPackFile, type Pack } from './pack';
import { likelihoodOfPack } from './training/train-config';

export interface EvaluateOptions {
  readonly pack: Pack;
  /** Folder of IDX files, or one file of pictures. */
  readonly dataPath: string;
  /** Pictures; all where not given. */
  readonly n?: number;
  readonly seed?: number;
  readonly importanceSamples?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export async function evaluate(options: EvaluateOptions): Promise<VaeMeasures> {
  const { seed = 1, importanceSamples = 50, onProgress } = options;
  const { pack } = options;
  const { manifest } = pack;
  const images = await readIdxTestSet(options.dataPath);
  const { height, width, channels } = manifest.output;
  if (images.height !== height || images.width !== width || images.channels !== channels) {
    throw new AppError({
      code: 'data/mismatch',
      headline: 'The pictures do not fit the model',
      cause: `they are ${images.width} x ${images.height} x ${images.channels} and it makes ${width} x ${height} x ${channels}`,
      remedy: 'choose the data it was trained for',
    });
  }
  if (manifest.encoder === undefined) {
    throw new AppError({
      code: 'model/encoder',
      headline: 'This model has no encoder, so its ELBO is not defined',
      where: manifest.id,
      remedy: 'choose a VAE',
    });
  }
  await selectBackend();
  const { toLayersModel } = await import('./tf-network');
  const { measureVae, storedNetworks } = await import('./measure-vae');
  const encoder = await toLayersModel(decodeNetwork(await readPackFile(pack, manifest.encoder.file)));
  const decoder = await toLayersModel(decodeNetwork(await readPackFile(pack, manifest.generator.file)));
  try {
    const networks = storedNetworks(
      encoder,
      decoder,
      likelihoodOfPack(manifest.training),
      manifest.latent.size,
    );
    const n = Math.min(options.n ?? images.count, images.count);
    const measure = { n, seed, importanceSamples, ...(onProgress ? { onProgress } : {}) };
    return (await measureVae(networks, images, measure)).measures;
  } finally {
    encoder.dispose();
    decoder.dispose();
  }
}
