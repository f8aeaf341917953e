/**
 * Networks in safetensors that this app wrote: the file itself says how its tensors make a network. Safetensors of others
 * hold tensors and no network: they are listed and refused.
 */
import { AppError, type ListedTensor } from '#shared/errors';
import { decodeAnyNetwork } from '../any-network';
import { NETWORK_FORMATS, type NetworkFormat } from '../network-formats';
import { MAX_JSON_BYTES, MAX_TENSORS, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { isJsonObject, parseStrictJson, type JsonObject } from '../store/strict-json';
import { safetensorsSnippet } from './export-snippets';
import type { Found, Loader } from './loader';
import type { SourceFile } from './source';
import { shapesOf } from './state-dict';
import { refused } from './torch';

export const safetensorsLoader: Loader = {
  format: 'latentscape-network',
  async find(source) {
    const found: Found[] = [];
    for (const file of source.files.values())
      if (formatOf(await readHeader(file)) !== undefined)
        found.push({ format: 'latentscape-network', path: file.path });
    return found;
  },
  async open(source, path) {
    const file = source.files.get(path);
    const format = file && formatOf(await readHeader(file));
    if (file === undefined || format === undefined) {
      throw new AppError({
        code: 'model/format',
        headline: 'The file holds no network that Latentscape wrote',
        where: path,
        remedy: 'open another file',
      });
    }
    const bytes = await file.read(MAX_TENSOR_FILE_BYTES);
    const { network, warnings } = await decodeAnyNetwork(bytes, format, path);
    return { network, warnings, hints: { producer: 'Latentscape' } };
  },
};

/** Null where it is no safetensors file. */
export async function refuseSafetensors(file: SourceFile): Promise<AppError | null> {
  const header = await readHeader(file);
  if (header === null) return null;
  const listing = inOrder(listed(header));
  return refused(
    file.path,
    'safetensors file of another program',
    `it holds ${listing.length === 1 ? 'one tensor' : `${listing.length} tensors`} and not the network that uses them`,
    safetensorsSnippet(file.path.slice(file.path.lastIndexOf('/') + 1), shapesOf(listing)),
    listing,
  );
}

function formatOf(header: JsonObject | null): NetworkFormat | undefined {
  const metadata = header?.['__metadata__'];
  const format = isJsonObject(metadata) ? metadata['format'] : undefined;
  return NETWORK_FORMATS.find((known) => known === format && known !== 'onnx');
}

/** Null where it is no safetensors file: 8 bytes of length, then JSON of that length. */
async function readHeader(file: SourceFile): Promise<JsonObject | null> {
  if (file.size < 10) return null;
  const head = await file.head(16);
  if (head[8] !== 0x7b) return null;
  const length = new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_JSON_BYTES, file.size - 8))) return null;
  try {
    const json = parseStrictJson((await file.head(8 + Number(length))).subarray(8), {
      code: 'input/safetensors',
      where: file.path,
    });
    return isJsonObject(json) ? json : null;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function listed(header: JsonObject): readonly ListedTensor[] {
  const found: ListedTensor[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__' || !isJsonObject(entry) || found.length >= MAX_TENSORS) continue;
    const { dtype, shape } = entry;
    const sizes = Array.isArray(shape) ? shape.filter((size) => typeof size === 'number') : [];
    found.push({ name, shape: sizes, type: typeof dtype === 'string' ? dtype : 'unknown' });
  }
  return found;
}

/** The file has its own order; numbers in names tell the one of the network: main.2 before main.10. */
const inOrder = (tensors: readonly ListedTensor[]): readonly ListedTensor[] =>
  tensors.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
