/**
 * HDF5 files that others made. Their library was written for files that it wrote itself: a damaged one takes it to its end, round in circles,
 * or to all memory. So it is a thread of its own that reads (entry/hdf5.ts), all at once to plain data, within a time and a memory; and that is
 * ended with the first file that the library stumbled over.
 */
import { Worker } from 'node:worker_threads';
import { fromWireError, toWireError, type WireError } from '#shared/errors';
import { HDF5_READ_MS, MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { damaged } from './hdf5-errors';
import { readHdf5, type Hdf5Content } from './hdf5-read';
import type { Hdf5Answer, Hdf5Task } from './hdf5-thread';

export interface Hdf5 {
  /** Full paths without the first '/', of groups and of data sets. */
  readonly groups: ReadonlySet<string>;
  readonly datasets: ReadonlyMap<string, readonly number[]>;
  /** A text attribute; undefined where there is none of this name. '' is the root. */
  readonly text: (path: string, attribute: string) => string | undefined;
  readonly texts: (path: string, attribute: string) => readonly string[] | undefined;
  readonly read: (path: string) => { readonly shape: readonly number[]; readonly data: Float32Array };
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const isHdf5 = (head: Uint8Array): boolean => SIGNATURE.every((byte, at) => head[at] === byte);

let thread: URL | null = null;

/** Where the built entry/hdf5.ts lies. Whoever reads strangers' files says so first; without it, as in tests of one file, no thread is started. */
export function readHdf5Apart(script: URL): void {
  thread = script;
}

export async function withHdf5<T>(bytes: Uint8Array, where: string, body: (file: Hdf5) => T): Promise<T> {
  if (!isHdf5(bytes)) throw damaged(where, 'it does not begin as an HDF5 file');
  const version = bytes[8] ?? 255;
  if (version > 3) throw damaged(where, `its format version ${version} is not known`);
  if (bytes.length > MAX_TENSOR_FILE_BYTES) throw damaged(where, 'it is too large');
  return body(asHdf5(await (thread === null ? readHdf5(bytes, where) : readApart(thread, bytes, where))));
}

/** The same file, when what was read of it is asked for: a fault in what nobody asks for is none. */
function asHdf5({ groups, datasets, attributes }: Hdf5Content): Hdf5 {
  const values = new Map(datasets.map((dataset) => [dataset.path, dataset]));
  const named = new Map(attributes.map(({ path, name, texts }) => [`${path}\0${name}`, texts]));
  const attribute = (path: string, name: string): string | readonly string[] | undefined => {
    const found = named.get(`${path}\0${name}`);
    if (isFault(found)) throw fromWireError(found);
    return found;
  };
  return {
    groups: new Set(groups),
    datasets: new Map(datasets.map(({ path, shape }) => [path, shape])),
    text: (path, name) => {
      const found = attribute(path, name);
      return typeof found === 'string' ? found : undefined;
    },
    texts: (path, name) => {
      const found = attribute(path, name);
      return typeof found === 'string' ? [found] : found;
    },
    read: (path) => {
      const found = values.get(path);
      if (found === undefined) throw damaged(path, 'it is not there');
      if (isFault(found.data)) throw fromWireError(found.data);
      return { shape: found.shape, data: found.data };
    },
  };
}

const isFault = (
  found: string | readonly string[] | Float32Array | WireError | undefined,
): found is WireError => typeof found === 'object' && 'code' in found;

/** One that is at rest: a thread takes half a second to start, and a model may be two files. */
let resting: Worker | null = null;

async function readApart(script: URL, bytes: Uint8Array, where: string): Promise<Hdf5Content> {
  const worker = resting ?? new Worker(script, { stdout: true, stderr: true });
  resting = null;
  worker.ref();
  const { content, error, isSpent } = await answerOf(worker, { bytes, where });
  if (isSpent || resting !== null) {
    worker.on('error', () => undefined); // nobody waits for its last words
    await worker.terminate();
  } else {
    worker.unref();
    resting = worker;
  }
  if (content === undefined) throw fromWireError(error);
  return content;
}

function answerOf(worker: Worker, task: Hdf5Task): Promise<Hdf5Answer> {
  return new Promise((resolve) => {
    const finish = (answer: Hdf5Answer): void => {
      clearTimeout(deadline);
      worker.off('message', finish).off('error', onError).off('exit', onExit);
      resolve(answer);
    };
    const fails = (cause: string): void =>
      finish({ error: toWireError(damaged(task.where, cause)), isSpent: true });
    const onError = (): void => fails('it led the program that reads such files astray');
    const onExit = (): void => fails('it ended the program that reads such files');
    const deadline = setTimeout(
      () => fails(`after ${HDF5_READ_MS / 1000} s the program that reads such files was still at it`),
      HDF5_READ_MS,
    );
    worker.on('message', finish).on('error', onError).on('exit', onExit);
    worker.postMessage(task);
  });
}
