// The composed kernels against the plain `cpu` backend, which computes the same things slowly and straightforwardly.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWasmBackend } from '#engine/backends/wasm';

beforeAll(async () => {
  tf.enableProdMode();
  await loadWasmBackend(tf);
});

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor;

async function on(
  backend: 'cpu' | 'wasm',
  shapes: readonly number[][],
  compute: Compute,
): Promise<Float32Array> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const inputs = shapes.map((shape, index) => tf.randomUniform(shape, -1, 1, 'float32', 7 + index));
  const out = tf.tidy(() => compute(...inputs));
  const values = (await out.data()) as Float32Array;
  tf.dispose([out, ...inputs]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

async function expectAgreement(shapes: readonly number[][], compute: Compute): Promise<void> {
  const expected = await on('cpu', shapes, compute);
  const actual = await on('wasm', shapes, compute);
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  expected.forEach((value, index) => {
    worst = Math.max(worst, Math.abs(value - (actual[index] ?? NaN)) / (1 + Math.abs(value)));
  });
  expect(worst).toBeLessThan(1e-4);
}

interface Case {
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
}

const cases: readonly Case[] = [
  { size: [8, 8], kernel: [3, 3], strides: 1, pad: 'same' },
  { size: [8, 8], kernel: [4, 4], strides: 2, pad: 'same' },
  { size: [9, 7], kernel: [3, 3], strides: 2, pad: 'same' },
  { size: [7, 9], kernel: [3, 2], strides: [2, 1], pad: 'valid' },
  { size: [8, 8], kernel: [5, 5], strides: 2, pad: 2 },
  { size: [8, 8], kernel: [1, 1], strides: 2, pad: 'valid' },
  { size: [10, 10], kernel: [2, 2], strides: 3, pad: 'same' },
  { size: [4, 4], kernel: [4, 4], strides: 1, pad: 'valid' },
];

describe.each(cases)('a convolution of $size by $kernel, stride $strides, padding $pad', (shape) => {
  const { size, kernel, strides, pad } = shape;
  const input = [2, ...size, 3];
  const filter = [...kernel, 3, 4];
  const weighted = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x));
  const forward = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);

  it('has the right gradient by its filter', async () => {
    await expectAgreement([input, filter], (x, w) => tf.grad((v) => weighted(forward(x!, v)))(w!));
  });

  it('has the right gradient by its input', async () => {
    await expectAgreement([input, filter], (x, w) => tf.grad((v) => weighted(forward(v, w!)))(x!));
  });
});

describe('conv2dTranspose', () => {
  it.each([
    { from: 4, to: 8, kernel: 4, stride: 2 },
    { from: 7, to: 14, kernel: 3, stride: 2 },
    { from: 7, to: 13, kernel: 3, stride: 2 },
    { from: 5, to: 5, kernel: 3, stride: 1 },
  ])(
    'from $from to $to by $kernel, stride $stride, and its gradient',
    async ({ from, to, kernel, stride }) => {
      const shapes = [
        [2, from, from, 3],
        [kernel, kernel, 4, 3],
      ];
      const up = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, to, to, 4], stride, 'same');
      await expectAgreement(shapes, (x, w) => up(x!, w!));
      await expectAgreement(shapes, (x, w) => tf.grad((v) => tf.sum(tf.square(up(x!, v))))(w!));
      await expectAgreement(shapes, (x, w) => tf.grad((v) => tf.sum(tf.square(up(v, w!))))(x!));
    },
  );
});

describe('matMul', () => {
  it.each([
    { a: [5, 3], b: [3, 4], flags: [false, false] },
    { a: [3, 5], b: [3, 4], flags: [true, false] },
    { a: [5, 3], b: [4, 3], flags: [false, true] },
    { a: [3, 5], b: [4, 3], flags: [true, true] },
    { a: [1, 5], b: [1, 4], flags: [true, false] },
    { a: [2, 3, 5], b: [2, 3, 4], flags: [true, false] },
  ])('of $a and $b, transposed $flags', async ({ a, b, flags }) => {
    await expectAgreement([a, b], (x, y) => tf.matMul(x!, y!, flags[0], flags[1]));
  });
});

it('trains a small convolutional autoencoder without leaving tensors', async () => {
  await tf.setBackend('wasm');
  const before = tf.memory().numTensors;
  const data = tf.randomUniform<tf.Rank.R4>([8, 8, 8, 1], 0, 1, 'float32', 3);
  const kernel = (seed: number): tf.Variable<tf.Rank.R4> =>
    tf.tidy(() => tf.variable(tf.randomNormal<tf.Rank.R4>([3, 3, 1, 4], 0, 0.3, 'float32', seed)));
  const [down, up] = [kernel(4), kernel(5)];
  const optimizer = tf.train.adam(0.02);
  const loss = (): tf.Scalar => {
    const hidden = tf.relu(tf.conv2d(data, down, 2, 'same'));
    return tf.losses.meanSquaredError(data, tf.conv2dTranspose(hidden, up, [8, 8, 8, 1], 2, 'same'));
  };
  const first = tf.tidy(() => loss().dataSync()[0]!);
  for (let step = 0; step < 30; step++) optimizer.minimize(loss, false, [down, up]);
  const last = tf.tidy(() => loss().dataSync()[0]!);
  optimizer.dispose();
  tf.dispose([data, down, up]);
  expect(last).toBeLessThan(first * 0.7);
  expect(tf.memory().numTensors).toBe(before);
});
