// Chooses what computes: TensorFlow where set-up could provide it and it proves itself, WebAssembly otherwise. The
// reason is kept, because a fallback that nobody hears of is a slow program without a cause.
import { AppError } from '#shared/errors';
import { loadNativeBackend } from './native-addon';
import { runSelfTest } from './self-test';
import { loadWasmBackend } from './wasm';

export type BackendName = 'tensorflow' | 'wasm';
export type BackendPreference = 'auto' | BackendName;

export interface BackendReport {
  readonly backend: BackendName;
  readonly native: boolean;
  /** TensorFlow's own version; null on WebAssembly. */
  readonly tensorflow: string | null;
  /** One sentence: why this backend. */
  readonly why: string;
  /** What would bring the native engine; null where it is there. */
  readonly remedy: string | null;
}

export interface SelectOptions {
  /** LATENTSCAPE_BACKEND goes before it. */
  readonly prefer?: BackendPreference;
}

const chosen = new Map<BackendPreference, Promise<BackendReport>>();

/** Loads and activates a backend; repeated calls answer at once. */
export function selectBackend({ prefer = 'auto' }: SelectOptions = {}): Promise<BackendReport> {
  const wanted = preferenceFromEnvironment(process.env.LATENTSCAPE_BACKEND) ?? prefer;
  let choice = chosen.get(wanted);
  if (!choice) {
    choice = choose(wanted);
    chosen.set(wanted, choice);
    choice.catch(() => chosen.delete(wanted));
  }
  return choice;
}

/** TensorFlow.js itself, quiet: its hints are for people who chose their backend by hand. */
export async function loadTfjs(): Promise<typeof import('@tensorflow/tfjs')> {
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
  countTensors = () => tf.memory().numTensors;
  return tf;
}

let countTensors = (): number => 0;

/** Tensors alive in this process; 0 while TensorFlow.js has not been loaded. Loads nothing. */
export const loadedTensorCount = (): number => countTensors();

function preferenceFromEnvironment(value: string | undefined): BackendPreference | null {
  if (value === undefined || value === '') return null;
  if (value === 'auto' || value === 'wasm' || value === 'tensorflow') return value;
  throw new AppError({
    code: 'usage/backend',
    headline: 'LATENTSCAPE_BACKEND names no backend',
    cause: `it is '${value.slice(0, 40)}'`,
    remedy: "use 'tensorflow', 'wasm' or 'auto', or unset it",
  });
}

async function choose(wanted: BackendPreference): Promise<BackendReport> {
  const tf = await loadTfjs();
  if (wanted === 'wasm') {
    await loadWasmBackend(tf);
    return onWasm('WebAssembly was asked for.', 'unset LATENTSCAPE_BACKEND to use the native engine');
  }
  try {
    const { tensorflow, source } = await loadNativeBackend(tf);
    const failed = (await runSelfTest(tf)).filter(({ passed }) => !passed);
    if (failed.length > 0)
      throw new AppError({
        code: 'engine/backend',
        headline: 'The native engine computes wrong values',
        cause: failed.map(({ name, message }) => `${name}: ${message ?? 'wrong'}`).join(', '),
        remedy: 'run `npm run setup`, and report this with the output of `npm run -s cli -- doctor`',
      });
    return {
      backend: 'tensorflow',
      native: true,
      tensorflow,
      why: `TensorFlow ${tensorflow} is set up (${source}) and passed its self-test.`,
      remedy: null,
    };
  } catch (error) {
    // Whoever asks for TensorFlow by name gets it or an error, never another engine's numbers.
    if (wanted === 'tensorflow' || !(error instanceof AppError)) throw error;
    await loadWasmBackend(tf);
    return onWasm(
      `${error.headline}, so WebAssembly computes: ${error.detail ?? 'no reason is known'}.`,
      error.remedy,
    );
  }
}

function onWasm(why: string, remedy: string | undefined): BackendReport {
  return { backend: 'wasm', native: false, tensorflow: null, why, remedy: remedy ?? 'run `npm run setup`' };
}
