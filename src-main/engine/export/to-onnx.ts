/**
 * A network as an ONNX file. A translation is written only after ONNX Runtime has given, with the very bytes of the file,
 * what TensorFlow.js gives.
 */
import { AppError } from '#shared/errors';
import { runNetwork } from '../any-network';
import { lowerGraph } from '../graph/lower';
import type { AnyNetwork } from '../loaders/loader';
import { differenceOf } from '../network-ports';
import type { NetworkRunner } from '../network-runner';
import { lowerToOnnx } from '../onnx/lower';
import { onnxRunner } from '../onnx/raw-runner';
import { cannot } from './export-errors';

export interface OnnxWords {
  readonly where: string;
  /** Other names for the ports, by the names that the network itself has for them. */
  readonly names: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<string, string>;
}

const SEED = 11;
/** In parts of the largest value: sums in another order, and no more. */
const TOLERANCE = 1e-5;

export async function toOnnx(network: AnyNetwork, words: OnnxWords): Promise<Uint8Array> {
  if (network.kind === 'onnx') return network.onnx; // as it came: it was checked when it was taken in
  const reference = await referenceFor(network);
  try {
    const { onnx, inputs, outputs } = lowered(network, words.where);
    const inner = new Map<string, string>();
    const note = (ports: NetworkRunner['inputs'], made: readonly { readonly name: string }[]): void =>
      ports.forEach(({ name }, at) => inner.set(made[at]?.name ?? '', words.names.get(name) ?? name));
    note(reference.inputs, inputs);
    note(reference.outputs, outputs);
    const { namePorts } = await import('./name-ports');
    const file = namePorts(onnx, inner, words.metadata);
    const written = await onnxRunner(file);
    const difference = await differenceOf(reference, written, SEED).finally(() => written.dispose());
    if (difference <= TOLERANCE) return file;
    throw cannot(
      words.where,
      'ONNX',
      `ONNX Runtime would give other values, by ${difference.toExponential(1)} of their range`,
    );
  } finally {
    await reference.dispose();
  }
}

/** TensorFlow.js; or ONNX Runtime where only that runs it, which then is held against itself. */
async function referenceFor(network: AnyNetwork): Promise<NetworkRunner> {
  try {
    return await runNetwork(network, { avoid: 'onnxruntime' });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return runNetwork(network);
  }
}

function lowered(network: Exclude<AnyNetwork, { readonly kind: 'onnx' }>, where: string) {
  try {
    return network.kind === 'layers' ? lowerToOnnx(network.network) : lowerGraph(network.graph);
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('onnx/')) throw error;
    throw cannot(error.where ?? where, 'ONNX', error.detail ?? error.headline);
  }
}
