// 32-bit floats as text that says them exactly, and no longer than it has to be: the same in the window, in files and on command lines.

/** The shortest decimal that is exactly this 32-bit float again. */
export function exactText(value: number): string {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(single);
}

export const exactNumber = (value: number): number => Number(exactText(value));
