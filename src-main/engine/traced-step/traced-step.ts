// A training step at full native speed. Run eagerly, half of a step's time goes into calling TensorFlow once per operation; recorded
// once and replayed as one session call, TensorFlow schedules the whole graph itself.
//
// The replay is not trusted: it runs beside the eager step first, from the same state and on the same inputs, and where the two differ
// by more than rounding the eager step is kept, aloud.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import { nativeBackend } from '../backends/native-addon';
import { recordStep, type Recording } from './recording';
import { savedModelBytes, TAG } from './saved-model';
import { simplify } from './simplify';

/** Reads `inputs` and the variables, updates the variables in place, returns one tensor of figures. */
export type Step = (inputs: readonly tf.Tensor[]) => tf.Tensor;

export interface TracedStep {
  readonly run: Step;
  readonly mode: 'traced' | 'eager';
  /** Why it is eager, or how well the replay agrees. One sentence for people. */
  readonly why: string;
  dispose(): void;
}

export interface TraceOptions {
  readonly step: Step;
  /** Everything that the step updates: weights and the optimiser's slots. */
  readonly variables: readonly tf.Variable[];
  /** Fresh inputs for a trial step, disposed after it. */
  readonly inputsOf: (trial: number) => readonly tf.Tensor[] | Promise<readonly tf.Tensor[]>;
  /** A run shorter than the trials are worth is not traced. */
  readonly stepsLeft?: number;
  /** Steps that both run before the recording is trusted; an even number. */
  readonly trials?: number;
}

const TRIALS = 20;
/**
 * Steps before the trials. Adam's first step moves each weight by the sign of its gradient, also where that is rounding alone; a few
 * steps later its second moments are there, and a difference in the last bit stays one.
 */
const WARM_UP = 4;
const WORTH_STEPS = 10 * TRIALS;
/** Largest difference of the figures, relative to their size, that rounding in another order explains. */
const TOLERANCE = 1e-4;

/** Traces the step where TensorFlow is native. The variables are left as they were. */
export async function traceStep({
  step,
  variables,
  inputsOf,
  stepsLeft = Infinity,
  trials = TRIALS,
}: TraceOptions): Promise<TracedStep> {
  const eager = (why: string): TracedStep => ({ run: step, mode: 'eager', why, dispose: () => undefined });
  const backend = nativeBackend(tf);
  if (backend === null)
    return eager('Steps run one operation at a time: there is no native TensorFlow here.');
  if (stepsLeft < WORTH_STEPS)
    return eager('Steps run one operation at a time: there are too few of them to prepare.');
  separate(variables);
  const before = variables.map((variable) => variable.clone());
  const restore = (): void => variables.forEach((variable, i) => variable.assign(before[i]!));
  let replay: Replay | null = null;
  try {
    const inputs = await inputsOf(0);
    const { recording, result } = tf.tidy(() => {
      const recorded = recordStep(backend, () => step(inputs), inputs, variables);
      tf.keep(recorded.result);
      return recorded as never;
    }) as { readonly recording: Recording; readonly result: tf.Tensor };
    tf.dispose([result, ...inputs]);
    restore();
    let difference = Infinity;
    // simplified first; as it was recorded, should that differ
    for (const graph of [simplify(recording, backend.binding), recording]) {
      replay = await loadReplay(backend, graph);
      difference = await largestDifference(step, replay.run, { variables, inputsOf, trials });
      if (difference <= TOLERANCE) {
        const why = `Steps run as one recorded graph of ${graph.nodes.length} nodes; it agreed with the step to ${difference.toExponential(1)} over ${trials} trials.`;
        return { run: replay.run, mode: 'traced', why, dispose: replay.dispose };
      }
      replay.dispose();
      replay = null;
      restore();
    }
    return eager(
      `Steps run one operation at a time: the recorded step differed by ${difference.toExponential(1)}.`,
    );
  } catch (error) {
    replay?.dispose();
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
    return eager(
      `Steps run one operation at a time: the step could not be recorded (${reason.slice(0, 200)}).`,
    );
  } finally {
    restore();
    tf.dispose(before);
  }
}

/** Variables that were set from each other share their memory, and would be one input of the recording. */
function separate(variables: readonly tf.Variable[]): void {
  const seen = new Set<object>();
  for (const variable of variables) {
    if (seen.has(variable.dataId)) tf.tidy(() => variable.assign(tf.add(variable, 0)));
    seen.add(variable.dataId);
  }
}

interface Replay {
  readonly run: Step;
  readonly dispose: () => void;
}

async function loadReplay(
  backend: NodeJSKernelBackend,
  { nodes, variables, assigned, feeds, fetches }: Recording,
): Promise<Replay> {
  const { binding } = backend;
  const folder = await mkdtemp(join(tmpdir(), 'latentscape-step-'));
  let session: number;
  try {
    await writeFile(join(folder, 'saved_model.pb'), savedModelBytes(nodes, binding));
    session = binding.loadSavedModel(folder, TAG);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const infos = feeds.map((name) => ({ name, shape: [], dtype: 'float32' as const, tfDtype: 'DT_FLOAT' }));
  return {
    run(inputs) {
      const [result, ...next] = backend.runSavedModel(session, [...inputs, ...variables], infos, [
        ...fetches,
      ]);
      assigned.forEach((variable, i) => variable.assign(next[i]!));
      tf.dispose(next);
      return result!;
    },
    dispose: () => binding.deleteSavedModel(session),
  };
}

/**
 * Both run pairs of steps from the same state: the second step's figures show what the first has moved. Never longer, for a game between
 * two players is chaotic, and over twenty steps it would make a difference in the last bit visible.
 */
async function largestDifference(
  step: Step,
  replay: Step,
  { variables, inputsOf, trials }: Pick<TraceOptions, 'variables' | 'inputsOf'> & { readonly trials: number },
): Promise<number> {
  let largest = 0;
  for (let warm = 0; warm < WARM_UP; warm++) await figuresOf(step, inputsOf, warm);
  for (let trial = 0; trial < trials; trial += 2) {
    const start = variables.map((variable) => variable.clone());
    const expected = [await figuresOf(step, inputsOf, trial), await figuresOf(step, inputsOf, trial + 1)];
    const end = variables.map((variable) => variable.clone());
    variables.forEach((variable, i) => variable.assign(start[i]!));
    const actual = [await figuresOf(replay, inputsOf, trial), await figuresOf(replay, inputsOf, trial + 1)];
    variables.forEach((variable, i) => variable.assign(end[i]!));
    tf.dispose([start, end]);
    expected.forEach((figures, half) =>
      figures.forEach((figure, i) => {
        const difference = Math.abs(figure - (actual[half]![i] ?? NaN)) / Math.max(1, Math.abs(figure));
        largest = Number.isNaN(difference) ? Infinity : Math.max(largest, difference);
      }),
    );
    if (largest > TOLERANCE) break; // further trials would not mend it
  }
  return largest;
}

async function figuresOf(
  step: Step,
  inputsOf: TraceOptions['inputsOf'],
  trial: number,
): Promise<Float32Array> {
  const inputs = await inputsOf(trial);
  const result = step(inputs);
  const figures = Float32Array.from(result.dataSync());
  tf.dispose([result, ...inputs]);
  return figures;
}
