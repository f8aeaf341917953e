// What `doctor` tells: which backend, why, versions, the machine, and whether the arithmetic is right.
import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { cacheFolder } from './cache-folder';
import { readNativeRecord } from './native-record';
import { onnxRuntimeStatus } from './onnx-runtime';
import { loadTfjs, selectBackend, type BackendName } from './select';
import { runSelfTest, type SelfTestResult } from './self-test';

const nodeRequire = createRequire(import.meta.url);

export interface DoctorReport {
  readonly backend: BackendName;
  readonly native: boolean;
  readonly tensorflow: string | null;
  readonly onnxruntime: string | null;
  readonly node: string;
  readonly selfTest: {
    readonly passed: number;
    readonly failed: number;
    readonly tests: readonly SelfTestResult[];
  };
  readonly why: string;
  readonly remedy: string | null;
  /** Why ONNX Runtime cannot decode; null where it can. */
  readonly onnxruntimeWhy: string | null;
  readonly tfjs: string;
  /** The version of the Electron package, and whether this process runs inside Electron. */
  readonly electron: { readonly version: string | null; readonly running: boolean };
  readonly platform: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly cacheFolder: string;
  /** Where the native engine came from; null where there is none. */
  readonly source: string | null;
}

export async function doctorReport(): Promise<DoctorReport> {
  const { backend, native, tensorflow, why, remedy } = await selectBackend();
  const tf = await loadTfjs();
  const tests = await runSelfTest(tf);
  const passed = tests.filter((test) => test.passed).length;
  const onnx = await onnxRuntimeStatus();
  const record = readNativeRecord();
  return {
    backend,
    native,
    tensorflow,
    onnxruntime: onnx.version,
    node: process.versions.node,
    selfTest: { passed, failed: tests.length - passed, tests },
    why,
    remedy,
    onnxruntimeWhy: onnx.why,
    tfjs: tf.version.tfjs,
    electron: { version: packageVersion('electron'), running: 'electron' in process.versions },
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    cacheFolder: cacheFolder(),
    source: native && record.state === 'native' ? record.source : null,
  };
}

/** Read from the package's manifest: importing electron outside Electron would try to download it. */
function packageVersion(name: string): string | null {
  try {
    return (nodeRequire(`${name}/package.json`) as { version: string }).version;
  } catch {
    return null;
  }
}
