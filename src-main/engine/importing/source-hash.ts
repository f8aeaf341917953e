/** Which bytes a model is: one SHA-256 over its file, or over all files of one that is several. */
import { createHash } from 'node:crypto';
import { MAX_TENSOR_FILE_BYTES } from '../store/limits';
import type { Found } from '../loaders/loader';
import type { Source, SourceFile } from '../loaders/source';

export interface SourceHash {
  readonly sha256: string;
  readonly bytes: number;
}

/** The files that make up what was found: itself, all below a folder, a model.json and the shards beside it, or what the model names. */
export function filesOf(
  source: Source,
  { format, path }: Found,
  named: readonly string[] = [],
): readonly SourceFile[] {
  const all = [...source.files.values()];
  const itself = source.files.get(path);
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isBeside = (file: SourceFile): boolean => file.path.startsWith(folder);
  if (itself === undefined)
    return all.filter((file) => path === '' || path === '.' || file.path.startsWith(`${path}/`));
  switch (format) {
    case 'tfjs-layers':
    case 'tfjs-graph': {
      const isShard = (file: SourceFile): boolean =>
        isBeside(file) &&
        !file.path.slice(folder.length).includes('/') &&
        !/\.(json|h5|keras|onnx)$/.test(file.path);
      return [itself, ...all.filter((file) => file !== itself && isShard(file))];
    }
    case 'saved-model':
    case 'latentscape-pack':
      return all.filter(isBeside);
    default:
      return [itself, ...named.flatMap((other) => source.files.get(other) ?? [])];
  }
}

export async function hashOf(
  source: Source,
  found: Found,
  named: readonly string[] = [],
): Promise<SourceHash> {
  const files = [...filesOf(source, found, named)].sort((a, b) => (a.path < b.path ? -1 : 1));
  const [only] = files;
  let bytes = 0;
  const whole = createHash('sha256');
  for (const file of files) {
    const content = await file.read(MAX_TENSOR_FILE_BYTES);
    bytes += content.byteLength;
    if (files.length === 1 && only !== undefined)
      return { sha256: createHash('sha256').update(content).digest('hex'), bytes };
    whole.update(`${file.path}\n${createHash('sha256').update(content).digest('hex')}\n`);
  }
  return { sha256: whole.digest('hex'), bytes };
}
