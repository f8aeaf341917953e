// The class colours stay apart for every kind of eye, and are seen on their background.
import { describe, expect, it } from 'vitest';
import { classColour, classShape, type ChartTheme } from '../../../src-renderer/charts/palette';

type Triple = readonly [number, number, number];

/** What dichromats see of linear RGB: Machado, Oliveira & Fernandes 2009, severity 1. */
const EYES: Readonly<Record<string, readonly Triple[]>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const linear = (byte: number): number =>
  byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
const rgbOf = (hex: string): Triple =>
  [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16))) as unknown as Triple;
const seenBy = (eye: readonly Triple[], rgb: Triple): Triple =>
  eye.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, weight, i) => sum + weight * rgb[i]!, 0),
      ),
    ),
  ) as unknown as Triple;

/** Ottosson's OKLab: equal distances look about equally large. */
function oklab([r, g, b]: Triple): Triple {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function closest(colours: readonly Triple[]): number {
  const labs = colours.map(oklab);
  return Math.min(
    ...labs.flatMap((a, i) => labs.slice(0, i).map((b) => Math.hypot(...a.map((value, k) => value - b[k]!)))),
  );
}

const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Triple, b: Triple): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

const BACKGROUND: Readonly<Record<ChartTheme, string>> = { light: '#fafaf7', dark: '#17181b' };
const indices = Array.from({ length: 10 }, (_, i) => i);

describe.each(['light', 'dark'] as const)('class colours in %s', (theme) => {
  const colours = indices.map((i) => rgbOf(classColour(i, theme)));

  it.each(Object.keys(EYES))('stay apart for %s eyes', (kind) => {
    // 0.02 is about what an eye just notices
    expect(closest(colours.map((rgb) => seenBy(EYES[kind]!, rgb)))).toBeGreaterThan(0.08);
  });

  it('are seen on their background', () => {
    for (const rgb of colours) expect(contrast(rgb, rgbOf(BACKGROUND[theme]))).toBeGreaterThan(2.1);
  });
});

it('every class has a shape of its own', () => {
  expect(new Set(indices.map(classShape)).size).toBe(10);
});
