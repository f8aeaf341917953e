/**
 * Writes the one dialect that topology.ts reads: a flat functional model of the layers of layer-rules.ts, with only those
 * settings that are known. Shapes are worked out on the way, because what a layer becomes may depend on them.
 */
import { type AppError } from '#shared/errors';
import { layerRule } from '../../layer-rules';
import { MAX_ELEMENTS, MAX_LAYERS } from '../../store/limits';
import type { JsonObject } from '../../store/strict-json';
import type { Shape } from '../../topology';
import { refuse } from './dialects';

/** One value on its way through the network. */
export interface Ref {
  readonly layer: string;
  readonly node: number;
  readonly shape: Shape;
}

interface Written {
  readonly className: string;
  readonly config: JsonObject;
  readonly nodes: (readonly Ref[])[];
}

export class TopologyBuilder {
  private readonly layers = new Map<string, Written>();
  private calls = 0;

  get size(): number {
    return this.calls;
  }

  input(name: string, shape: Shape, dtype: string): Ref {
    const unique = this.unique(name);
    this.layers.set(unique, {
      className: 'InputLayer',
      config: { batch_input_shape: [null, ...shape], dtype },
      nodes: [],
    });
    this.calls++;
    return { layer: unique, node: 0, shape };
  }

  /** A layer by a name that is like the wanted one. */
  layer(wanted: string, className: string, config: JsonObject, inputs: readonly Ref[]): Ref {
    const name = this.unique(wanted);
    this.layers.set(name, { className, config, nodes: [] });
    return this.call(name, inputs);
  }

  /** One more use of a layer, with the same weights. */
  call(name: string, inputs: readonly Ref[]): Ref {
    const layer = this.layers.get(name);
    if (layer === undefined) throw refuse(name, 'it is not there');
    if (++this.calls > MAX_LAYERS) throw refuse(undefined, `it has more than ${MAX_LAYERS} layer calls`);
    const rule = layerRule(layer.className);
    if (rule === undefined) throw refuse(name, `its class ${layer.className} is not one that is loaded`);
    const fail = (cause: string): AppError => refuse(name, cause);
    if (inputs.length === 0) throw fail('it reads nothing');
    if (inputs.length > 1 && !rule.many) throw fail(`it reads ${inputs.length} layers and takes one`);
    const { shape } = rule.infer(
      layer.config,
      inputs.map((input) => input.shape),
      fail,
    );
    const elements = shape.reduce((product, size) => product * size, 1);
    if (!(elements >= 1 && elements <= MAX_ELEMENTS) || !Number.isInteger(elements))
      throw fail(`its shape [${shape.join(', ')}] is empty or has more than ${MAX_ELEMENTS} elements`);
    layer.nodes.push(inputs);
    return { layer: name, node: layer.nodes.length - 1, shape };
  }

  topology(name: string, inputs: readonly Ref[], outputs: readonly Ref[]): string {
    const triple = ({ layer, node }: Ref) => [layer, node, 0];
    const layers = [...this.layers].map(([layer, { className, config, nodes }]) => ({
      class_name: className,
      name: layer,
      config: { name: layer, ...config },
      inbound_nodes: nodes.map((read) => read.map((ref) => [...triple(ref), {}])),
    }));
    return JSON.stringify({
      class_name: 'Model',
      config: { name, layers, input_layers: inputs.map(triple), output_layers: outputs.map(triple) },
    });
  }

  private unique(wanted: string): string {
    let name = wanted;
    for (let again = 1; this.layers.has(name); again++) name = `${wanted}_${again}`;
    return name;
  }
}
