// Does the backend compute what it should? Small operations against values worked out by hand or by a closed form.
// A backend that loads and computes nonsense is worse than none, so this runs before the first model does.
import type * as Tfjs from '@tensorflow/tfjs';

type Tf = typeof Tfjs;

export interface SelfTestResult {
  readonly name: string;
  readonly passed: boolean;
  /** Largest distance from the known values; infinite where the operation failed altogether. */
  readonly error: number;
  readonly message?: string;
}

interface Case {
  readonly name: string;
  readonly run: (tf: Tf) => Tfjs.Tensor;
  readonly expected: readonly number[];
}

const tolerance = 1e-4;

/** [1, 4, 4, 1] with the numbers 1 to 16. */
const picture = (tf: Tf): Tfjs.Tensor4D => tf.reshape(tf.range(1, 17), [1, 4, 4, 1]);
/** [2, 2, 1, 1]: the Laplace-like filter (1, 2; 3, 4). */
const filter = (tf: Tf): Tfjs.Tensor4D => tf.tensor4d([1, 2, 3, 4], [2, 2, 1, 1]);

const cases: readonly Case[] = [
  {
    name: 'matMul',
    run: (tf) => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2]), true, false),
    expected: [26, 30, 38, 44],
  },
  {
    name: 'conv2d',
    // Each output: x[i,j] + 2 x[i,j+1] + 3 x[i+1,j] + 4 x[i+1,j+1], at stride 2.
    run: (tf) => tf.conv2d(picture(tf), filter(tf), 2, 'valid'),
    expected: [44, 64, 124, 144],
  },
  {
    name: 'conv2dTranspose',
    // Stride 2 and a 2x2 filter: the filter is stamped side by side, times each input.
    run: (tf) =>
      tf.conv2dTranspose(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), filter(tf), [1, 4, 4, 1], 2, 'valid'),
    expected: [1, 2, 2, 4, 3, 4, 6, 8, 3, 6, 4, 8, 9, 12, 12, 16],
  },
  {
    name: 'conv2d, gradient by filter',
    // The sum of outputs has, for each tap, the sum of the pictures' values it meets.
    run: (tf) => tf.grad((w) => tf.sum(tf.conv2d(picture(tf), w as Tfjs.Tensor4D, 2, 'valid')))(filter(tf)),
    expected: [24, 28, 40, 44],
  },
  {
    name: 'conv2d, gradient by input',
    run: (tf) => tf.grad((x) => tf.sum(tf.conv2d(x as Tfjs.Tensor4D, filter(tf), 1, 'valid')))(picture(tf)),
    expected: [1, 3, 3, 2, 4, 10, 10, 6, 4, 10, 10, 6, 3, 7, 7, 4],
  },
  {
    name: 'softmax',
    run: (tf) => tf.softmax(tf.tensor1d([0, Math.log(2), Math.log(5)])),
    expected: [1 / 8, 2 / 8, 5 / 8],
  },
  {
    name: 'exp and log',
    run: (tf) => tf.log(tf.exp(tf.tensor1d([-3, 0, 2.5]))),
    expected: [-3, 0, 2.5],
  },
  {
    name: 'sigmoid',
    run: (tf) => tf.sigmoid(tf.tensor1d([0, Math.log(3), -Math.log(3)])),
    expected: [0.5, 0.75, 0.25],
  },
  {
    name: 'sum and mean',
    run: (tf) => tf.concat([tf.sum(picture(tf), [1]).flatten(), tf.mean(picture(tf)).reshape([1])]),
    expected: [28, 32, 36, 40, 8.5],
  },
  {
    name: 'gather',
    run: (tf) => tf.gather(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), tf.tensor1d([2, 0], 'int32')),
    expected: [5, 6, 1, 2],
  },
  {
    name: 'resizeBilinear',
    run: (tf) => tf.image.resizeBilinear(tf.tensor4d([0, 2, 4, 6], [1, 2, 2, 1]), [3, 3], true),
    expected: [0, 1, 2, 2, 3, 4, 4, 5, 6],
  },
  {
    name: 'concat and slice',
    run: (tf) => tf.slice(tf.concat([tf.tensor1d([1, 2]), tf.tensor1d([3, 4])]), [1], [2]),
    expected: [2, 3],
  },
  {
    name: 'batchNorm',
    // (x - mean) / sqrt(variance) * scale + offset
    run: (tf) => tf.batchNorm(tf.tensor2d([3, 10, 5, 30], [2, 2]), [4, 20], [1, 100], [1, 2], [10, 0.5], 0),
    expected: [-9, 1.5, 11, 2.5],
  },
  { name: 'Adam step through a dense layer', run: adamStep, expected: [0.9, 1.9, 2.9, 3.9] },
];

/** Adam's first step is the learning rate against the gradient's sign (bias correction cancels), here all positive. */
function adamStep(tf: Tf): Tfjs.Tensor {
  // An optimiser's and a variable's tensors outlive tidy: they are disposed by hand.
  const weights = tf.variable(tf.tensor2d([1, 2, 3, 4], [2, 2]), true);
  const optimizer = tf.train.adam(0.1);
  try {
    const input = tf.tensor2d([1, 2], [1, 2]);
    optimizer.minimize(() => tf.sum(tf.matMul(input, weights)), false, [weights]);
    return tf.clone(weights);
  } finally {
    optimizer.dispose();
    weights.dispose();
  }
}

export async function runSelfTest(tf: Tf): Promise<readonly SelfTestResult[]> {
  const before = tf.memory().numTensors;
  const results: SelfTestResult[] = [];
  for (const test of cases) results.push(await runCase(tf, test));
  const left = tf.memory().numTensors - before;
  results.push({
    name: 'no tensor is left behind',
    passed: left === 0,
    error: Math.abs(left),
    ...(left === 0 ? {} : { message: `${left} tensors were left behind` }),
  });
  return results;
}

async function runCase(tf: Tf, { name, run, expected }: Case): Promise<SelfTestResult> {
  let out: Tfjs.Tensor | undefined;
  try {
    out = tf.tidy(() => run(tf));
    const values = await out.data();
    const distances = expected.map(
      (value, index) => Math.abs((values[index] ?? NaN) - value) / (1 + Math.abs(value)),
    );
    // Math.max passes NaN on, and NaN is not below the tolerance.
    const error = values.length === expected.length ? Math.max(...distances) : Infinity;
    const passed = error <= tolerance;
    return passed ? { name, passed, error } : { name, passed, error, message: `off by ${error}` };
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? thrown.name) : String(thrown);
    return { name, passed: false, error: Infinity, message };
  } finally {
    out?.dispose();
  }
}
