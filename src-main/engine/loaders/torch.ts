/**
 * PyTorch files and pickles of StyleGAN: programs that build objects, so they are looked at and never run. What is found in
 * them makes the script that exports them; a file of tensors only is listed as well.
 */
import { AppError, type ListedTensor } from '#shared/errors';
import { openZipBytes, type ZipEntry } from '../datasets/zip-file';
import { MAX_LISTED_FILE_BYTES, MAX_PICKLE_HEAD } from '../store/limits';
import {
  stateDictSnippet,
  styleGanSnippet,
  tensorFlowStyleGanSnippet,
  torchScriptSnippet,
  wholeModuleSnippet,
} from './export-snippets';
import { isKind, PickleError, readPickle, type Pickle } from './pickle';
import type { SourceFile } from './source';
import { isZip } from './source-zip';
import { generatorKeys, listTensors, shapesOf } from './state-dict';

/** What a file of nothing but tensors may name. */
const HARMLESS =
  /^(collections\.OrderedDict|torch\.(Size|device|[A-Za-z0-9]+Storage|float\d+|int\d+|uint8|bool|bfloat16)|torch\.(_utils\._rebuild_(tensor(_v\d)?|parameter(_with_state)?)|storage\.(Untyped|Typed)Storage|serialization\._get_layout))$/;
const BUILT_IN =
  /^(__builtin__|builtins|collections|_codecs|copy_?reg|copyreg|typing|pathlib|torch|numpy|argparse)(\.|$)/;

/** Null where it is neither. */
export async function refusePickle(file: SourceFile): Promise<AppError | null> {
  const head = await file.head(16);
  if (isZip(head)) return file.size > MAX_LISTED_FILE_BYTES ? null : refuseTorchZip(file);
  if (!startsAsPickle(head)) return null;
  const bytes = await file.head(MAX_PICKLE_HEAD);
  try {
    const first = readPickle(bytes);
    if (first.value !== TORCH_MAGIC) return refuseBarePickle(file.path, first);
    // The old format: a magic number, a version and a description of the machine, then what was saved.
    const version = readPickle(bytes, first.end);
    const machine = readPickle(bytes, version.end);
    return refuseSaved(file.path, readPickle(bytes, machine.end));
  } catch (error) {
    if (error instanceof PickleError) return null; // other bytes that start alike
    throw error;
  }
}

/** 0x1950a86a20f9469cfc6c, as far as a number of JavaScript tells it from others. */
const TORCH_MAGIC = readPickle(
  Uint8Array.from([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]),
).value;

/** PROTO 2 to 5, or the first lines of protocol 0. */
const startsAsPickle = (head: Uint8Array): boolean =>
  (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 9) <= 5) ||
  /^(\(dp?\d|\(lp?\d|c[a-z_.]+\n)/.test(new TextDecoder().decode(head));

async function refuseTorchZip(file: SourceFile): Promise<AppError | null> {
  let entries: readonly ZipEntry[];
  let close: () => void;
  try {
    ({ entries, close } = await openZipBytes(await file.read(MAX_LISTED_FILE_BYTES), file.path));
  } catch (error) {
    if (error instanceof AppError) return null; // a damaged zip is for others to name
    throw error;
  }
  try {
    const data = entries.find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
    if (data === undefined) return null;
    const pickle = readPickle(await data.head(MAX_PICKLE_HEAD));
    const isScript = entries.some(({ name }) => /^([^/]+\/)?(constants\.pkl|code\/.*)$/.test(name));
    return isScript ? refuseScript(file.path, pickle) : refuseSaved(file.path, pickle);
  } catch (error) {
    if (!(error instanceof PickleError) && !(error instanceof AppError)) throw error;
    return refused(
      file.path,
      'PyTorch file',
      'what it holds cannot be read',
      stateDictSnippet(nameOf(file.path), [], shapesOf([])),
    );
  } finally {
    close();
  }
}

function refuseScript(path: string, pickle: Pickle): AppError {
  const snippet = torchScriptSnippet(nameOf(path), shapesOf(pickle.tensors));
  return refused(path, 'TorchScript file', 'it holds a program of its own', snippet);
}

function refuseSaved(path: string, pickle: Pickle): AppError {
  const { names, value, tensors } = pickle;
  const strange = names.filter((name) => !HARMLESS.test(name));
  if (strange.length === 0 && value !== undefined) {
    const keys = generatorKeys(value);
    const inside = keys.reduce<typeof value>(
      (dict, key) =>
        isKind(dict, 'dict') ? (dict.entries.find(([name]) => name === key)?.[1] ?? null) : null,
      value,
    );
    const shapes = shapesOf(listTensors(inside));
    const listing = listTensors(value);
    const snippet = stateDictSnippet(nameOf(path), keys, shapes);
    const cause = `it holds ${listing.length === 1 ? 'one tensor' : `${listing.length} tensors`} and not the network that uses them`;
    return refused(path, 'PyTorch file', cause, snippet, listing);
  }
  const styleGan = refuseStyleGan(path, names, JSON.stringify(topKeys(pickle)));
  if (styleGan !== null) return styleGan;
  const classes = strange.filter((name) => !BUILT_IN.test(name));
  const named = classes.length > 0 ? classes : strange;
  return refused(
    path,
    'PyTorch file',
    runsCode(named),
    wholeModuleSnippet(nameOf(path), classes.slice(0, 1), shapesOf(tensors)),
  );
}

function refuseBarePickle(path: string, pickle: Pickle): AppError {
  const { names, tensors } = pickle;
  const styleGan = refuseStyleGan(path, names, JSON.stringify(topKeys(pickle)));
  if (styleGan !== null) return styleGan;
  if (names.some((name) => /^(joblib|sklearn)\./.test(name)))
    return refused(path, 'joblib or scikit-learn file', runsCode(names));
  const classes = names.filter((name) => !BUILT_IN.test(name));
  const isModule =
    classes.length > 0 && (tensors.length > 0 || names.some((name) => name.startsWith('torch.')));
  const snippet = isModule
    ? wholeModuleSnippet(nameOf(path), classes.slice(0, 1), shapesOf(tensors))
    : undefined;
  const cause = names.length === 0 ? 'it holds plain values of Python and no network' : runsCode(names);
  return refused(path, 'Python pickle', cause, snippet);
}

function refuseStyleGan(path: string, names: readonly string[], keys: string): AppError | null {
  if (names.some((name) => /^(dnnlib\.tflib|training\.networks_stylegan$)/.test(name))) {
    const cause = 'loading it would run Python code that it holds, for TensorFlow 1';
    return refused(path, 'StyleGAN pickle', cause, tensorFlowStyleGanSnippet(nameOf(path)));
  }
  if (!names.some((name) => /^(torch_utils\.persistence|dnnlib|training\.networks)/.test(name))) return null;
  const key = keys.includes('"G_ema"') || !keys.includes('"G"') ? 'G_ema' : 'G';
  return refused(
    path,
    'StyleGAN pickle',
    'loading it would run Python code that it holds',
    styleGanSnippet(nameOf(path), key),
  );
}

const runsCode = (names: readonly string[]): string =>
  `loading it would run Python code that it names (${some(names)})`;

const topKeys = ({ value }: Pickle): readonly string[] =>
  isKind(value, 'dict') ? value.entries.map(([key]) => (typeof key === 'string' ? key : '')) : [];

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const some = (names: readonly string[]): string =>
  names
    .slice(0, 3)
    .map((name) => name.replace(/[^\w.?]/g, '?').slice(0, 60))
    .join(', ') + (names.length > 3 ? ' and others' : '');

export function refused(
  where: string,
  what: string,
  cause: string,
  snippet?: string,
  listing?: readonly ListedTensor[],
): AppError {
  return new AppError({
    code: 'model/refused',
    headline: `${/^[aeio]/i.test(what) ? 'An' : 'A'} ${what} is not opened`,
    where,
    cause,
    remedy:
      snippet === undefined
        ? 'export the generator as ONNX'
        : 'export the generator as ONNX with the script that is given',
    snippet,
    listing,
  });
}
