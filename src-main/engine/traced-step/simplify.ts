// A recorded step with fewer passes over its largest tensors. tfjs has no operation for the derivative of a rectifier or of batch norm in
// training mode, and writes them as a dozen small ones, each of which reads and writes whole activations; TensorFlow has one for each.
//
// Every rule is an identity: the same function of the same inputs, up to rounding. The recording was topologically sorted when it was
// made, so one pass forward suffices: `alias` tells later nodes where an output is to be had now. What is not recognised stays as it was
// recorded.
import { createGraphView, type GraphView } from './graph-view';
import type { AttributeKinds } from './saved-model';
import type { RecordedAttribute, RecordedNode, Recording } from './recording';

/** Looks at one node whose inputs are simple already; true if it has put something in its place. */
type Rule = (node: RecordedNode, graph: GraphView, kinds: AttributeKinds) => boolean;

export function simplify(recording: Recording, kinds: AttributeKinds): Recording {
  const graph = createGraphView();
  const batchNorm = batchNormRules();
  const rules: readonly Rule[] = [identity, ...batchNorm, rectifierGradient, leakyGradient, leaky];
  for (const recorded of recording.nodes) {
    const node = graph.add(recorded);
    rules.some((rule) => rule(node, graph, kinds));
  }
  const fetches = recording.fetches.map(graph.resolve);
  return { ...recording, nodes: needed(graph.nodes, fetches), fetches };
}

/** Without what nobody reads any more, constants as large as an activation among it. What is fed stays. */
function needed(nodes: readonly RecordedNode[], fetches: readonly string[]): readonly RecordedNode[] {
  const nameOf = (output: string): string => output.slice(0, output.lastIndexOf(':'));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const live = new Set<string>();
  const waiting = fetches.map(nameOf);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (live.has(name)) continue;
    live.add(name);
    waiting.push(...byName.get(name)!.inputs.map(nameOf));
  }
  return nodes.filter(({ name, op }) => live.has(name) || op === 'Placeholder');
}

/** A cast to the same type, a reshape to the same shape. */
const identity: Rule = (node, graph) => {
  const [input] = node.inputs;
  if (input === undefined) return false;
  const type = (name: string): unknown => node.attributes.find((attribute) => attribute.name === name)?.value;
  const same =
    (node.op === 'Cast' && type('SrcT') === type('DstT')) ||
    (node.op === 'Reshape' && graph.shapeOf(input)?.join() === node.shape?.join());
  if (same) graph.alias(`${node.name}:0`, input);
  return same;
};

// ---- rectifiers ----------------------------------------------------------------------------------------------------------

/** dy [x > 0]: tfjs makes the step function of x of two selections. */
const rectifierGradient: Rule = (node, graph) => {
  if (node.op !== 'Mul') return false;
  const [dy, step] = node.inputs as [string, string];
  const x = steppedOf(step, graph);
  if (x === null) return false;
  graph.replace(node, 'ReluGrad', [dy, x]);
  return true;
};

/** x of step(x) = x is NaN ? x : x > 0 ? 1 : 0. */
function steppedOf(output: string, graph: GraphView): string | null {
  const whole = graph.inputsOf(output, 'Select');
  const positive = whole && graph.inputsOf(whole[2]!, 'Select');
  const greater = positive && graph.inputsOf(positive[0]!, 'Greater');
  const zeros = positive && graph.inputsOf(positive[2]!, 'Fill');
  if (!whole || !positive || !greater || !zeros) return null;
  const x = whole[1]!;
  const holds =
    graph.inputsOf(whole[0]!, 'IsNan')?.[0] === x &&
    greater[0] === x &&
    graph.numberOf(greater[1]!) === 0 &&
    graph.numberOf(positive[1]!) === 1 &&
    graph.numberOf(zeros[1]!) === 0;
  return holds ? x : null;
}

/** (1 - leak) relu(x) + leak x, as LeakyRectifier of ml/gan-networks.ts writes it. */
const leaky: Rule = (node, graph, kinds) => {
  if (node.op !== 'Add') return false;
  const [above, through] = node.inputs.map((input) => scaledBy(input, graph));
  if (!above || !through) return false;
  const x = graph.inputsOf(above.of, 'Relu')?.[0];
  if (x !== through.of || !sumToOne(above.factor, through.factor)) return false;
  graph.replace(node, 'LeakyRelu', [x], [alpha(through.factor, kinds)]);
  return true;
};

/** leak dy + ((1 - leak) dy) [x > 0] */
const leakyGradient: Rule = (node, graph, kinds) => {
  if (node.op !== 'Add') return false;
  const [first, second] = node.inputs as [string, string];
  const through = scaledBy(first, graph);
  const [gradient, x] = graph.inputsOf(second, 'ReluGrad') ?? [];
  const above = gradient === undefined ? null : scaledBy(gradient, graph);
  if (!through || !above || x === undefined) return false;
  if (through.of !== above.of || !sumToOne(above.factor, through.factor)) return false;
  graph.replace(node, 'LeakyReluGrad', [through.of, x], [alpha(through.factor, kinds)]);
  return true;
};

function scaledBy(output: string, graph: GraphView): { readonly of: string; readonly factor: number } | null {
  const [of, by] = graph.inputsOf(output, 'Mul') ?? [];
  const factor = by === undefined ? null : graph.numberOf(by);
  return of === undefined || factor === null ? null : { of, factor };
}

const sumToOne = (a: number, b: number): boolean => Math.abs(a + b - 1) < 1e-6;
const alpha = (value: number, kinds: AttributeKinds): RecordedAttribute => ({
  name: 'alpha',
  type: kinds.TF_ATTR_FLOAT,
  value,
});

// ---- batch norm ----------------------------------------------------------------------------------------------------------

interface Norm {
  readonly name: string;
  readonly x: string;
  readonly gamma: string;
  readonly mean: string;
  readonly attributes: readonly RecordedAttribute[];
}

/**
 * Batch norm in training mode (Ioffe & Szegedy 2015, algorithm 1 and the derivatives of section 3): y, mean and variance by one operation,
 * and dx, d gamma, d beta by another. TensorFlow tells the variance times n / (n - 1).
 */
function batchNormRules(): readonly Rule[] {
  const norms = new Map<string, Norm>(); // by its variance
  const gradients = new Map<string, { readonly name: string; readonly dy: string; readonly norm: Norm }>(); // by the term of dx through x alone
  const byGradient = new Map<string, string>(); // dy -> the gradient's name

  const forward: Rule = (node, graph, kinds) => {
    if (node.op !== 'FusedBatchNorm') return false;
    const [x, gamma, beta, mean, variance] = node.inputs as [string, string, string, string, string];
    const shape = graph.shapeOf(x);
    if (shape?.length !== 4 || !isMean(mean, x, graph)) return false;
    const square = graph.inputsOf(variance, 'Mean')?.[0];
    const centred = square === undefined ? undefined : graph.inputsOf(square, 'Square')?.[0];
    const [from, less] = centred === undefined ? [] : (graph.inputsOf(centred, 'Sub') ?? []);
    if (from !== x || less === undefined || graph.inputsOf(less, 'Reshape')?.[0] !== mean) return false;
    const count = shape[0]! * shape[1]! * shape[2]!;
    const type = (name: string): RecordedAttribute => ({ name, type: kinds.TF_ATTR_TYPE, value: FLOAT });
    const kept = node.attributes.filter(({ name }) => name === 'epsilon' || name === 'data_format');
    const attributes = [
      ...kept,
      type('T'),
      type('U'),
      { name: 'is_training', type: kinds.TF_ATTR_BOOL, value: true },
    ];
    const none = graph.constant([], [0]);
    const name = graph.put(`${node.name}_norm`, 'FusedBatchNormV3', [x, gamma, beta, none, none], attributes);
    const whole = graph.constant([(count - 1) / count], []);
    const exact = graph.put(`${node.name}_variance`, 'Mul', [`${name}:2`, whole], [type('T')]);
    graph.alias(`${node.name}:0`, `${name}:0`, shape);
    graph.alias(mean, `${name}:1`, [shape[3]!]);
    graph.alias(variance, `${exact}:0`, [shape[3]!]);
    norms.set(`${exact}:0`, { name, x, gamma, mean: `${name}:1`, attributes });
    return true;
  };

  /** r of 1 / sqrt(variance + epsilon), as the norm whose variance that is. */
  const normOf = (root: string | undefined, graph: GraphView): Norm | undefined => {
    const sum = root === undefined ? undefined : graph.inputsOf(root, 'Rsqrt')?.[0];
    const variance = sum === undefined ? undefined : graph.inputsOf(sum, 'Add')?.[0];
    return variance === undefined ? undefined : norms.get(variance);
  };

  /** dy r gamma: where the backward pass of a norm is recognised. */
  const start: Rule = (node, graph) => {
    if (node.op !== 'Mul') return false;
    const [product, gamma] = node.inputs as [string, string];
    const [dy, tiled] = graph.inputsOf(product, 'Mul') ?? [];
    const row = tiled === undefined ? undefined : graph.inputsOf(tiled, 'Tile')?.[0];
    const root = row === undefined ? undefined : graph.inputsOf(row, 'Reshape')?.[0];
    const norm = normOf(root, graph);
    if (dy === undefined || norm?.gamma !== gamma) return false;
    const reserved = [3, 4, 5].map((output) => `${norm.name}:${output}`);
    const inputs = [dy, norm.x, gamma, ...reserved];
    const name = graph.put(`${node.name}_gradient`, 'FusedBatchNormGradV3', inputs, norm.attributes);
    gradients.set(`${node.name}:0`, { name, dy, norm });
    byGradient.set(dy, name);
    return false; // the term itself stays, until nobody reads it
  };

  /** d gamma = sum dy (x - mean) r; d beta = sum dy */
  const parameters: Rule = (node, graph) => {
    if (node.op !== 'Sum' || node.shape?.length !== 1) return false;
    const [summed] = node.inputs as [string];
    const beta = byGradient.get(summed);
    if (beta !== undefined) {
      graph.alias(`${node.name}:0`, `${beta}:2`);
      return true;
    }
    const [dy, normal] = graph.inputsOf(summed, 'Mul') ?? [];
    const [centred, root] = normal === undefined ? [] : (graph.inputsOf(normal, 'Mul') ?? []);
    const norm = normOf(root, graph);
    const gradient = dy === undefined ? undefined : byGradient.get(dy);
    if (gradient === undefined || norm === undefined || !isCentred(centred, norm, graph)) return false;
    graph.alias(`${node.name}:0`, `${gradient}:1`);
    return true;
  };

  /** dx: the term through x alone, the one through the variance, the one through the mean. */
  const input: Rule = (node, graph) => {
    if (node.op !== 'Add') return false;
    const [two, throughMean] = node.inputs as [string, string];
    const [alone, throughVariance] = graph.inputsOf(two, 'Add') ?? [];
    const gradient = alone === undefined ? undefined : gradients.get(alone);
    if (gradient === undefined || throughVariance === undefined) return false;
    const doubled = graph.inputsOf(throughVariance, 'Mul')?.[1];
    const [centred, factor] = doubled === undefined ? [] : (graph.inputsOf(doubled, 'Mul') ?? []);
    const isVariance = factor !== undefined && graph.numberOf(factor) === 2;
    if (!isVariance || !isCentred(centred, gradient.norm, graph)) return false;
    if (graph.inputsOf(throughMean, 'RealDiv') === null) return false;
    graph.alias(`${node.name}:0`, `${gradient.name}:0`);
    return true;
  };
  return [forward, start, parameters, input];
}

const FLOAT = 1; // TF_FLOAT

const isMean = (mean: string, x: string, graph: GraphView): boolean =>
  graph.inputsOf(mean, 'Mean')?.[0] === x && graph.shapeOf(mean)?.length === 1;

/** x - mean, the mean as a row or as it is. */
function isCentred(output: string | undefined, { x, mean }: Norm, graph: GraphView): boolean {
  const [from, less] = output === undefined ? [] : (graph.inputsOf(output, 'Sub') ?? []);
  if (from !== x || less === undefined) return false;
  const row = graph.inputsOf(less, 'Reshape')?.[0];
  return graph.resolve(less) === mean || (row !== undefined && graph.resolve(row) === mean);
}
