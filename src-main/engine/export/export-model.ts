/**
 * A model as a file for other programs. A network that cannot be said in a format is refused in one sentence, by the layer
 * or operation that it fails at.
 */
import { AppError } from '#shared/errors';
import type { ExportFormat, ExportPart } from '#shared/exporting';
import { decodeAnyNetwork } from '../any-network';
import type { AnyNetwork } from '../loaders/loader';
import type { Manifest } from '../manifest';
import { portsOf } from '../network-ports';
import { readPackFile, type Pack } from '../pack';
import { parseTopology } from '../topology';
import { zipDeterministic } from './deterministic-zip';
import { cannot } from './export-errors';
import type { ExportedFile } from './kept-exports';
import { zipPack } from './zip-pack';

/** Several files come as one zip; `files` has them one by one for whoever writes a folder. */
export interface Exported extends ExportedFile {
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

export async function exportModel(pack: Pack, part: ExportPart, format: ExportFormat): Promise<Exported> {
  const { id } = pack.manifest;
  if (format === 'zip') return { name: `${id}.zip`, bytes: await zipPack(pack) };
  const entry = pack.manifest[part];
  if (entry === undefined) {
    throw new AppError({
      code: 'model/no-encoder',
      headline: 'The model has no encoder to export',
      where: id,
      remedy: 'export its generator',
    });
  }
  const name = `${id}-${part}`;
  const where = `${id}/${entry.file}`;
  const bytes = await readPackFile(pack, entry.file);
  const { network } = await decodeAnyNetwork(bytes, entry.format, where);
  switch (format) {
    case 'safetensors':
      if (network.kind === 'onnx') throw cannot(where, 'safetensors', 'it is kept as ONNX');
      return { name: `${name}.safetensors`, bytes };
    case 'onnx': {
      const { toOnnx } = await import('./to-onnx');
      const words = {
        where,
        names: portNames(pack.manifest, part, network),
        metadata: metadataOf(pack.manifest),
      };
      return { name: `${name}.onnx`, bytes: await toOnnx(network, words) };
    }
    case 'tfjs': {
      const { toTfjs } = await import('./to-tfjs');
      const files = await toTfjs(layersOf(network, where, 'TensorFlow.js'), where);
      return { name: `${name}-tfjs.zip`, bytes: zipDeterministic(files), files };
    }
    case 'keras': {
      const { toKeras } = await import('./to-keras');
      return { name: `${name}.keras`, bytes: await toKeras(layersOf(network, where, 'Keras'), where) };
    }
  }
}

function layersOf(network: AnyNetwork, where: string, format: string) {
  if (network.kind === 'layers') return network.network;
  const what = network.kind === 'graph' ? 'a graph of TensorFlow' : 'an ONNX model';
  throw cannot(where, format, `it is ${what}, which does not say of which layers it was made`);
}

/** What the ports are, instead of how their layers are called. */
function portNames(
  { generator, encoder, latent: { size } }: Manifest,
  part: ExportPart,
  network: AnyNetwork,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (network.kind === 'onnx') return names;
  const { inputs, outputs } =
    network.kind === 'graph' ? network.graph : portsOf(parseTopology(network.network.topology));
  const [input, output, second] = [inputs[0]?.name ?? '', outputs[0]?.name ?? '', outputs[1]?.name];
  if (part === 'generator') {
    const { latent = input, condition, picture = output } = generator.ports ?? {};
    if (condition !== undefined) names.set(condition.input, 'class');
    names.set(latent, 'z').set(picture, 'picture');
    return names;
  }
  const { ports } = encoder ?? {};
  const logVar =
    ports === undefined ? second : ports.logVar?.kind === 'output' ? ports.logVar.output : undefined;
  if (logVar !== undefined) names.set(logVar, 'logVar');
  const width = (outputs[0]?.shape ?? []).slice(1).reduce<number>((total, side) => total * (side ?? 1), 1);
  const isBoth =
    ports === undefined ? second === undefined && width === 2 * size : ports.logVar?.kind === 'half';
  const isReversed = ports?.logVar?.kind === 'half' && ports.logVar.half === 'first';
  const bothOrMu = isReversed ? 'logVar_mu' : isBoth ? 'mu_logVar' : 'mu';
  return names.set(ports?.input ?? input, 'picture').set(ports?.mu ?? output, bothOrMu);
}

/** What a person, or this app, should know of a file that stands alone. */
function metadataOf({
  title,
  licence,
  provenance,
  latent,
  condition,
  output,
}: Manifest): ReadonlyMap<string, string> {
  const { prior } = latent;
  return new Map([
    ['title', title],
    ['licence', licence],
    ['provenance', provenance],
    [
      'latent',
      `${latent.size} numbers, ${prior.kind === 'normal' ? 'N(0, 1)' : `U(${prior.low}, ${prior.high})`}`,
    ],
    ['picture', `${output.height} x ${output.width} x ${output.channels}, ${output.range.join(' to ')}`],
    ...(condition === undefined
      ? []
      : [
          ['classNames', JSON.stringify(condition.names)] as const,
          ['class', `one of ${condition.size}`] as const,
        ]),
  ]);
}
