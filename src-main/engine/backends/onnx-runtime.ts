// Is ONNX Runtime, the fast decoder, usable here? Its binaries come inside its npm package, but not for every machine.
import { createRequire } from 'node:module';

const nodeRequire = createRequire(import.meta.url);

/**
 * From 1.29 on ONNX Runtime writes down an identifier of the machine and sends what it runs to its makers, unless it is told not to before it
 * is loaded (microsoft/onnxruntime#27379). Nothing of a person's models leaves their machine.
 */
export function importOnnxRuntime(): Promise<typeof import('onnxruntime-node')> {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  return import('onnxruntime-node');
}

export interface OnnxRuntimeStatus {
  readonly version: string | null;
  /** Why it cannot be used; null where it can. */
  readonly why: string | null;
}

/** Loads the runtime (some 20 MB) to be sure: a version in a package.json says nothing about its binary. */
export async function onnxRuntimeStatus(): Promise<OnnxRuntimeStatus> {
  try {
    await importOnnxRuntime();
    const { version } = nodeRequire('onnxruntime-node/package.json') as { version: string };
    return { version, why: null };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
    return { version: null, why: `ONNX Runtime does not load (${reason})` };
  }
}
