/**
 * TensorFlow's SavedModel, by a reader of our own: TensorFlow's loader never sees such a file, because a graph may read
 * and write files and run code. Every operation that the chosen signature reaches must be in the table of pure ones
 * (graph/operations.ts); what it does not reach (saving, restoring, gradients, assets) is not read at all.
 */
import { AppError } from '#shared/errors';
import { checkGraph } from '../graph/check-graph';
import { describeOutputs } from '../graph/describe-outputs';
import { freeze, type RawPort } from '../graph/freeze';
import type { FlatNode } from '../graph/inline-functions';
import { readSavedModel, type MetaGraph, type Signature, type TensorInfo } from '../graph/meta-graph';
import type { RawTensor } from '../graph/raw-graph';
import { restoredVariables } from '../graph/restored-variables';
import { WireError } from '../graph/wire';
import { MAX_GRAPH_BYTES } from '../store/limits';
import type { Found, LoadedNetwork, Loader } from './loader';
import type { Source } from './source';
import { openTensorBundle, type TensorBundle } from './tensor-bundle';

const FILE = 'saved_model.pb';

export const savedModelLoader: Loader = { format: 'saved-model', find, open };

/** A SavedModel is a folder; its name for us is that of its one file that must be there. */
function find(source: Source): Promise<readonly Found[]> {
  const found = [...source.files.values()]
    .filter(({ path, size }) => (path === FILE || path.endsWith(`/${FILE}`)) && size > 0)
    .map(({ path }): Found => ({ format: 'saved-model', path }));
  return Promise.resolve(found);
}

async function open(source: Source, path: string): Promise<LoadedNetwork> {
  const file = source.files.get(path);
  if (file === undefined) throw refuse(path, 'it is not there');
  const bytes = await file.read(MAX_GRAPH_BYTES);
  const folder = path.slice(0, -FILE.length);
  const bundle = await openTensorBundle(source, `${folder}variables/variables`);
  try {
    return load(readSavedModel(bytes), bundle, path);
  } catch (error) {
    if (error instanceof WireError) throw refuse(path, error.message);
    throw error;
  }
}

function load(graphs: readonly MetaGraph[], bundle: TensorBundle | undefined, path: string): LoadedNetwork {
  const meta = graphs.find(({ tags }) => tags.includes('serve')) ?? graphs[0];
  if (meta === undefined) throw refuse(path, 'it holds no graph');
  const [name, signature] = chooseSignature(meta, path);
  const keys = restoredVariables(meta.graph, meta.restore);
  const variable = (handle: FlatNode): RawTensor | undefined => {
    const shared = handle.attributes.get('shared_name');
    const own = shared?.kind === 'string' && shared.value !== '' ? shared.value : handle.name;
    const key = [keys.get(handle.name), own, `${own}/.ATTRIBUTES/VARIABLE_VALUE`].find(
      (candidate) => candidate !== undefined && bundle?.has(candidate) === true,
    );
    return key === undefined ? undefined : bundle?.read(key);
  };
  const { graph, openOutputs, warnings } = freeze({
    graph: meta.graph,
    inputs: ports(signature.inputs),
    outputs: ports(signature.outputs),
    variable,
  });
  checkGraph(graph);
  const others = [...usable(meta).keys()].filter(
    (other) => other !== name && !isTwin(meta, other, signature),
  );
  return {
    network: { kind: 'graph', graph: describeOutputs(graph, openOutputs) },
    hints: { producer: 'TensorFlow SavedModel' },
    warnings: [
      ...warnings,
      ...(others.length === 0
        ? []
        : [`Of its signatures, ${name} was taken; there are also ${others.join(', ').slice(0, 200)}.`]),
    ],
  };
}

/** Signatures that give something; the one that only prepares the model does not. */
function usable({ signatures }: MetaGraph): ReadonlyMap<string, Signature> {
  return new Map(
    [...signatures].filter(([key, { outputs }]) => !key.startsWith('__saved_model') && outputs.size > 0),
  );
}

function chooseSignature(meta: MetaGraph, path: string): readonly [string, Signature] {
  const candidates = usable(meta);
  for (const key of ['serving_default', 'serve']) {
    const signature = candidates.get(key);
    if (signature !== undefined) return [key, signature];
  }
  const [first] = candidates;
  if (first !== undefined) return first;
  throw new AppError({
    code: 'model/unsupported',
    headline: 'The SavedModel has no signature, so nothing says what goes in and what comes out',
    where: path,
    remedy:
      'export it with model.export(folder), or tf.saved_model.save(module, folder, signatures=module.__call__)',
  });
}

/** Keras writes the same function under two names. */
function isTwin(meta: MetaGraph, other: string, signature: Signature): boolean {
  const shapes = (infos: ReadonlyMap<string, TensorInfo> | undefined): string =>
    JSON.stringify([...(infos ?? [])].map(([name, { shape, type }]) => [name, shape, type]).toSorted());
  const twin = meta.signatures.get(other);
  return (
    shapes(twin?.inputs) === shapes(signature.inputs) && shapes(twin?.outputs) === shapes(signature.outputs)
  );
}

const ports = (infos: ReadonlyMap<string, TensorInfo>): readonly RawPort[] =>
  [...infos]
    .map(([name, { name: tensor, type, shape }]) => ({ name, tensor, type, shape }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

function refuse(path: string, cause: string): AppError {
  return new AppError({
    code: 'model/damaged',
    headline: 'The SavedModel cannot be read',
    where: path,
    cause,
    remedy: 'get or export the model again',
  });
}
