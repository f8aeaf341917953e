/** Runs an ONNX model by the names and types of its own ports, numbers in and out as 32-bit floats. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { AppError } from '#shared/errors';
import type { PortType, TensorPort } from '#shared/importing';
import type { NetworkRunner, NumberArray, RunnerOptions } from '../network-runner';
import { fromHalves, toHalves } from '../store/half-float';
import { createSession, loadRuntime, runtimeCause } from './session';

/** The model must have been checked; see loaders/onnx-validate. @throws AppError onnx/* where the runtime does not take it. */
export async function onnxRunner(onnx: Uint8Array, options: RunnerOptions = {}): Promise<NetworkRunner> {
  const runtime = await loadRuntime();
  const session = await createSession(runtime.InferenceSession, onnx, options.threads);
  const inputs = session.inputMetadata.map(portOf);
  const outputs = session.outputMetadata.map(portOf);
  let released = false;
  return {
    inputs,
    outputs,
    runtime: 'onnxruntime',
    async run(values, wanted) {
      const feeds: Record<string, Tensor> = {};
      for (const port of inputs) {
        const value = values.get(port.name);
        if (value === undefined) throw wrongInput(port, 'it is not given');
        checkShape(port, value);
        feeds[port.name] = new runtime.Tensor(port.type, asPort(value.data, port.type), [...value.shape]);
      }
      const results = await answer(session, feeds, wanted);
      return new Map(wanted.map((name) => [name, numbersOf(results[name], name)]));
    },
    async dispose() {
      if (released) return;
      released = true;
      await session.release();
    },
  };
}

async function answer(
  session: InferenceSession,
  feeds: Record<string, Tensor>,
  wanted: readonly string[],
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds, [...wanted]);
  } catch (error) {
    throw new AppError({
      code: 'onnx/failed',
      headline: 'The network could not be run',
      cause: runtimeCause(error),
    });
  }
}

const PORT_TYPES: ReadonlySet<string> = new Set([
  'float32',
  'float16',
  'float64',
  'int32',
  'int64',
  'uint8',
  'bool',
] satisfies PortType[]);

function portOf(value: InferenceSession.ValueMetadata): TensorPort {
  if (!value.isTensor || !PORT_TYPES.has(value.type)) {
    throw new AppError({
      code: 'onnx/unsupported',
      headline: 'The network takes or gives something else than a tensor of numbers',
      where: value.name,
    });
  }
  // An open size is a name, or -1 where it has none.
  const shape = value.shape.map((size) => (typeof size === 'number' && size > 0 ? size : null));
  return { name: value.name, type: value.type as PortType, shape };
}

function checkShape(port: TensorPort, { shape, data }: NumberArray): void {
  const count = shape.reduce((total, size) => total * size, 1);
  if (count !== data.length)
    throw wrongInput(port, `${data.length} numbers for the shape [${shape.join(', ')}]`);
  const fits =
    port.shape.length === shape.length && port.shape.every((size, at) => size === null || size === shape[at]);
  if (!fits)
    throw wrongInput(
      port,
      `its shape is [${port.shape.map((size) => size ?? 'open').join(', ')}], and [${shape.join(', ')}] is given`,
    );
}

function asPort(data: Float32Array, type: PortType): Tensor.DataTypeMap[PortType] {
  switch (type) {
    case 'float32':
      return data;
    case 'float16':
      return toHalves(data);
    case 'float64':
      return Float64Array.from(data);
    case 'int32':
      return Int32Array.from(data, Math.round);
    case 'int64':
      return BigInt64Array.from(data, (value) => BigInt(Math.round(value)));
    case 'uint8':
      return Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round(value))));
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
  }
}

function numbersOf(value: InferenceSession.OnnxValueMapType[string] | undefined, name: string): NumberArray {
  if (value === undefined || !('data' in value)) throw noNumbers(name);
  const { data, type, dims: shape } = value;
  if (data instanceof Float32Array) return { shape, data };
  if (type === 'float16') return { shape, data: fromHalfData(data) };
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return { shape, data: Float32Array.from(data, Number) };
  if (Array.isArray(data)) throw noNumbers(name);
  return { shape, data: Float32Array.from(data as Int32Array) };
}

/** Bit patterns, or numbers where this JavaScript has halves of its own. */
const fromHalfData = (data: Tensor['data']): Float32Array =>
  data instanceof Uint16Array ? fromHalves(data) : Float32Array.from(data as Iterable<number>);

const noNumbers = (where: string): AppError =>
  new AppError({ code: 'onnx/failed', headline: 'The network gives something else than numbers', where });

const wrongInput = ({ name }: TensorPort, cause: string): AppError =>
  new AppError({
    code: 'engine/input',
    headline: 'The network was given input that does not fit',
    where: name,
    cause,
  });
