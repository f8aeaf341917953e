/**
 * Runs a network with ONNX Runtime: the usual way to decode, some hundred times faster than a picture takes on its way to
 * the screen.
 */
import { availableParallelism } from 'node:os';
import type { InferenceSession } from 'onnxruntime-node';
import { AppError } from '#shared/errors';
import { checkInput, type Runner } from './decoder';
import type { Network } from './network-file';
import { lowerToOnnx } from './onnx/lower';

export interface OnnxRunnerOptions {
  readonly threads?: number;
}

/** @throws AppError onnx/* where the network cannot be translated or the runtime does not load or take it. */
export async function createOnnxRunner(network: Network, options: OnnxRunnerOptions = {}): Promise<Runner> {
  const { onnx, inputs, outputs } = lowerToOnnx(network);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new AppError({
      code: 'onnx/unsupported',
      headline: 'The network cannot be run by ONNX Runtime',
      cause: `it has ${inputs.length} inputs, and one is expected`,
    });
  }
  const { InferenceSession, Tensor } = await loadRuntime();
  const session = await createSession(
    InferenceSession,
    onnx,
    options.threads ?? Math.min(availableParallelism(), MOST_THREADS),
  );
  const each = input.shape.reduce((total, size) => total * size, 1);
  let released = false;
  return {
    async run(values, count) {
      checkInput(values, count, each);
      const feeds = { [input.name]: new Tensor('float32', values, [count, ...input.shape]) };
      const results = await session.run(feeds);
      return outputs.map(({ name }) => results[name]?.data as Float32Array);
    },
    async dispose() {
      if (released) return;
      released = true;
      await session.release();
    },
  };
}

const MOST_THREADS = 4;

/**
 * Threads that sleep between calls. By default they spin for a while instead, which was measured with a decoder of 0.1 to
 * 0.9 M weights on 2 cores at one picture every 4 ms: 62% of a core spinning against 4% asleep, for the same 0.1 ms a
 * picture; and 400 pictures beside another busy process took 84 ms against 16.
 */
const SLEEPING_THREADS = { session: { intra_op: { allow_spinning: '0' } } } as const;

async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    throw new AppError({
      code: 'onnx/missing',
      headline: 'ONNX Runtime does not load',
      cause: firstLine(error),
      remedy: 'install the packages again with npm ci',
    });
  }
}

async function createSession(
  factory: typeof InferenceSession,
  onnx: Uint8Array,
  threads: number,
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
      cause: firstLine(error),
    });
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
