// Kernels for the WASM backend, composed from its own fast ones. Stock WASM has no gradient of a convolution by its
// filter (tensorflow/tfjs#8474), and takes slow paths for transposed products and for transposed convolutions; with
// these, a small convolutional model trains some hundred times faster than on the plain `cpu` backend.
import type * as Tfjs from '@tensorflow/tfjs';
import type { KernelBackend, KernelFunc, Tensor4D, TensorInfo } from '@tensorflow/tfjs';

type Tf = typeof Tfjs;
type Attributes = Record<string, unknown>;
type Shape4D = [number, number, number, number];
type Pair = [number, number];

/** Idempotent per process is the caller's concern: see wasm.ts. */
export function installWasmKernels(tf: Tf): void {
  replace(tf, 'BatchMatMul', matMul(tf));
  replace(tf, 'Conv2DBackpropFilter', () => filterGradient(tf));
  replace(tf, 'Conv2DBackpropInput', (stock) => inputGradient(tf, stock));
}

function replace(tf: Tf, kernelName: string, make: (stock: KernelFunc) => KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (stock) tf.unregisterKernel(kernelName, 'wasm');
  const missing: KernelFunc = () => {
    throw new Error(`${kernelName} has no kernel on WebAssembly for this data format`);
  };
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc: make(stock?.kernelFunc ?? missing) });
}

/**
 * The fast product (XNNPACK) takes no transposed operands, while every gradient of a dense layer has one:
 * transposing first costs n^2 and saves most of n^3.
 */
function matMul(tf: Tf): (stock: KernelFunc) => KernelFunc {
  const transpose = tf.getKernel('Transpose', 'wasm').kernelFunc;
  return (stock) =>
    ({ inputs, backend, attrs }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
      const single = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
      if (!single || !(transposeA || transposeB)) return stock({ inputs, backend, attrs: attrs ?? {} });
      const temporary: TensorInfo[] = [];
      const turned = (x: TensorInfo): TensorInfo => {
        const perm = x.shape.map((_, axis) => axis);
        perm.push(...perm.splice(-2).reverse());
        const out = transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
        temporary.push(out);
        return out;
      };
      const out = stock({
        inputs: { a: transposeA ? turned(a) : a, b: transposeB ? turned(b) : b },
        backend,
        attrs: { transposeA: false, transposeB: false },
      });
      for (const { dataId } of temporary) (backend as KernelBackend).disposeData(dataId);
      return out;
    };
}

interface Convolution {
  readonly strides: Pair;
  /** Rows above and columns left of the picture. */
  readonly padding: Pair;
  readonly channelsLast: boolean;
}

function convolution(tf: Tf, inputShape: Shape4D, filterShape: Shape4D, attrs: Attributes): Convolution {
  type ComputeInfo = Tf['backend_util']['computeConv2DInfo'];
  const format = attrs.dataFormat as 'NHWC' | 'NCHW';
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    attrs.strides as Pair | number,
    1,
    attrs.pad as Parameters<ComputeInfo>[4],
    attrs.dimRoundingMode as 'floor' | 'round' | 'ceil',
    false,
    tf.backend_util.convertConv2DDataFormat(format),
  );
  return {
    strides: [info.strideHeight, info.strideWidth],
    padding: [info.padInfo.top, info.padInfo.left],
    channelsLast: info.dataFormat === 'channelsLast',
  };
}

/** Rows `from` to `to` of one axis, with zeros where they lie outside the tensor. */
function rows(tf: Tf, x: Tensor4D, axis: 1 | 2, from: number, to: number): Tensor4D {
  const size = x.shape[axis];
  if (from === 0 && to === size) return x;
  const begin: Shape4D = [0, 0, 0, 0];
  const length: Shape4D = [...x.shape];
  begin[axis] = Math.min(Math.max(from, 0), size);
  length[axis] = Math.max(0, Math.min(to, size) - begin[axis]);
  if (length[axis] === 0) {
    length[axis] = to - from;
    return tf.zeros(length);
  }
  const padding: [Pair, Pair, Pair, Pair] = [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  padding[axis] = [Math.max(0, -from), Math.max(0, to - size)];
  const cut = length[axis] === size ? x : tf.slice(x, begin, length);
  return from < 0 || to > size ? tf.pad(cut, padding) : cut;
}

/**
 * dW[k] = sum over batch and o of x[o s + k - p] dy[o]: a convolution of the input with the output's gradient, in which
 * channels play the batch, the batch plays the channels, and the stride becomes a dilation.
 */
function filterGradient(tf: Tf): KernelFunc {
  return ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: Tensor4D; dy: Tensor4D };
    const filterShape = (attrs as Attributes).filterShape as Shape4D;
    const { strides, padding, channelsLast } = convolution(tf, x.shape, filterShape, attrs as Attributes);
    if (!channelsLast) throw new Error('WebAssembly convolves pictures whose channels come last only');
    return tf.tidy(() => {
      let input = x;
      for (const axis of [1, 2] as const) {
        const spatial = axis - 1;
        const covered = (dy.shape[axis] - 1) * strides[spatial]! + filterShape[spatial]!;
        input = rows(tf, input, axis, -padding[spatial]!, covered - padding[spatial]!);
      }
      const out = tf.conv2d(
        tf.transpose(input, [3, 1, 2, 0]), // [in, height, width, batch]
        tf.transpose(dy, [1, 2, 0, 3]), // [out height, out width, batch, out]
        1,
        'valid',
        'NHWC',
        strides,
      ); // [in, kernel height, kernel width, out]
      return tf.transpose(out, [1, 2, 0, 3]);
    });
  };
}

interface Phase {
  /** The taps that meet this phase are `first`, `first + stride`, …; there are `count` of them (0: only zeros). */
  readonly first: number;
  readonly count: number;
  /** The row of dy that the first tap of the phase's first output row meets. */
  readonly base: number;
}

/**
 * dx[i] = sum over k of dy[(i + p - k) / s] w[k], where the division leaves no rest. For i = a + s u only the taps
 * k = r + s j with r = (a + p) mod s count, and they meet dy[base + u - j] with base = (a + p - r) / s.
 */
function phase(a: number, padding: number, stride: number, kernel: number): Phase {
  const first = (a + padding) % stride;
  return {
    first,
    count: Math.max(0, Math.ceil((kernel - first) / stride)),
    base: (a + padding - first) / stride,
  };
}

/**
 * The gradient by the input, which is also conv2dTranspose: one dense stride-1 convolution per phase of the stride,
 * interleaved. Nothing is multiplied by the zeros that stuffing dy would bring.
 */
function inputGradient(tf: Tf, stock: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const { dy, filter } = inputs as { dy: Tensor4D; filter: Tensor4D };
    const inputShape = (attrs as Attributes).inputShape as Shape4D;
    const { strides, padding, channelsLast } = convolution(tf, inputShape, filter.shape, attrs as Attributes);
    if (!channelsLast) return stock({ inputs, backend, attrs: attrs ?? {} });
    const [batch, height, width, channels] = inputShape;
    const [down, across] = strides;
    const tall = Math.ceil(height / down);
    const wide = Math.ceil(width / across);
    const [kernelHeight, kernelWidth, , outChannels] = filter.shape;
    return tf.tidy(() => {
      const turned: Tensor4D = tf.transpose(filter, [0, 1, 3, 2]); // [kernel h, kernel w, out, in]
      const parts: Tensor4D[] = [];
      for (let a = 0; a < down; a++) {
        const y = phase(a, padding[0], down, kernelHeight);
        for (let b = 0; b < across; b++) {
          const x = phase(b, padding[1], across, kernelWidth);
          if (y.count === 0 || x.count === 0) {
            parts.push(tf.zeros([batch, tall, wide, channels]));
            continue;
          }
          const taps = tf.stridedSlice(
            turned,
            [y.first, x.first, 0, 0],
            [kernelHeight, kernelWidth, outChannels, channels],
            [down, across, 1, 1],
          );
          const vertical = rows(tf, dy, 1, y.base - y.count + 1, y.base + tall);
          const window = rows(tf, vertical, 2, x.base - x.count + 1, x.base + wide);
          parts.push(tf.conv2d(window, tf.reverse(taps, [0, 1]) as Tensor4D, 1, 'valid'));
        }
      }
      const all =
        parts.length === 1 ? parts[0]! : interleave(tf, parts, [batch, tall, wide, channels], strides);
      return tf.slice(all, [0, 0, 0, 0], inputShape);
    });
  };
}

/** As depthToSpace does, by reshape and transpose, which are fast here. */
function interleave(tf: Tf, parts: Tensor4D[], [batch, tall, wide, channels]: Shape4D, [down, across]: Pair) {
  const stacked = tf.reshape(tf.concat(parts, 3), [batch * tall, wide, down, across * channels]);
  const ordered = tf.transpose(stacked, [0, 2, 1, 3]); // [batch * tall, down, wide, across * channels]
  return tf.reshape<Tfjs.Rank.R4>(ordered, [batch, tall * down, wide * across, channels]);
}
