/** A layers network as a file of Keras 3: a zip of its configuration and its weights as HDF5. */
import type { Network } from '../network-file';
import type { Json, JsonObject } from '../store/strict-json';
import { parseTopology, type Call, type Topology } from '../topology';
import { zipDeterministic } from './deterministic-zip';
import { cannot } from './export-errors';
import { kerasConfig, WEIGHT_ORDER } from './keras-layers';
import { kerasLayerOrder, kerasWeightNames } from './keras-order';

const VERSION = '3.3.0';

export async function toKeras(network: Network, where: string): Promise<Uint8Array> {
  const topology = parseTopology(network.topology);
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const config = modelConfig(topology, where);
  const weights = await weightsFile(network, topology);
  return zipDeterministic(
    new Map([
      ['metadata.json', json({ keras_version: VERSION, date_saved: '1980-01-01@00:00:00' })],
      ['config.json', json(config)],
      ['model.weights.h5', weights],
    ]),
  );
}

function modelConfig(topology: Topology, where: string): Json {
  const { calls, inputs, outputs } = topology;
  const placeOf = placesOf(topology);
  const byLayer = new Map<string, Call[]>();
  for (const call of calls) byLayer.set(call.layer, [...(byLayer.get(call.layer) ?? []), call]);
  const place = (index: number): Json => {
    const { layer, node } = placeOf[index] ?? { layer: '', node: 0 };
    return [layer, node, 0];
  };
  const tensor = (index: number): JsonObject => ({
    class_name: '__keras_tensor__',
    config: {
      shape: [null, ...(calls[index]?.shape ?? [])],
      dtype: 'float32',
      keras_history: place(index),
    },
  });
  const layers = [...byLayer].map(([name, uses]): Json => {
    const [first] = uses as [Call, ...Call[]];
    const isInput = first.className === 'InputLayer';
    const config = isInput
      ? { batch_shape: [null, ...first.shape], dtype: 'float32', sparse: false }
      : kerasConfig(first.className, first.config);
    if (typeof config === 'string') throw cannot(`${where}, layer ${name}`, 'Keras', config);
    return {
      module: 'keras.layers',
      class_name: first.className,
      config: { ...config, name, ...(isInput ? {} : { trainable: true }) },
      registered_name: null,
      name,
      inbound_nodes: isInput
        ? []
        : uses.map((use) => ({
            args: use.inputs.length === 1 ? use.inputs.map(tensor) : [use.inputs.map(tensor)],
            kwargs: {},
          })),
    };
  });
  return {
    module: 'keras.src.models.functional', // as Keras itself writes it
    class_name: 'Functional',
    config: {
      name: 'network',
      trainable: true,
      layers,
      input_layers: structure(inputs.map(place)),
      output_layers: structure(outputs.map(place)),
    },
    registered_name: 'Functional',
    build_config: null,
    compile_config: null,
  };
}

/** A model of one input takes a tensor, one of several a list of them. */
const structure = (places: readonly Json[]): Json => (places.length === 1 ? (places[0] ?? []) : places);

/** Which layer made the value of a call, and at which of its uses. */
function placesOf({ calls }: Topology): readonly { readonly layer: string; readonly node: number }[] {
  const uses = new Map<string, number>();
  return calls.map(({ layer }) => {
    const node = uses.get(layer) ?? 0;
    uses.set(layer, node + 1);
    return { layer, node };
  });
}

/** Written in the memory of the WebAssembly module: no file of the machine is touched. */
async function weightsFile(network: Network, topology: Topology): Promise<Uint8Array> {
  const { File, ready } = await import('h5wasm');
  const { FS } = await ready;
  const path = '/export.weights.h5';
  const file = new File(path, 'w');
  try {
    const layers = file.create_group('layers');
    const order = kerasLayerOrder(topology).map(
      (name) => topology.calls.find((call) => call.layer === name) as Call,
    );
    kerasWeightNames(order).forEach((name, at) => {
      const variables = layers.create_group(name).create_group('vars');
      weightsInOrder(order[at]).forEach((weight, index) => {
        const { shape, data } = network.weights.get(weight) ?? { shape: [], data: new Float32Array() };
        variables.create_dataset({ name: String(index), data, shape: [...shape], dtype: '<f' });
      });
    });
    file.close();
    return Uint8Array.from(FS.readFile(path));
  } finally {
    FS.unlink(path);
  }
}

function weightsInOrder(call: Call | undefined): readonly string[] {
  const role = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
  const names = [...new Set((call?.weights ?? []).map(({ name }) => name))];
  const rank = (name: string): number => WEIGHT_ORDER.findIndex((known) => known === role(name));
  return names.sort((a, b) => rank(a) - rank(b));
}
