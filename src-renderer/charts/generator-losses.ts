// The two losses of the generator against D(G(z)) (Goodfellow 2016, arXiv 1701.00160, figure 16): where D sees through a picture, near 0,
// the minimax loss ln(1 - D) is flat and the non-saturating one -ln D is steep. Slopes are those in D; through the logit, D' = D (1 - D)
// makes them D and 1 - D.

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface GeneratorLoss {
  readonly name: string;
  readonly style: number;
  readonly value: (d: number) => number;
  readonly slope: (d: number) => number;
  /** What reaches the generator through the logit, without its sign. */
  readonly passed: (d: number) => number;
}

export const GENERATOR_LOSSES: readonly GeneratorLoss[] = [
  {
    name: 'non-saturating',
    style: 1,
    value: (d) => -Math.log(d),
    slope: (d) => -1 / d,
    passed: (d) => 1 - d,
  },
  {
    name: 'minimax',
    style: 2,
    value: (d) => Math.log(1 - d),
    slope: (d) => -1 / (1 - d),
    passed: (d) => d,
  },
];

const POINTS = 120;

/** From `least` to 1 - `least`, denser towards the ends, where the curves bend. */
export function lossCurve({ value }: GeneratorLoss, least: number): readonly Point[] {
  return Array.from({ length: POINTS + 1 }, (_, i) => {
    const x = least + ((1 - 2 * least) * (1 - Math.cos((Math.PI * i) / POINTS))) / 2;
    return { x, y: value(x) };
  });
}

/** A piece of the tangent at `d` that is `half` long on each side, as it is seen with these scales. */
export function tangent(
  { value, slope }: GeneratorLoss,
  d: number,
  { perX, perY, half }: { readonly perX: number; readonly perY: number; readonly half: number },
): readonly [Point, Point] {
  const length = Math.hypot(perX, slope(d) * perY);
  const [dx, dy] = [half / length, (half * slope(d)) / length];
  return [
    { x: d - dx, y: value(d) - dy },
    { x: d + dx, y: value(d) + dy },
  ];
}
