// Digits drawn as strokes, with a known class, slant and thickness: what MNIST shows, with the truth attached, and made in a moment.
import { mixSeed, seededRandom } from '#shared/random';
import { drawnSource, type FactoredSource } from './factored-source';

export interface GlyphOptions {
  /** Pixels a side: 16 or 28 are usual. */
  readonly size: number;
  readonly count: number;
  readonly seed: number;
  /** Shear at slant 1: 0.42 is 23 degrees, 0.2 is 11. */
  readonly slant?: number;
  /** Which digits. */
  readonly classes?: readonly number[];
}

export const GLYPH_FACTORS = ['class', 'slant', 'thickness', 'scale', 'shiftX', 'shiftY'] as const;
export type GlyphFactor = (typeof GLYPH_FACTORS)[number];
export type Glyph = Readonly<Record<GlyphFactor, number>>;

export const DEFAULT_SLANT = 0.42;
const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
/** Every point of a stroke is moved a little: hands are not rulers. */
const JITTER = 0.02;

type Stroke = readonly number[]; // x, y, x, y, … in [-1, 1], y down

function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number, points = 14): Stroke {
  return Array.from({ length: points }, (_, i) => {
    const angle = ((from + ((to - from) * i) / (points - 1)) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  }).flat();
}

/** Corners, with points between them so that jitter bends the lines. */
function line(...corners: readonly (readonly [number, number])[]): Stroke {
  const steps = 4;
  const points = corners.slice(1).flatMap(([x, y], i) => {
    const [fromX, fromY] = corners[i]!;
    return Array.from({ length: steps }, (_, step) => {
      const t = (step + 1) / steps;
      return [fromX + t * (x - fromX), fromY + t * (y - fromY)];
    }).flat();
  });
  return [...corners[0]!, ...points];
}

const STROKES: readonly (readonly Stroke[])[] = [
  [arc(0, 0, 0.5, 0.8, 0, 360, 26)],
  [line([-0.2, -0.55], [0.05, -0.8], [0.05, 0.8])],
  [arc(0, -0.38, 0.45, 0.42, 180, 400), line([0.33, -0.1], [-0.45, 0.8], [0.5, 0.8])],
  [arc(0, -0.4, 0.42, 0.4, 200, 450), arc(0, 0.4, 0.46, 0.4, -90, 160)],
  [line([0.2, 0.8], [0.2, -0.8], [-0.5, 0.3], [0.5, 0.3])],
  [line([0.42, -0.8], [-0.35, -0.8], [-0.38, -0.1]), arc(-0.02, 0.3, 0.46, 0.48, -135, 140, 16)],
  [arc(0.15, 0, 0.6, 0.8, 250, 150, 9), arc(0, 0.38, 0.44, 0.42, 0, 360, 20)],
  [line([-0.48, -0.8], [0.48, -0.8], [-0.1, 0.8])],
  [arc(0, -0.4, 0.36, 0.38, 0, 360, 18), arc(0, 0.4, 0.44, 0.4, 0, 360, 20)],
  [arc(0, -0.36, 0.42, 0.42, 0, 360, 20), line([0.42, -0.36], [0.3, 0.8])],
];

export function glyphSource(options: GlyphOptions): FactoredSource {
  const { size, count, seed, slant = DEFAULT_SLANT, classes = DIGITS } = options;
  const values = new Float32Array(count * GLYPH_FACTORS.length);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const label = index % classes.length;
    labels[index] = label;
    const glyph = sampleGlyph(mixSeed(seed, index), classes[label]!);
    values.set(
      GLYPH_FACTORS.map((name) => glyph[name]),
      index * GLYPH_FACTORS.length,
    );
  }
  return drawnSource({
    count,
    shape: { height: size, width: size, channels: 1, classes: classes.length },
    labels,
    classNames: classes.map(String),
    factors: { names: GLYPH_FACTORS, values },
    draw(index, pixels) {
      const glyph = sampleGlyph(mixSeed(seed, index), classes[index % classes.length]!);
      drawGlyph(glyph, size, mixSeed(mixSeed(seed, index), 1), pixels, slant);
    },
  });
}

function sampleGlyph(seed: number, digit: number): Glyph {
  const { uniform } = seededRandom(seed);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  return {
    class: digit,
    slant: between(-1, 1),
    thickness: between(-1, 1),
    scale: between(0.8, 1),
    shiftX: between(-0.1, 0.1),
    shiftY: between(-0.1, 0.1),
  };
}

/** White strokes on black, anti-aliased. // pixels [size, size] */
export function drawGlyph(
  glyph: Glyph,
  size: number,
  jitterSeed: number,
  pixels: Uint8Array,
  slant: number = DEFAULT_SLANT,
): void {
  const random = seededRandom(jitterSeed);
  const squares = new Float64Array(size * size).fill(Infinity);
  const width = 0.13 + 0.05 * glyph.thickness;
  const softness = 0.5 / size;
  const reach = width + 7 * softness;
  const pixelOf = (at: number): number => ((at + 1) * size) / 2 - 0.5;
  for (const stroke of STROKES[glyph.class]!) {
    const points = placed(stroke);
    for (let i = 0; i + 3 < points.length; i += 2) {
      const [x0, y0, x1, y1] = [points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!];
      const [dx, dy] = [x1 - x0, y1 - y0];
      const length = dx * dx + dy * dy || 1;
      const left = Math.max(0, Math.ceil(pixelOf(Math.min(x0, x1) - reach)));
      const right = Math.min(size - 1, Math.floor(pixelOf(Math.max(x0, x1) + reach)));
      const top = Math.max(0, Math.ceil(pixelOf(Math.min(y0, y1) - reach)));
      const bottom = Math.min(size - 1, Math.floor(pixelOf(Math.max(y0, y1) + reach)));
      for (let row = top; row <= bottom; row++) {
        const y = ((row + 0.5) * 2) / size - 1 - y0;
        for (let column = left; column <= right; column++) {
          const x = ((column + 0.5) * 2) / size - 1 - x0;
          const t = Math.min(1, Math.max(0, (x * dx + y * dy) / length));
          const square = (x - t * dx) ** 2 + (y - t * dy) ** 2;
          if (square < squares[row * size + column]!) squares[row * size + column] = square;
        }
      }
    }
  }
  for (let i = 0; i < size * size; i++) {
    const distance = Math.sqrt(squares[i]!);
    pixels[i] = distance > reach ? 0 : Math.round(255 / (1 + Math.exp((distance - width) / softness)));
  }

  function placed(stroke: Stroke): Float64Array {
    const points = new Float64Array(stroke.length);
    for (let i = 0; i < stroke.length; i += 2) {
      const x = 0.95 * glyph.scale * stroke[i]! + JITTER * random.normal();
      const y = 0.95 * glyph.scale * stroke[i + 1]! + JITTER * random.normal();
      points[i] = 0.95 * x - slant * glyph.slant * y + glyph.shiftX;
      points[i + 1] = y + glyph.shiftY;
    }
    return points;
  }
}
