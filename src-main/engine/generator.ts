/**
 * From latents to pictures by a contract: which input takes z, how a class gets in, what fills the rest, how many pictures
 * one run makes. The network knows nothing of this and the contract nothing of the network.
 */
import { AppError } from '#shared/errors';
import type { Batch, GeneratorContract } from '#shared/importing';
import type { NetworkRunner, NumberArray } from './network-runner';
import { channelOrder, type ChannelOrder } from './picture-order';

export interface Generator {
  /** Numbers of one z. */
  readonly size: number;
  readonly order: ChannelOrder;
  /** Values as the network gives them, in `order`. `condition` is the class of every picture. // [count, size] -> [count, ...picture] */
  readonly decode: (z: Float32Array, count: number, condition?: number) => Promise<Float32Array>;
  readonly dispose: () => Promise<void>;
}

/** Pictures in one run of the network: enough to keep the processor busy, few enough that a hand is answered between two runs of a grid. */
const MOST_ROWS = 256;
const MOST_VALUES = 2 ** 18;

/** @throws AppError model/ports where the contract names a port that the network does not have, or one is left unfilled. */
export function createGenerator(runner: NetworkRunner, contract: GeneratorContract): Generator {
  checkPorts(runner, contract);
  const { latent, picture } = contract;
  const size = elements(latent.shape);
  const each = picture.height * picture.width * picture.channels;
  const rowsPerRun = rowsOf(latent.batch, each);
  const fills = fillersOf(runner, contract);

  async function run(z: Float32Array, rows: number, condition: number): Promise<Float32Array> {
    const feeds = new Map<string, NumberArray>();
    for (const [name, fill] of fills) feeds.set(name, fill(z, rows, condition));
    const output = (await runner.run(feeds, [picture.output])).get(picture.output);
    const data = output?.data ?? new Float32Array();
    if (data.length === rows * each) return data;
    throw new AppError({
      code: 'model/size',
      headline: 'The pictures have another size than was said',
      where: `output ${picture.output}`,
      cause: `${rows * each} numbers are expected and ${data.length} come`,
      remedy: 'correct height, width and channels',
    });
  }

  return {
    size,
    order: channelOrder(picture.layout),
    async decode(z, count, condition = 0) {
      if (count === rowsPerRun || (latent.batch === 'any' && count <= rowsPerRun))
        return run(z, count, condition);
      const values = new Float32Array(count * each);
      for (let from = 0; from < count; from += rowsPerRun) {
        const wanted = Math.min(rowsPerRun, count - from);
        const rows = latent.batch === 'any' ? wanted : rowsPerRun;
        const part = z.subarray(from * size, (from + wanted) * size);
        const answer = await run(padded(part, size, rows), rows, condition);
        values.set(answer.subarray(0, wanted * each), from * each);
      }
      return values;
    },
    dispose: () => runner.dispose(),
  };
}

/** How many pictures one run of the network is asked for. */
export function rowsOf(batch: Batch, valuesOfPicture: number): number {
  if (batch === 'none') return 1;
  if (typeof batch === 'number') return batch;
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / valuesOfPicture)));
}

/** A network of a fixed batch is given its last row again and again until it is full. */
export function padded(rows: Float32Array, each: number, wanted: number): Float32Array {
  if (rows.length === wanted * each) return rows;
  const full = new Float32Array(wanted * each);
  full.set(rows);
  for (let at = rows.length; at < full.length; at += each)
    full.copyWithin(at, rows.length - each, rows.length);
  return full;
}

type Filler = (z: Float32Array, rows: number, condition: number) => NumberArray;

function fillersOf(
  runner: NetworkRunner,
  { latent, condition, fixed }: GeneratorContract,
): ReadonlyMap<string, Filler> {
  const size = elements(latent.shape);
  const batched = (shape: readonly number[], rows: number): readonly number[] =>
    latent.batch === 'none' ? shape : [rows, ...shape];
  const fills = new Map<string, Filler>();
  const appended = condition?.input === latent.input;
  fills.set(latent.input, (z, rows, wanted) =>
    appended && condition !== null
      ? { shape: batched([size + condition.size], rows), data: appendClass(z, size, condition.size, wanted) }
      : { shape: batched(latent.shape, rows), data: z },
  );
  if (condition !== null && !appended) {
    const rank = runner.inputs.find(({ name }) => name === condition.input)?.shape.length ?? 1;
    fills.set(condition.input, (_z, rows, wanted) =>
      condition.encoding === 'one-hot'
        ? {
            shape: batched([condition.size], rows),
            data: appendClass(new Float32Array(), 0, condition.size, wanted, rows),
          }
        : {
            shape: rank === 0 ? [] : [rows, ...new Array<number>(rank - 1).fill(1)],
            data: new Float32Array(rank === 0 ? 1 : rows).fill(wanted),
          },
    );
  }
  for (const { input, shape, value } of fixed) {
    const port = runner.inputs.find(({ name }) => name === input);
    fills.set(input, (_z, rows) => {
      const whole = shape.map((side, at) => (at === 0 && port?.shape[0] === null ? rows : side));
      return { shape: whole, data: new Float32Array(elements(whole)).fill(value) };
    });
  }
  return fills;
}

/** Each latent with its class one-hot after it. // [rows, size] -> [rows, size + classes] */
function appendClass(
  z: Float32Array,
  size: number,
  classes: number,
  wanted: number,
  count = z.length / size,
): Float32Array {
  const width = size + classes;
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    rows.set(z.subarray(row * size, (row + 1) * size), row * width);
    rows[row * width + size + wanted] = 1;
  }
  return rows;
}

const elements = (shape: readonly number[]): number => shape.reduce((total, side) => total * side, 1);

function checkPorts(
  { inputs, outputs }: NetworkRunner,
  { latent, condition, fixed, picture }: GeneratorContract,
): void {
  const named = new Set([latent.input, condition?.input ?? latent.input, ...fixed.map(({ input }) => input)]);
  const known = new Set(inputs.map(({ name }) => name));
  const unknown = [...named].find((name) => !known.has(name));
  if (unknown !== undefined) throw wrongPort(`input ${unknown}`, 'the network has no such input');
  const unfilled = inputs.find(({ name }) => !named.has(name));
  if (unfilled !== undefined) throw wrongPort(`input ${unfilled.name}`, 'nothing is said to go into it');
  if (!outputs.some(({ name }) => name === picture.output))
    throw wrongPort(`output ${picture.output}`, 'the network has no such output');
}

function wrongPort(where: string, cause: string): AppError {
  return new AppError({
    code: 'model/ports',
    headline: 'The inputs and outputs are not those of the network',
    where,
    cause,
    remedy: 'choose among those that it has',
  });
}
