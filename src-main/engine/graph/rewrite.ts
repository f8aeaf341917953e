/**
 * Operations that a picture does not need as they are. A random draw becomes its mean, so that the same latent gives the
 * same picture. A normalisation by the statistics of what it is given (layer and group normalisation of older Keras are
 * written so) becomes plain operations, because TensorFlow.js only has the one by stored statistics. What is added is named
 * after its node and a '~', which no name in a graph has.
 */
import { unsupported } from './graph-errors';
import type { FlatNode } from './inline-functions';
import type { RawAttribute, RawTensor, Reference } from './raw-graph';

export interface Additions {
  readonly add: (
    part: Pick<FlatNode, 'name' | 'operation' | 'attributes'>,
    inputs: readonly Reference[],
  ) => Reference;
  readonly constant: (name: string, tensor: RawTensor) => Reference;
  readonly warn: (sentence: string) => void;
}

type Rewritten = (output: number) => Reference;

const NORMAL_DRAWS = new Set([
  'RandomStandardNormal',
  'TruncatedNormal',
  'StatelessRandomNormal',
  'StatelessRandomNormalV2',
  'StatelessTruncatedNormal',
  'StatelessTruncatedNormalV2',
]);
const UNIFORM_DRAWS = new Set(['RandomUniform', 'StatelessRandomUniform', 'StatelessRandomUniformV2']);
const NORMALISATIONS = new Set(['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']);

export const isDraw = (operation: string): boolean =>
  NORMAL_DRAWS.has(operation) || UNIFORM_DRAWS.has(operation);

export function rewrite(
  node: FlatNode,
  inputs: readonly Reference[],
  additions: Additions,
): Rewritten | undefined {
  if (NORMAL_DRAWS.has(node.operation)) return mean(node, inputs, additions, 0);
  if (UNIFORM_DRAWS.has(node.operation)) return mean(node, inputs, additions, 0.5);
  if (node.operation === 'Erfc') return complement(node, inputs, additions);
  const training = node.attributes.get('is_training');
  const trains = training?.kind !== 'bool' || training.value;
  if (NORMALISATIONS.has(node.operation) && trains) return byOwnStatistics(node, inputs, additions);
  return undefined;
}

function mean(
  { name }: FlatNode,
  [shape]: readonly Reference[],
  { add, constant, warn }: Additions,
  value: number,
): Rewritten {
  if (shape === undefined) throw unsupported(name, 'it draws numbers of no shape');
  const type: RawAttribute = { kind: 'type', value: 'DT_FLOAT' };
  const level = constant(`${name}~mean`, { type: 'DT_FLOAT', shape: [], data: Float32Array.of(value) });
  const filled = add({ name, operation: 'Fill', attributes: new Map([['T', type]]) }, [shape, level]);
  warn(`The random numbers of ${JSON.stringify(name.slice(0, 200))} are replaced by their mean.`);
  return () => filled;
}

/** 1 - erf(x), by which Keras writes gelu and which TensorFlow.js does not know. */
function complement({ name }: FlatNode, [x]: readonly Reference[], { add, constant }: Additions): Rewritten {
  if (x === undefined) throw unsupported(name, 'it lacks an input');
  const attributes = new Map<string, RawAttribute>([['T', { kind: 'type', value: 'DT_FLOAT' }]]);
  const one = constant(`${name}~one`, { type: 'DT_FLOAT', shape: [], data: Float32Array.of(1) });
  const erf = add({ name: `${name}~erf`, operation: 'Erf', attributes }, [x]);
  const difference = add({ name, operation: 'Sub', attributes }, [one, erf]);
  return () => difference;
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale + offset, over all axes but the channels'. */
function byOwnStatistics(
  { name, attributes }: FlatNode,
  [x, scale, offset]: readonly Reference[],
  { add, constant }: Additions,
): Rewritten {
  if (x === undefined || scale === undefined || offset === undefined)
    throw unsupported(name, 'it lacks an input');
  const format = attributes.get('data_format');
  const channelsFirst = format?.kind === 'string' && format.value === 'NCHW';
  const epsilon = attributes.get('epsilon');
  const type = ['T', { kind: 'type', value: 'DT_FLOAT' }] as const;
  const part = (operation: string, at: string, from: readonly Reference[]): Reference =>
    add({ name: `${name}~${at}`, operation, attributes: new Map([type]) }, from);
  const integers = (at: string, data: readonly number[]): Reference =>
    constant(`${name}~${at}`, { type: 'DT_INT32', shape: [data.length], data: Int32Array.from(data) });

  const axes = integers('axes', channelsFirst ? [0, 2, 3] : [0, 1, 2]);
  const keep = new Map<string, RawAttribute>([type, ['keep_dims', { kind: 'bool', value: true }]]);
  const average = (at: string, of: Reference): Reference =>
    add({ name: `${name}~${at}`, operation: 'Mean', attributes: keep }, [of, axes]);
  const alongChannels = (at: string, of: Reference): Reference =>
    channelsFirst ? part('Reshape', at, [of, integers(`${at}-shape`, [1, -1, 1, 1])]) : of;

  const centre = average('mean', x);
  const variance = average('variance', part('SquaredDifference', 'difference', [x, centre]));
  const least = Float32Array.of(epsilon?.kind === 'float' ? epsilon.value : 1e-4);
  const small = constant(`${name}~epsilon`, { type: 'DT_FLOAT', shape: [], data: least });
  const factor = part('Mul', 'factor', [
    part('Rsqrt', 'deviation', [part('AddV2', 'stable', [variance, small])]),
    alongChannels('scale', scale),
  ]);
  const moved = part('Mul', 'scaled', [part('Sub', 'centred', [x, centre]), factor]);
  const y = part('AddV2', 'y', [moved, alongChannels('offset', offset)]);
  return (output) => {
    if (output === 0) return y;
    throw unsupported(name, 'the statistics of a batch are asked for');
  };
}
