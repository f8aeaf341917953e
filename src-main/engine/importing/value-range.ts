/** Which numbers are black and white, told by what a generator gives for many latents. */

export interface RangeChoice {
  readonly range: readonly [number, number];
  /** Smallest and largest number that is one; [0, 0] where there is none. */
  readonly seen: readonly [number, number];
  readonly certain: boolean;
  readonly why: string;
  /** Shares of the values. */
  readonly notNumbers: number;
}

/** What rounding of a last activation may exceed its range by. */
const SLACK = 2e-3;
/** Linear last layers miss their range by about this share at the ends; the middle 99 % do not. */
const SPILL = 0.3;

export function chooseRange(values: Float32Array, type = 'float32'): RangeChoice {
  const numbers = values.filter(Number.isFinite).sort();
  const notNumbers = values.length === 0 ? 0 : 1 - numbers.length / values.length;
  const low = numbers[0] ?? 0;
  const high = numbers.at(-1) ?? 0;
  const seen = [low, high] as const;
  const answer = (range: readonly [number, number], certain: boolean, why: string): RangeChoice => ({
    range,
    seen,
    certain,
    why,
    notNumbers,
  });
  const between = `All values lie from ${short(low)} to ${short(high)}`;
  if (type === 'uint8') return answer([0, 255], true, 'The output is of bytes.');
  if (numbers.length === 0) return answer([0, 1], false, 'No value is a number.');
  if (low === high)
    return answer(
      low >= 0 && low <= 1
        ? [0, 1]
        : low >= -1 && low <= 1
          ? [-1, 1]
          : low >= 0 && low <= 255
            ? [0, 255]
            : [low - 1, low + 1],
      false,
      `All values are ${short(low)}.`,
    );
  if (low >= -SLACK && high <= 1 + SLACK) return answer([0, 1], high - low > 0.5, `${between}.`);
  if (low >= -1 - SLACK && high <= 1 + SLACK) return answer([-1, 1], high - low > 1, `${between}.`);
  if (low >= -0.5 && high <= 255.5 && high > 16) return answer([0, 255], high - low > 100, `${between}.`);
  const quantile = (share: number): number => numbers[Math.round(share * (numbers.length - 1))] ?? 0;
  const [bottom, top] = [quantile(0.005), quantile(0.995)];
  const most = `Of 100 values 99 lie from ${short(bottom)} to ${short(top)}, and the network does not bound them`;
  if (bottom >= -SPILL && top <= 1 + SPILL) return answer([0, 1], false, `${most}; [0, 1] is nearest.`);
  if (bottom >= -1 - 2 * SPILL && top <= 1 + 2 * SPILL)
    return answer([-1, 1], false, `${most}; [-1, 1] is nearest.`);
  if (bottom >= -255 * SPILL && top <= 255 * (1 + SPILL) && top > 64)
    return answer([0, 255], false, `${most}; [0, 255] is nearest.`);
  const [from, to] = [rounded(bottom), rounded(top)];
  return answer(from < to ? [from, to] : [low, high], false, `${most}.`);
}

const rounded = (value: number): number => Number(value.toPrecision(2));
const short = (value: number): string => String(Number(value.toPrecision(3)));
