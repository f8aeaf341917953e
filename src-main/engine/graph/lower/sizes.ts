/**
 * Sizes as a graph computes them: numbers, whole multiples of the batch ("4 pictures for each in the batch"), and null
 * where nothing is known. So that what reshapes [batch, 7, 7, 64] need not compute its shape when it runs.
 */
export interface BatchMultiple {
  readonly times: number;
}
export type Size = number | BatchMultiple | null;

export const BATCH: BatchMultiple = { times: 1 };

export const isNumber = (size: Size | undefined): size is number => typeof size === 'number';
export const areNumbers = (sizes: readonly Size[]): sizes is readonly number[] => sizes.every(isNumber);

export function sameSize(a: Size, b: Size): boolean {
  if (a === null || b === null) return false;
  return isNumber(a) ? a === b : !isNumber(b) && a.times === b.times;
}

export function multiply(a: Size, b: Size): Size {
  if (a === 0 || b === 0) return 0;
  if (a === null || b === null) return null;
  if (isNumber(a)) return isNumber(b) ? a * b : { times: a * b.times };
  return isNumber(b) ? { times: a.times * b } : null;
}

export const productOf = (sizes: readonly Size[]): Size => sizes.reduce<Size>(multiply, 1);

/** Null where it is not known, or does not come out even. */
export function divide(a: Size, b: Size): Size {
  if (a === null || b === null || b === 0) return null;
  if (isNumber(b)) {
    if (isNumber(a)) return Number.isInteger(a / b) ? a / b : null;
    return Number.isInteger(a.times / b) ? { times: a.times / b } : null;
  }
  if (isNumber(a)) return null;
  return Number.isInteger(a.times / b.times) ? a.times / b.times : null;
}

export function add(a: Size, b: Size): Size {
  if (a === 0) return b;
  if (b === 0) return a;
  if (a === null || b === null) return null;
  if (isNumber(a) && isNumber(b)) return a + b;
  return !isNumber(a) && !isNumber(b) ? { times: a.times + b.times } : null;
}

/** The shape of an operation on two tensors of which one is repeated along sizes of 1. */
export function broadcast(a: readonly Size[], b: readonly Size[]): readonly Size[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Size => {
    const one = axis < rank - a.length ? 1 : (a[axis - rank + a.length] ?? null);
    const other = axis < rank - b.length ? 1 : (b[axis - rank + b.length] ?? null);
    if (one === 1) return other;
    if (other === 1 || sameSize(one, other)) return one;
    // A number above 1 against an open size: the open one has to be this number, or 1.
    if (isNumber(one)) return one;
    return isNumber(other) ? other : null;
  });
}
