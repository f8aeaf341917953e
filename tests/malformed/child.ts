// A process that takes one case after another, as it is told, so that one that ends it or never ends is noticed by whoever told it.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readHdf5Apart } from '#engine/loaders/hdf5';
import { make, runCase, type Made, type Outcome } from './case';
import { FORMATS } from './formats';

export interface Task {
  readonly format: string;
  readonly id: string;
}
export type Answer = Outcome & { readonly tensors: number };

readHdf5Apart(new URL('./hdf5.mjs', import.meta.url)); // as the inspector does
const root = process.argv[2] ?? '';
const made = new Map<string, Promise<Made>>();
let number = 0;

function madeOf(name: string): Promise<Made> {
  const format = FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  const known = made.get(name) ?? make(format);
  made.set(name, known);
  return known;
}

const { engine } = await import('@tensorflow/tfjs');
// so that what is loaded once is not counted as the memory of the first case
const { selectBackend } = await import('#engine/backends/select');
await selectBackend();

process.on('message', ({ format, id }: Task) => void answer(format, id));
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });

async function answer(format: string, id: string): Promise<void> {
  const folder = join(root, `${process.pid}-${number++}`);
  await mkdir(folder, { recursive: true });
  const all = await madeOf(format);
  const before = engine().memory().numTensors;
  const outcome = await runCase(all, id, folder);
  const tensors = engine().memory().numTensors - before;
  await rm(folder, { recursive: true, force: true });
  process.send?.({ ...outcome, tensors } satisfies Answer);
}
