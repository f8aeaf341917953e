/** Operations on each number by itself, with or without a constant, in ONNX operations; the list is layer-rules' POINTWISE. */
import { pointwiseValue } from '../layer-rules';
import { only, type LayerContext } from './layer-context';
import type { GraphBuilder, Value } from './values';

type Emit = (graph: GraphBuilder, x: string, constant: string) => string;

const unary =
  (operation: string): Emit =>
  (graph, x) =>
    graph.node(operation, [x]);
const right =
  (operation: string): Emit =>
  (graph, x, constant) =>
    graph.node(operation, [x, constant]);
const left =
  (operation: string): Emit =>
  (graph, x, constant) =>
    graph.node(operation, [constant, x]);

/** relu6(x + 3) / 6: what Keras 3 and the mobile networks call a hard sigmoid. */
const hardSigmoid: Emit = (graph, x) =>
  graph.node('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });

const EMITS: ReadonlyMap<string, Emit> = new Map<string, Emit>([
  ['exp', unary('Exp')],
  ['log', unary('Log')],
  ['sqrt', unary('Sqrt')],
  ['rsqrt', (graph, x) => graph.node('Reciprocal', [graph.node('Sqrt', [x])])],
  ['square', (graph, x) => graph.node('Mul', [x, x])],
  ['abs', unary('Abs')],
  ['negative', unary('Neg')],
  ['sin', unary('Sin')],
  ['cos', unary('Cos')],
  ['reciprocal', unary('Reciprocal')],
  ['log-sigmoid', (graph, x) => graph.node('Neg', [graph.node('Softplus', [graph.node('Neg', [x])])])],
  ['hard-sigmoid-6', hardSigmoid],
  ['hard-swish', (graph, x) => graph.node('Mul', [x, hardSigmoid(graph, x, '')])],
  ['tanh-shrink', (graph, x) => graph.node('Sub', [x, graph.node('Tanh', [x])])],
  [
    'squareplus',
    (graph, x) => {
      const root = graph.node('Sqrt', [
        graph.node('Add', [graph.node('Mul', [x, x]), graph.floats([4], [])]),
      ]);
      return graph.node('Mul', [graph.node('Add', [x, root]), graph.floats([0.5], [])]);
    },
  ],
  [
    'gelu-tanh',
    // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), Hendrycks & Gimpel 2016.
    (graph, x) => {
      const cube = graph.node('Mul', [graph.node('Mul', [x, x]), x]);
      const inner = graph.node('Add', [x, graph.node('Mul', [cube, graph.floats([0.044715], [])])]);
      const tanh = graph.node('Tanh', [
        graph.node('Mul', [inner, graph.floats([Math.sqrt(2 / Math.PI)], [])]),
      ]);
      const half = graph.node('Mul', [x, graph.floats([0.5], [])]);
      return graph.node('Mul', [half, graph.node('Add', [tanh, graph.floats([1], [])])]);
    },
  ],
  ['add', right('Add')],
  ['subtract', right('Sub')],
  ['reversed-subtract', left('Sub')],
  ['multiply', right('Mul')],
  ['divide', right('Div')],
  ['reversed-divide', left('Div')],
  ['power', right('Pow')],
  ['maximum', right('Max')],
  ['minimum', right('Min')],
]);

export function pointwise(context: LayerContext): Value {
  const { graph, call, fail } = context;
  const given = only(context);
  const operation = call.config['operation'] as string; // pointwiseValue knows it
  const values = pointwiseValue(call.config, given.shape, fail);
  if (operation === 'celu')
    return { ...given, name: graph.node('Celu', [given.name], { alpha: { float: values?.[0] ?? 1 } }) };
  const emit = EMITS.get(operation);
  if (emit === undefined) throw fail(`its operation ${operation} is not translated`);
  if (values === undefined) return { ...given, name: emit(graph, given.name, '') };
  if (values.length === 1) return { ...given, name: emit(graph, given.name, graph.floats(values, [])) };
  const value = given.stored.kind === 'flat' ? graph.toPlain(given) : given;
  const shape = value.stored.kind === 'channels-first' ? [values.length, 1, 1] : [values.length];
  return { ...value, name: emit(graph, value.name, graph.floats(values, shape)) };
}
