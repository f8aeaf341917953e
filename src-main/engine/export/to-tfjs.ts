/** A layers network as the two files that every TensorFlow.js loads: model.json and its weights. */
import type { Network } from '../network-file';
import { parseTopology, weightSpecs } from '../topology';
import { cannot } from './export-errors';

const WEIGHTS = 'weights.bin';

export async function toTfjs(network: Network, where: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const topology = parseTopology(network.topology);
  const { CUSTOM_LAYERS } = await import('../custom-layers');
  const own = topology.calls.find(({ className }) => CUSTOM_LAYERS.has(className));
  if (own !== undefined)
    throw cannot(
      `${where}, layer ${own.layer}`,
      'TensorFlow.js',
      `it has no layers of class ${own.className}`,
    );
  const specs = [...weightSpecs(topology)];
  const parts = specs.map(([name]) => network.weights.get(name)?.data ?? new Float32Array());
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  const model = {
    format: 'layers-model',
    generatedBy: 'Latentscape',
    convertedBy: null,
    modelTopology: JSON.parse(network.topology) as unknown,
    weightsManifest: [
      { paths: [WEIGHTS], weights: specs.map(([name, shape]) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
  return new Map([
    ['model.json', new TextEncoder().encode(`${JSON.stringify(model)}\n`)],
    [WEIGHTS, bytes],
  ]);
}
