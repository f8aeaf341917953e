// The networks of a run at one moment, as a model pack. The weights are rounded to halves first, and everything else in the pack is made
// with the weights as they are stored.
import * as tf from '@tensorflow/tfjs';
import { LOG_VARIANCE } from '#ml/vae';
import type { Trainable } from '#ml/family';
import { createGolden, type RawDecode } from '../golden';
import type { CodesOf, Manifest } from '../manifest';
import { decodeNetwork, encodeNetwork, NETWORK_FORMAT } from '../network-file';
import type { PackContent } from '../pack';
import { toHalves } from '../store/half-float';
import { encodeSafetensors, type Tensor } from '../store/safetensors';
import { fromLayersModel, toLayersModel } from '../tf-network';
import type { Source } from './source';

export interface StoredNetworks {
  readonly generator: tf.LayersModel;
  readonly encoder: tf.LayersModel | null;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly dispose: () => void;
}

const GOLDEN_SEED = 1;
const CODE_BATCH = 500;

/** The networks as they will be read again, with their files and golden.json. */
export async function storedNetworks(trainable: Trainable): Promise<StoredNetworks> {
  const products = trainable.products();
  const files = new Map<string, Uint8Array>();
  files.set('generator.safetensors', encodeNetwork(fromLayersModel(products.generator), { dtype: 'F16' }));
  products.generator.dispose();
  if (products.encoder !== undefined) {
    files.set('encoder.safetensors', encodeNetwork(fromLayersModel(products.encoder), { dtype: 'F16' }));
    products.encoder.dispose();
  }
  const reopen = async (name: string): Promise<tf.LayersModel> =>
    toLayersModel(decodeNetwork(files.get(name)!));
  const generator = await reopen('generator.safetensors');
  const encoder = files.has('encoder.safetensors') ? await reopen('encoder.safetensors') : null;
  const { latent, classes } = trainable;
  const size = latent.size + classes;
  const decode: RawDecode = async (z, count) =>
    tf.tidy(() =>
      Float32Array.from((generator.apply(tf.tensor2d(z, [count, size])) as tf.Tensor).dataSync()),
    );
  // a check of the arithmetic, so a conditional generator gets any numbers where its classes go
  files.set('golden.json', await createGolden({ size, prior: latent.prior }, GOLDEN_SEED, decode));
  return {
    generator,
    encoder,
    files,
    dispose() {
      generator.dispose();
      encoder?.dispose();
    },
  };
}

/** What every manifest of a trained model says. */
export function manifestParts(
  trainable: Trainable,
  shape: Source['shape'],
  classNames: readonly string[],
  hasEncoder: boolean,
): Pick<
  PackContent['manifest'],
  'generator' | 'encoder' | 'latent' | 'output' | 'condition' | 'golden' | 'licence'
> {
  const { latent, classes, range, categoryNames = classNames } = trainable;
  const logVarRange: [number, number] = [LOG_VARIANCE.low, LOG_VARIANCE.high];
  return {
    generator: { file: 'generator.safetensors', format: NETWORK_FORMAT },
    ...(hasEncoder ? { encoder: { file: 'encoder.safetensors', format: NETWORK_FORMAT, logVarRange } } : {}),
    latent: { size: latent.size, prior: latent.prior },
    ...(classes > 0 ? { condition: { kind: 'class', size: classes, names: [...categoryNames] } } : {}),
    output: {
      height: shape.height,
      width: shape.width,
      channels: shape.channels as 1 | 3 | 4,
      range: range === 'points' ? [0, 1] : [...range],
      layout: 'NHWC',
    },
    golden: 'golden.json',
    licence: 'MIT',
  };
}

export const CODES_FILE = 'codes.safetensors';

/** What a manifest says of the codes; of a test set (null) it names no classes here, because `training` does. */
export function codesPart(
  count: number,
  { labels, classNames }: Pick<Source, 'labels' | 'classNames'>,
  of: CodesOf | null,
): NonNullable<Manifest['codes']> {
  if (of === null) return { file: CODES_FILE, count };
  return { file: CODES_FILE, count, of, ...(labels === null ? {} : { classNames: [...classNames] }) };
}

/** codes.safetensors: mu (and logVar) of pictures as the run's own encoder gives them now. */
export async function codesFile(
  trainable: Trainable,
  source: Source,
  count: number,
): Promise<Uint8Array | null> {
  const { encode, latent, range } = trainable;
  if (encode === undefined || range === 'points') return null;
  const { height, width, channels } = source.shape;
  const mu = new Float32Array(count * latent.size);
  for (let from = 0; from < count; from += CODE_BATCH) {
    const places = Uint32Array.from({ length: Math.min(CODE_BATCH, count - from) }, (_, i) => from + i);
    const pixels = await source.read(places);
    const scaled = range[0] === -1 ? pixels.map((value) => 2 * value - 1) : pixels;
    tf.tidy(() => {
      mu.set(
        encode(tf.tensor4d(scaled, [places.length, height, width, channels])).mu.dataSync(),
        from * latent.size,
      );
    });
  }
  const tensors = new Map<string, Tensor>([
    ['mu', { dtype: 'F16', shape: [count, latent.size], data: toHalves(mu) }],
  ]);
  if (source.labels !== null)
    tensors.set('label', { dtype: 'U8', shape: [count], data: source.labels.slice(0, count) });
  return encodeSafetensors(tensors, { format: 'latentscape-codes/1' });
}
