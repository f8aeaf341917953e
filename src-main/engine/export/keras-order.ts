/**
 * In which order a functional model of Keras 3 lists its layers, which decides under which name it looks for the weights of
 * each (keras/src/ops/function.py, map_graph; keras/src/saving/saving_lib.py, _save_container_state). The names that people
 * gave the layers are not asked.
 */
import type { Topology } from '../topology';

/** Layers by decreasing distance from the outputs, those at one distance as a walk from the outputs meets them. */
export function kerasLayerOrder({ calls, outputs, inputs }: Topology): readonly string[] {
  const met = new Map<string, number>();
  const finished = new Set<number>();
  const done: number[] = [];
  const walk = (start: number): void => {
    // A stack instead of recursion: a chain of layers may be long.
    const open: { readonly call: number; next: number }[] = [];
    const enter = (call: number): void => {
      if (finished.has(call)) return;
      const name = calls[call]?.layer ?? '';
      if (!met.has(name)) met.set(name, met.size);
      open.push({ call, next: 0 });
    };
    enter(start);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const input = calls[top.call]?.inputs[top.next++];
      if (input !== undefined) enter(input);
      else {
        open.pop();
        if (!finished.has(top.call)) done.push(top.call);
        finished.add(top.call);
      }
    }
  };
  outputs.forEach(walk);
  const depths = new Map<number, number>();
  const layers = new Map<string, number>();
  for (const call of done.toReversed()) {
    const name = calls[call]?.layer ?? '';
    const depth = Math.max(depths.get(call) ?? 0, layers.get(name) ?? 0);
    depths.set(call, depth);
    layers.set(name, depth);
    for (const input of calls[call]?.inputs ?? [])
      depths.set(input, Math.max(depth + 1, depths.get(input) ?? 0));
  }
  for (const input of inputs) {
    const name = calls[input]?.layer ?? '';
    if (layers.has(name)) continue;
    layers.set(name, 0); // an input that nothing reads
    met.set(name, -1);
  }
  return [...layers.keys()].sort(
    (a, b) => (layers.get(b) ?? 0) - (layers.get(a) ?? 0) || (met.get(a) ?? 0) - (met.get(b) ?? 0),
  );
}

/** conv2d_transpose, conv2d_transpose_1, …: the class, and how many of it came before. */
export function kerasWeightNames(order: readonly { readonly className: string }[]): readonly string[] {
  const used = new Map<string, number>();
  return order.map(({ className }) => {
    const name = snakeCase(className);
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

const snakeCase = (name: string): string =>
  name
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
