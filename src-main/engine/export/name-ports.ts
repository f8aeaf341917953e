/** An ONNX model with other names for its ports, and with what a person should know of it: for a file that leaves the app. */
import { fieldsOf, textOf } from '../graph/wire';
import { fieldOf, join, rewrite } from '../onnx/inline-tensors';

const GRAPH = 7;
const METADATA = 14;
const [NODE, INPUT, OUTPUT] = [1, 11, 12];

/** Graphs of our own making only: they have no graphs inside, whose nodes would have to be renamed as well. */
export function namePorts(
  model: Uint8Array,
  names: ReadonlyMap<string, string>,
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const renamed = (bytes: Uint8Array): readonly Uint8Array[] => {
    const [field] = fieldsOf(join(fieldOf(1, [bytes])));
    const name = field === undefined ? undefined : names.get(textOf(field));
    return [name === undefined ? bytes : text(name)];
  };
  const port = (bytes: Uint8Array): readonly Uint8Array[] => rewrite(bytes, 1, renamed);
  const node = (bytes: Uint8Array): readonly Uint8Array[] =>
    rewrite(join(rewrite(bytes, 1, renamed)), 2, renamed);
  const graph = (bytes: Uint8Array): readonly Uint8Array[] =>
    rewrite(join(rewrite(join(rewrite(bytes, NODE, node)), INPUT, port)), OUTPUT, port);
  const entries = [...metadata].flatMap(([key, value]) => [
    ...fieldOf(METADATA, [...fieldOf(1, [text(key)]), ...fieldOf(2, [text(value)])]),
  ]);
  return join([...rewrite(model, GRAPH, graph), ...entries]);
}
