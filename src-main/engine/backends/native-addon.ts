// Registers tfjs-node's backend over the addon that set-up compiled. tfjs-node's own index is passed by: it looks for
// an addon of its own through node-pre-gyp, and hands `file://` models to TensorFlow unchecked.
import { createRequire } from 'node:module';
import type * as Tfjs from '@tensorflow/tfjs';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import { AppError } from '#shared/errors';
import { readNativeRecord } from './native-record';
import { restoreUtilHelpers } from './node-shims';

type KernelBackendModule = typeof import('@tensorflow/tfjs-node/dist/nodejs_kernel_backend');
/** The part of the addon's own surface that is read here; the backend knows the rest. */
export type NativeBinding = NodeJSKernelBackend['binding'];

export interface NativeEngine {
  readonly tensorflow: string;
  readonly source: string;
}

const nodeRequire = createRequire(import.meta.url);
const priority = 3; // above 'wasm' (2) and 'cpu' (1)
let loaded: NativeEngine | null = null;

/** Loads TensorFlow into this process and makes it the backend. Throws an AppError that says why it cannot. */
export async function loadNativeBackend(tf: typeof Tfjs): Promise<NativeEngine> {
  if (loaded === null) {
    const record = readNativeRecord();
    if (record.state === 'unavailable') throw unavailable(record.why, record.remedy);
    // TensorFlow reads these once, while it is being loaded. Errors only, no start-up chatter, and no oneDNN, which announces itself on
    // stderr. A process that trains convolutions asks for it before it comes here: they take half the time (a DCGAN step of 64 x 64:
    // 1.1 s of processor time against 2.8 s) and repeat exactly; tiny dense networks are slower with it.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
    restoreUtilHelpers();
    let binding: NativeBinding;
    let modules: KernelBackendModule;
    try {
      binding = nodeRequire(record.addon) as NativeBinding;
      nodeRequire('@tensorflow/tfjs-node/dist/register_all_kernels');
      modules = nodeRequire('@tensorflow/tfjs-node/dist/nodejs_kernel_backend') as KernelBackendModule;
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
      throw unavailable(`the native addon does not load (${reason})`, 'run `npm run setup`');
    }
    tf.registerBackend(
      'tensorflow',
      () => new modules.NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'),
      priority,
    );
    loaded = { tensorflow: binding.TF_Version, source: record.source };
  }
  if (!(await tf.setBackend('tensorflow')))
    throw unavailable('TensorFlow did not start in this process', 'run `npm run setup`');
  return loaded;
}

/** The backend object behind the tensors, for those who need TensorFlow itself; null on WebAssembly. */
export function nativeBackend(tf: typeof Tfjs): NodeJSKernelBackend | null {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as NodeJSKernelBackend) : null;
}

function unavailable(cause: string, remedy: string): AppError {
  return new AppError({
    code: 'engine/backend',
    headline: 'The native engine cannot be used',
    cause,
    remedy,
  });
}
