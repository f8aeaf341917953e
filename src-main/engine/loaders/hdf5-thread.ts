// The thread's side of hdf5.ts: a file, an answer. The memory of the library cannot grow beyond what the file can need.
import { parentPort } from 'node:worker_threads';
import { AppError, toWireError, type WireError } from '#shared/errors';
import { HDF5_OWN_BYTES } from '../store/limits';
import { hasStumbled, readHdf5, type Hdf5Content } from './hdf5-read';

export interface Hdf5Task {
  readonly bytes: Uint8Array;
  /** As sentences name the file. */
  readonly where: string;
}
/** `isSpent` where the library is in no state that anyone knows: nothing more should be read by it. */
export type Hdf5Answer =
  | { readonly content: Hdf5Content; readonly error?: undefined; readonly isSpent: boolean }
  | { readonly content?: undefined; readonly error: WireError; readonly isSpent: boolean };

/** Reads and answers; what is no fault of the file but the library's own end is left to the thread's. */
export function answerHdf5Tasks(): void {
  const allow = boundWasmMemory();
  parentPort?.on('message', (task: Hdf5Task) => void answer(task, allow));
}

async function answer({ bytes, where }: Hdf5Task, allow: (most: number) => void): Promise<void> {
  const own = HDF5_OWN_BYTES + 2 * bytes.byteLength;
  allow(own);
  try {
    const content = await readHdf5(bytes, where, (largest) => allow(own + 2 * largest));
    const moved = content.datasets.flatMap(({ data }) => (data instanceof Float32Array ? [data.buffer] : []));
    parentPort?.postMessage({ content, isSpent: hasStumbled() } satisfies Hdf5Answer, moved);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    parentPort?.postMessage({ error: toWireError(error), isSpent: hasStumbled() } satisfies Hdf5Answer);
  }
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow: (pages: number) => number;
}
const PAGE_BYTES = 65_536;

/** What asks for more is told that there is none, as on a machine that is full. Of the whole thread. */
function boundWasmMemory(): (most: number) => void {
  let bound = Infinity;
  // the types of WebAssembly are those of browsers
  const { prototype } = (globalThis as unknown as { WebAssembly: { Memory: { prototype: WasmMemory } } })
    .WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (this: WasmMemory, pages) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > bound) throw new RangeError('no more memory is given');
    return grow.call(this, pages);
  };
  return (most) => {
    bound = most;
  };
}
