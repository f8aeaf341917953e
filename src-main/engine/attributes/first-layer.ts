// What the first layer of a generator makes of z, whatever the generator is kept as: it is translated to ONNX, the first affine operation
// that z meets is looked for, with what follows it and is linear too (batch norm, a bias), and with its activation; then the network is run
// up to there. So A of y = A z + b is measured, column by column, and neither the order of channels nor a fused scale can be mistaken.
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import { decodeAnyNetwork } from '../any-network';
import { lowerGraph } from '../graph/lower';
import { generatorContractOf } from '../manifest-contract';
import type { NumberArray } from '../network-runner';
import { lowerToOnnx } from '../onnx/lower';
import { readOnnxModel, type OnnxGraphInfo, type OnnxNodeInfo } from '../onnx/onnx-file';
import { onnxRunner } from '../onnx/raw-runner';
import type { AnyNetwork } from '../loaders/loader';
import { runNetwork } from '../any-network';
import { readPackFile, type Pack } from '../pack';
import { MAX_REGRESSED_SIZE } from '../store/limits';

export interface FirstLayer {
  /** A: what each unit gets from each coordinate, batch norm folded in. // [units, size] */
  readonly weights: Float64Array;
  /** Of `count` draws from the prior, after the activation. */
  readonly activations: (count: number, seed: number) => Promise<{ z: Float32Array; y: Float32Array }>;
  readonly dispose: () => Promise<void>;
}

const MOST_VALUES = 2 ** 24;
const ROWS_AT_ONCE = 64;
/** Of the largest change: rounding of 32-bit floats, no more. */
const LINEAR_TO = 1e-3;

/** @throws AppError model/first-layer where z meets no affine layer first. */
export async function openFirstLayer(pack: Pack): Promise<FirstLayer> {
  const { manifest } = pack;
  const { generator, latent } = manifest;
  if (latent.size > MAX_REGRESSED_SIZE) throw noFirstLayer(manifest.id, 'its latent is too large');
  const where = `${manifest.id}/${generator.file}`;
  const { network } = await decodeAnyNetwork(
    await readPackFile(pack, generator.file),
    generator.format,
    where,
  );
  const outer = await runNetwork(network);
  const contract = generatorContractOf(manifest, outer);
  const place = outer.inputs.findIndex(({ name }) => name === contract.latent.input);
  await outer.dispose();
  if (contract.latent.batch !== 'any') throw noFirstLayer(manifest.id, 'it takes one latent at a time');
  const onnx = onnxOf(network);
  const { graph } = readOnnxModel(onnx);
  const weightNames = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !weightNames.has(name));
  const start = inputs[place]?.name;
  const found = start === undefined ? null : firstAffine(graph, start);
  if (start === undefined || found === null)
    throw noFirstLayer(manifest.id, 'z goes through something else before the first affine layer');
  const runner = await onnxRunner(withOutputs(onnx, graph, [found.linear, found.activation]), { threads: 1 });
  const classes = contract.condition?.input === contract.latent.input ? contract.condition.size : 0;
  const shape = classes > 0 ? [latent.size + classes] : contract.latent.shape;

  /** // z [rows, size] -> [rows, units] */
  async function valuesAt(z: Float32Array, output: string): Promise<Float32Array> {
    const rows = z.length / latent.size;
    const feeds = new Map<string, NumberArray>();
    for (const port of runner.inputs) {
      if (port.name === start)
        feeds.set(port.name, { shape: [rows, ...shape], data: withClasses(z, latent.size, classes) });
      else {
        const sides = port.shape.map((side, at) => side ?? (at === 0 ? rows : 1));
        feeds.set(port.name, { shape: sides, data: new Float32Array(sides.reduce((a, b) => a * b, 1)) });
      }
    }
    return (await runner.run(feeds, [output])).get(output)?.data ?? new Float32Array();
  }

  const weights = await measuredWeights(latent.size, (z) => valuesAt(z, found.linear)).catch(
    async (error: unknown) => {
      await runner.dispose();
      throw error;
    },
  );
  if (weights === null) {
    await runner.dispose();
    throw noFirstLayer(manifest.id, 'its first layer is not affine');
  }
  const units = weights.length / latent.size;
  return {
    weights,
    async activations(count, seed) {
      const rows = Math.max(2, Math.min(count, Math.floor(MOST_VALUES / units)));
      const z = new Float32Array(rows * latent.size);
      for (let row = 0; row < rows; row++)
        z.set(latentOfSeed(seed + row, latent.size, latent.prior), row * latent.size);
      const y = new Float32Array(rows * units);
      for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
        const to = Math.min(rows, from + ROWS_AT_ONCE);
        y.set(await valuesAt(z.slice(from * latent.size, to * latent.size), found.activation), from * units);
      }
      return { z, y };
    },
    dispose: () => runner.dispose(),
  };
}

/** Column by column: y(e_i) - y(0). null where y(sum of e_i) is not what they add up to. */
async function measuredWeights(
  size: number,
  valuesAt: (z: Float32Array) => Promise<Float32Array>,
): Promise<Float64Array | null> {
  const origin = await valuesAt(new Float32Array(size));
  const units = origin.length;
  const weights = new Float64Array(units * size);
  const total = Float64Array.from(origin);
  let largest = 0;
  for (let from = 0; from < size; from += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, size - from);
    const z = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) z[row * size + from + row] = 1;
    const y = await valuesAt(z);
    for (let row = 0; row < rows; row++) {
      for (let unit = 0; unit < units; unit++) {
        const change = y[row * units + unit]! - origin[unit]!;
        weights[unit * size + from + row] = change;
        total[unit]! += change;
        largest = Math.max(largest, Math.abs(change));
      }
    }
  }
  const together = await valuesAt(new Float32Array(size).fill(1));
  const isAffine = total.every(
    (value, unit) => Math.abs(value - together[unit]!) <= LINEAR_TO * largest * Math.sqrt(size),
  );
  return isAffine && largest > 0 ? weights : null;
}

function onnxOf(network: AnyNetwork): Uint8Array {
  switch (network.kind) {
    case 'layers':
      return lowerToOnnx(network.network).onnx;
    case 'graph':
      return lowerGraph(network.graph).onnx;
    case 'onnx':
      return network.onnx;
  }
}

// ---- the way of z through the network -------------------------------------------------------------------------------------------

const AFFINE = new Set(['Gemm', 'MatMul', 'Conv', 'ConvTranspose']);
/** Moves numbers about and changes none. */
const MOVES = new Set([
  'Identity',
  'Reshape',
  'Flatten',
  'Unsqueeze',
  'Squeeze',
  'Transpose',
  'Cast',
  'Dropout',
]);
/** Linear in its first input where the others are weights. */
const SCALES = new Set(['Add', 'Sub', 'Mul', 'Div', 'BatchNormalization']);
const ACTIVATIONS = new Set([
  'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Tanh', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Softplus', 'Gelu', 'Mish',
]); // prettier-ignore

function firstAffine(
  graph: OnnxGraphInfo,
  start: string,
): { readonly linear: string; readonly activation: string } | null {
  const constants = new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.filter(({ operation }) => operation === 'Constant').flatMap(({ outputs }) => outputs),
  ]);
  const readersOf = (value: string): readonly OnnxNodeInfo[] =>
    graph.nodes.filter(({ inputs }) => inputs.includes(value));
  /** The only reader, if everything else that it reads is a weight. */
  const next = (value: string): OnnxNodeInfo | null => {
    const [only, ...others] = readersOf(value);
    const isPlain =
      only?.inputs.every((name) => name === value || name === '' || constants.has(name)) === true;
    return others.length === 0 && only !== undefined && isPlain ? only : null;
  };
  let value = start;
  let isAffine = false;
  for (let steps = 0; steps < graph.nodes.length; steps++) {
    const node = next(value);
    const output = node?.outputs[0];
    if (node === null || output === undefined) break;
    const { operation } = node;
    if (!isAffine && AFFINE.has(operation)) isAffine = true;
    else if (isAffine && ACTIVATIONS.has(operation)) return { linear: value, activation: output };
    else if (!MOVES.has(operation) && !SCALES.has(operation)) break;
    value = output;
  }
  // an activation of several operations (swish) has several readers: the layer is then taken before it
  return isAffine ? { linear: value, activation: value } : null;
}

/**
 * The model with more outputs. Messages of protocol buffers merge when they are written one after the other, so a second graph that holds
 * nothing but outputs adds them to the first. Only for the runtime here: the file of a pack is never changed.
 */
function withOutputs(onnx: Uint8Array, { outputs }: OnnxGraphInfo, wanted: readonly string[]): Uint8Array {
  const there = new Set(outputs.map(({ name }) => name));
  const missing = [...new Set(wanted)].filter((name) => !there.has(name));
  const message = (field: number, body: Uint8Array): Uint8Array =>
    Uint8Array.from([(field << 3) | 2, ...varint(body.length), ...body]);
  const graph = missing.flatMap((name) => [...message(12, message(1, new TextEncoder().encode(name)))]);
  const added = graph.length === 0 ? new Uint8Array() : message(7, Uint8Array.from(graph));
  const whole = new Uint8Array(onnx.length + added.length);
  whole.set(onnx);
  whole.set(added, onnx.length);
  return whole;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function withClasses(z: Float32Array, size: number, classes: number): Float32Array {
  if (classes === 0) return z;
  const rows = z.length / size;
  const wide = new Float32Array(rows * (size + classes));
  for (let row = 0; row < rows; row++) {
    wide.set(z.subarray(row * size, (row + 1) * size), row * (size + classes));
    wide[row * (size + classes) + size] = 1; // the first class
  }
  return wide;
}

function noFirstLayer(where: string, cause: string): AppError {
  return new AppError({
    code: 'model/first-layer',
    headline: 'Directions without labels cannot be found in this model',
    where,
    cause,
    remedy: 'find directions from labelled pictures, or from exemplars of your own',
  });
}
