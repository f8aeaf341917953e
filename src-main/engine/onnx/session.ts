/** ONNX Runtime, loaded when it is first needed, and a session with the threads that a desktop wants. */
import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { AppError } from '#shared/errors';
import { importOnnxRuntime } from '../backends/onnx-runtime';

const MOST_THREADS = 4;

/**
 * Threads that sleep between calls. By default they spin for a while instead, which was measured with a decoder of 0.1 to
 * 0.9 M weights on 2 cores at one picture every 4 ms: 62% of a core spinning against 4% asleep, for the same 0.1 ms a
 * picture; and 400 pictures beside another busy process took 84 ms against 16.
 */
const SLEEPING_THREADS = { session: { intra_op: { allow_spinning: '0' } } } as const;

export async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return await importOnnxRuntime();
  } catch (error) {
    throw new AppError({
      code: 'onnx/missing',
      headline: 'ONNX Runtime does not load',
      cause: firstLine(error),
      remedy: 'install the packages again with npm ci',
    });
  }
}

export async function createSession(
  factory: typeof InferenceSession,
  onnx: Uint8Array,
  threads = Math.min(availableParallelism(), MOST_THREADS),
): Promise<InferenceSession> {
  try {
    return await factory.create(onnx, {
      executionProviders: ['cpu'],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: SLEEPING_THREADS,
    });
  } catch (error) {
    throw new AppError({
      code: 'onnx/refused',
      headline: 'ONNX Runtime does not take the network',
      cause: runtimeCause(error),
    });
  }
}

/**
 * ONNX Runtime speaks to its authors first: "… while running Reshape node. Name:'v7' Status Message: /onnxruntime_src/….h:91
 * onnxruntime::… a == b was false. The input tensor cannot be …". What people can use is the operation and the end.
 */
export function runtimeCause(error: unknown): string {
  const line = firstLine(error);
  const node = /while running (\w+) node\. Name:\s?'([^']*)'/.exec(line);
  const told = line
    .replace(/^.*Status Message: /, '')
    .replace(/^\S*\/onnxruntime\S* .*?(was false\.|was true\.|$)\s*/, '');
  const where = node === null ? '' : `its operation ${node[1] ?? ''} ${node[2] ?? ''} fails`;
  return [where, told].filter((part) => part !== '').join(': ');
}

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
