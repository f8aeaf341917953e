/**
 * A network on disk: a tf.layers topology and its weights, in one safetensors file. The weights of a layer are named
 * `<layer>/<weight>`, e.g. `conv2d_1/kernel`; the topology says which there must be, and there are no others.
 */
import { AppError } from '#shared/errors';
import { fromHalves, toHalves } from './store/half-float';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './store/safetensors';
import { parseTopology, weightSpecs, type Shape } from './topology';

export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

export interface Network {
  /** JSON, as `model.toJSON()` of a tf.layers model writes it. */
  readonly topology: string;
  readonly weights: ReadonlyMap<string, Weight>;
}

export interface DecodedNetwork extends Network {
  /** What a person should know of this file, e.g. that a weight is not a number. */
  readonly warnings: readonly string[];
}

export const NETWORK_FORMAT = 'latentscape-network/1';

export function encodeNetwork(
  network: Network,
  { dtype = 'F32' }: { readonly dtype?: 'F32' | 'F16' } = {},
): Uint8Array {
  checkWeights(network);
  const tensors = new Map<string, Tensor>();
  for (const [name, { shape, data }] of network.weights) {
    tensors.set(name, dtype === 'F32' ? { dtype, shape, data } : { dtype, shape, data: toHalves(data) });
  }
  return encodeSafetensors(tensors, { format: NETWORK_FORMAT, topology: network.topology });
}

export function decodeNetwork(bytes: Uint8Array): DecodedNetwork {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { format, topology } = metadata;
  if (format !== NETWORK_FORMAT || topology === undefined) {
    throw new AppError({
      code: 'model/format',
      headline: 'The file holds no network',
      cause: `its format is ${format ?? 'not named'}, and ${NETWORK_FORMAT} is read`,
    });
  }
  const weights = new Map<string, Weight>();
  const warnings: string[] = [];
  for (const [name, tensor] of tensors) {
    const data = asSingles(name, tensor);
    if (data.some((value) => !Number.isFinite(value)))
      warnings.push(`The weight ${name} holds values that are no numbers.`);
    weights.set(name, { shape: tensor.shape, data });
  }
  checkWeights({ topology, weights });
  return { topology, weights, warnings };
}

/** Topology and weights must name the same things with the same shapes; neither may be taken at its word alone. */
function checkWeights({ topology, weights }: Network): void {
  const expected = weightSpecs(parseTopology(topology));
  for (const [name, shape] of expected) {
    const weight = weights.get(name);
    if (weight === undefined) throw mismatch(name, 'the network needs it and it is not there');
    if (weight.shape.join() !== shape.join()) {
      throw mismatch(
        name,
        `its shape is [${weight.shape.join(', ')}] and the network needs [${shape.join(', ')}]`,
      );
    }
  }
  for (const name of weights.keys())
    if (!expected.has(name)) throw mismatch(name, 'no layer of the network uses it');
}

function asSingles(name: string, tensor: Tensor): Float32Array {
  if (tensor.dtype === 'F32') return tensor.data;
  if (tensor.dtype === 'F16') return fromHalves(tensor.data);
  throw mismatch(name, `its type is ${tensor.dtype}, and F32 or F16 is read`);
}

function mismatch(name: string, cause: string): AppError {
  return new AppError({
    code: 'model/weights',
    headline: 'The weights do not fit the network',
    where: `weight ${name}`,
    cause,
  });
}
