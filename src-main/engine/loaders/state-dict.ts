/** The tensors of a PyTorch file by their names, and what their shapes tell of the network they belong to. */
import type { ListedTensor } from '#shared/errors';
import { MAX_TENSORS } from '../store/limits';
import { isKind, type PickleValue } from './pickle';

const DEEPEST = 16;

/** Dicts in dicts, names joined by dots, as `load_state_dict` wants them. */
export function listTensors(value: PickleValue | undefined): readonly ListedTensor[] {
  const found: ListedTensor[] = [];
  const seen = new Set<PickleValue>(); // a dict may hold itself
  const walk = (part: PickleValue | undefined, name: string, depth: number): void => {
    if (part === undefined || depth > DEEPEST || found.length >= MAX_TENSORS) return;
    if (isKind(part, 'tensor')) found.push({ name, shape: part.shape, type: part.type });
    if (!isKind(part, 'dict') && !isKind(part, 'list') && !isKind(part, 'tuple')) return;
    if (seen.has(part)) return;
    seen.add(part);
    const entries = isKind(part, 'dict')
      ? part.entries
      : part.items.map((item, at) => [at, item] as [PickleValue, PickleValue]);
    for (const [key, item] of entries) {
      const own = typeof key === 'string' || typeof key === 'number' ? String(key) : '?';
      walk(item, name === '' ? own : `${name}.${own}`, depth + 1);
    }
  };
  walk(value, '', 0);
  return found;
}

/** The dict inside a checkpoint that most likely is the generator's, as the keys that lead to it; [] for the whole file. */
export function generatorKeys(value: PickleValue | undefined, depth = 0): readonly string[] {
  if (!isKind(value, 'dict') || depth > DEEPEST) return [];
  const dicts = value.entries.flatMap(([key, item]) =>
    typeof key === 'string' && listTensors(item).length > 1 ? [[key, item] as const] : [],
  );
  const own = value.entries.some(([, item]) => isKind(item, 'tensor'));
  if (own || dicts.length === 0) return [];
  const order = [/ema/i, /^(net)?_?g(en|enerator)?(_|$)/i, /dec/i, /state_dict/i, /model|net|params/i];
  for (const pattern of order) {
    const [key, item] = dicts.find(([name]) => pattern.test(name)) ?? [];
    if (key !== undefined) return [key, ...generatorKeys(item, depth + 1)];
  }
  const [first] = dicts;
  return first === undefined ? [] : [first[0], ...generatorKeys(first[1], depth + 1)];
}

export interface Shapes {
  /** Of one latent, without the batch; undefined where the weights do not tell. */
  readonly latent: readonly number[] | undefined;
  readonly channels: number | undefined;
  /** "main.0.weight [64, 512, 4, 4]": what speaks for the latent. */
  readonly because: string;
}

/**
 * A dense weight of PyTorch is [out, in], one of a transposed convolution [in, out, k, k], of a plain one [out, in, k, k].
 * Which of the two it is, the vector after it tells: a bias or a norm has the size of what comes out.
 */
export function shapesOf(
  tensors: readonly { readonly name?: string; readonly shape: readonly number[] }[],
): Shapes {
  const at = tensors.findIndex(({ shape, name }) => isWeight(shape) && !/running|embed/.test(name ?? ''));
  const first = tensors[at];
  const last = tensors.findLast(({ shape }) => isWeight(shape));
  if (first === undefined || last === undefined)
    return { latent: undefined, channels: undefined, because: '' };
  const after = tensors.slice(at + 1).find(({ shape }) => shape.length === 1)?.shape[0];
  const [a = 0, b = 0] = first.shape;
  const transposed = after !== undefined && a !== b ? after === b : true;
  const size = first.shape.length === 2 ? b : transposed ? a : b;
  const isPicture = first.shape.length === 4 && size <= 4;
  const [c = 0, d = 0] = last.shape;
  const channels = last.shape.length === 4 ? [d, c].find((each) => [1, 3, 4].includes(each)) : undefined;
  return {
    latent: isPicture ? undefined : first.shape.length === 2 ? [size] : [size, 1, 1],
    channels,
    because: `${first.name ?? 'the first weight'} [${first.shape.join(', ')}]`,
  };
}

const isWeight = (shape: readonly number[]): boolean => shape.length === 2 || shape.length === 4;
