/** Activation functions in ONNX operations, as TensorFlow.js computes them. */
import type { Attribute } from './proto';
import type { GraphBuilder } from './values';

type Emit = (graph: GraphBuilder, x: string) => string;

const single =
  (operation: string, attributes: Readonly<Record<string, Attribute>> = {}): Emit =>
  (graph, x) =>
    graph.node(operation, [x], attributes);

export const clip =
  (low: number, high: number | undefined): Emit =>
  (graph, x) =>
    graph.node('Clip', [
      x,
      graph.floats([low], []),
      ...(high === undefined ? [] : [graph.floats([high], [])]),
    ]);

export const elu = (alpha: number): Emit => single('Elu', { alpha: { float: alpha } });
export const leakyRelu = (alpha: number): Emit => single('LeakyRelu', { alpha: { float: alpha } });

/** By the name in the file, without underscores and in small letters. Softmax is not here: it needs to know its axis. */
export const ACTIVATIONS: ReadonlyMap<string, Emit> = new Map<string, Emit>([
  ['linear', (_graph, x) => x],
  ['relu', single('Relu')],
  ['relu6', clip(0, 6)],
  ['elu', elu(1)],
  ['selu', single('Selu')],
  ['sigmoid', single('Sigmoid')],
  ['hardsigmoid', single('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } })],
  ['tanh', single('Tanh')],
  ['softplus', single('Softplus')],
  ['softsign', single('Softsign')],
  ['swish', (graph, x) => graph.node('Mul', [x, graph.node('Sigmoid', [x])])],
  ['silu', (graph, x) => graph.node('Mul', [x, graph.node('Sigmoid', [x])])],
  ['mish', (graph, x) => graph.node('Mul', [x, graph.node('Tanh', [graph.node('Softplus', [x])])])],
  [
    'gelu',
    // x Phi(x), with the normal distribution function through erf (Hendrycks & Gimpel 2016).
    (graph, x) => {
      const erf = graph.node('Erf', [graph.node('Mul', [x, graph.floats([Math.SQRT1_2], [])])]);
      const twice = graph.node('Mul', [x, graph.node('Add', [erf, graph.floats([1], [])])]);
      return graph.node('Mul', [twice, graph.floats([0.5], [])]);
    },
  ],
]);
