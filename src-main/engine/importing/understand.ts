/**
 * From a running network to a contract: which input is the latent, which output the picture, what its numbers mean. Asked
 * in this order: the ports' names and shapes, then the network itself. What neither decides is a guess and is said to be one.
 */
import type { Batch, GeneratorContract, Guess, PortType } from '#shared/importing';
import type { Prior } from '#shared/domain';
import { type AppError } from '#shared/errors';
import { createGenerator } from '../generator';
import type { NetworkRunner } from '../network-runner';
import {
  autoencoder,
  coordinatesNetwork,
  isCoordinates,
  notAGenerator,
  wholeNumbers,
} from './not-a-generator';
import { batchOf, choosePicture, firstRun, isPictureToPicture, type Say } from './first-run';
import { chooseReading } from './picture-reading';
import { readInputs, type InputReading } from './ports';
import { differenceOf, latentsOf, runOnce, sizeOf } from './probe';
import { priorFromPictures } from './prior';
import { readSides } from './read-sides';
import { chooseRange } from './value-range';

export interface Understood {
  readonly contract: GeneratorContract;
  readonly guesses: readonly Guess[];
  readonly warnings: readonly string[];
  /** The same z gives the same picture; otherwise nothing can be compared later. */
  readonly deterministic: boolean;
}

export interface UnderstandOptions {
  readonly classNames?: readonly string[] | undefined;
  /** Milliseconds that never run backwards; decides how many pictures the range is told by. */
  readonly now?: () => number;
}

const NORMAL: Prior = { kind: 'normal' };
const SEED = 1;
/** Pictures by which range and reading are told: as many as fit into the time, within these. */
const MOST_PICTURES = 64;
const LEAST_PICTURES = 4;
const LOOK_MS = 2_000;
const MOST_VALUES = 2 ** 22;

/** @throws AppError model/not-a-generator with what it is instead. */
export async function understand(
  runner: NetworkRunner,
  { classNames = [], now = () => performance.now() }: UnderstandOptions = {},
): Promise<Understood> {
  const guesses: Guess[] = [];
  const warnings: string[] = [];
  const guess = (field: string, certain: boolean, why: string): void =>
    void guesses.push({ field, certain, why });

  const reading = readInputs(runner.inputs);
  if (reading === null) throw noLatent(runner);
  if (isCoordinates(reading.latent, runner.outputs)) throw coordinatesNetwork(reading.latent);
  sayLatent(reading, guess);

  const { feeding, answer, rows } = await firstRun(runner, reading, guess);
  const size = sizeOf(feeding.shape);
  const { output, batched, readings } = choosePicture(answer, feeding, rows, reading);
  const started = now();
  await runOnce(runner, feeding, latentsOf(SEED, rows, size, NORMAL), rows);
  const msEach = Math.max(0.01, (now() - started) / rows);

  const first = readings[0]!;
  if (isPictureToPicture(feeding.shape, first)) throw autoencoder();
  if (runner.outputs.length > 1)
    guess(
      'picture.output',
      answer.size === 1,
      `Of ${runner.outputs.length} outputs ${output} has the largest pictures.`,
    );
  let batch = batchOf(feeding.batch, batched, rows);
  if (batch !== feeding.batch)
    guess('latent.batch', true, 'It makes one picture at a time, however many are asked for.');

  /** Values of `count` pictures, as the network gives them; through the same code that will show them. */
  const look = async (count: number, label: number, prior: Prior = NORMAL): Promise<Float32Array> => {
    const z = latentsOf(SEED, count, size, prior);
    const each = sizeOf([first.height, first.width, first.channels]);
    const values = new Float32Array(count * each);
    const step = batch === 'any' ? Math.min(count, Math.max(1, Math.floor(MOST_VALUES / 8 / each))) : rows;
    for (let from = 0; from < count; from += step) {
      const part = new Float32Array(step * size);
      part.set(z.subarray(from * size, (from + step) * size));
      const given = await runOnce(runner, { ...feeding, batch, label }, part, step);
      values.set(
        (given.get(output)?.data ?? new Float32Array()).subarray(0, (count - from) * each),
        from * each,
      );
    }
    return values;
  };

  const sides = await readSides(runner, feeding, output, classNames, rows, guess);
  const apart = await lookTwice(look, batch, rows);
  if (!apart.deterministic)
    warnings.push('The network draws random numbers of its own: one z gives a new picture each time.');
  else if (!apart.independent) {
    batch = 1;
    guess('latent.batch', false, 'A picture changes with those beside it, so one is made at a time.');
  }

  const most = Math.floor(MOST_VALUES / sizeOf([first.height, first.width, first.channels]));
  const count = Math.max(LEAST_PICTURES, Math.min(MOST_PICTURES, most, Math.floor(LOOK_MS / msEach)));
  const prior = await priorFromPictures((one) => look(LEAST_PICTURES, 0, one), LEAST_PICTURES);
  guesses.push(prior.guess);
  const values = await look(count, 0, prior.prior);
  const chosen = chooseReading(readings, values)!;
  guess('picture.layout', chosen.certain, chosen.why);
  const type: PortType = runner.outputs.find(({ name }) => name === output)?.type ?? 'float32';
  const range = chooseRange(values, type);
  guess('picture.range', range.certain, range.why);
  warnings.push(...faultsOf(values, range.notNumbers, count));

  const contract: GeneratorContract = {
    latent: { input: feeding.latent, shape: feeding.shape, batch, prior: prior.prior },
    ...sides,
    picture: { output, ...chosen.reading, range: range.range },
  };
  createGenerator(runner, contract); // every input is spoken for
  return { contract, guesses, warnings, deterministic: apart.deterministic };
}

function noLatent({ inputs, outputs }: NetworkRunner): AppError {
  const [input] = inputs;
  if (input === undefined)
    return notAGenerator('it has no input, so it always gives the same', 'export it with z as its input');
  if (!input.type.startsWith('float')) return wholeNumbers(input.name);
  return notAGenerator(
    `none of its inputs (${inputs.map(({ name }) => name).join(', ')}) is a vector, and ${outputs.length === 1 ? 'its output' : 'one of its outputs'} should follow from one`,
    'export it with z as its input',
  );
}

function sayLatent({ latent, rivals }: InputReading, guess: Say): void {
  guess(
    'latent.input',
    rivals.length === 0,
    rivals.length === 0
      ? `${latent.name} is the input that can be a latent.`
      : `${latent.name} is taken for the latent; ${rivals.join(', ')} could be it as well.`,
  );
}

interface Apart {
  readonly deterministic: boolean;
  readonly independent: boolean;
}

/** The same pictures again, and alone: equal but for rounding, or the network draws, or mixes what is beside each other. */
async function lookTwice(
  look: (count: number, label: number) => Promise<Float32Array>,
  batch: Batch,
  rows: number,
): Promise<Apart> {
  const together = await look(Math.max(2, rows), 0);
  const again = await look(Math.max(2, rows), 0);
  const scale = together.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const deterministic = differenceOf(together, again) <= 1e-4 * scale;
  if (!deterministic || batch !== 'any') return { deterministic, independent: true };
  const alone = await look(1, 0);
  const independent = differenceOf(alone, together.subarray(0, alone.length)) <= 1e-2 * scale;
  return { deterministic, independent };
}

/** Pictures that nobody could use, said before they are imported. */
function faultsOf(values: Float32Array, notNumbers: number, count: number): readonly string[] {
  if (notNumbers === 1)
    return [
      'Every value of every picture is no number (NaN): the weights are damaged, or halves have overflowed.',
    ];
  const faults: string[] = [];
  if (notNumbers > 0)
    faults.push(`${(notNumbers * 100).toPrecision(2)} % of the values are no numbers and are shown as 0.`);
  const each = values.length / count;
  const first = values.subarray(0, each);
  const same = Array.from({ length: count - 1 }, (_, at) =>
    values.subarray((at + 1) * each, (at + 2) * each),
  );
  if (values.every((value) => value === values[0])) faults.push('All pictures are of one colour.');
  else if (same.every((picture) => differenceOf(first, picture) <= 1e-6))
    faults.push('All z give the same picture.');
  return faults;
}
