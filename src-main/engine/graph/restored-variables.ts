/**
 * Which variable is restored from which key of the checkpoint: read off the graph's own restoring, whatever wrote it (Keras
 * 2 and 3, tf.Module, TensorFlow 1). Nothing of it is run: RestoreV2 -> (Identity) -> Assign is followed as text.
 */
import { inlineFunctions, type FlatNode } from './inline-functions';
import { parseReference, type RawGraph, type Reference } from './raw-graph';

const ASSIGNING = new Set(['AssignVariableOp', 'Assign']);

/** From the name of a variable's handle to its key. */
export function restoredVariables(graph: RawGraph, restore: string | undefined): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const root = restore === undefined || restore === '' ? undefined : parseReference(restore).node;
  if (root === undefined || !graph.nodes.some(({ name }) => name === root)) return keys;
  const flat = inlineFunctions(graph, [root], { controls: true });
  const source = (reference: Reference | undefined): { node: FlatNode; output: number } | undefined => {
    for (let at = reference, steps = 0; at !== undefined && steps < 100; steps++) {
      const { node: name, output } = flat.resolve(at);
      const node = flat.nodes.get(name);
      if (node === undefined) return undefined;
      if (node.operation !== 'Identity' && node.operation !== 'Cast') return { node, output };
      at = node.inputs[0];
    }
    return undefined;
  };
  const lists = new Map<string, readonly string[]>();
  for (const assign of flat.nodes.values()) {
    if (!ASSIGNING.has(assign.operation)) continue;
    const handle = source(assign.inputs[0]);
    const value = source(assign.inputs[1]);
    if (handle === undefined || value?.node.operation !== 'RestoreV2') continue;
    let names = lists.get(value.node.name);
    if (names === undefined) {
      const tensor = source(value.node.inputs[1])?.node.attributes.get('value');
      const data = tensor?.kind === 'tensor' ? tensor.value().data : [];
      names = 'byteLength' in data ? [] : data;
      lists.set(value.node.name, names);
    }
    const key = names[value.output];
    if (key !== undefined) keys.set(handle.node.name, key);
  }
  return keys;
}
