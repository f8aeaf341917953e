// Tens of thousands of glyphs as pixels: each kind of glyph is drawn once by the browser, and its coverage is laid into the picture by
// hand. A canvas that draws them one by one takes five times as long where there is no graphics card.
import { CLASS_SHAPES, rampRgb, rgbOf, type ColourTheme } from '#shared/class-colours';
import { classColour } from './palette';

/** How each point looks: a number of `glyphs`, or NO_GLYPH where it is not shown. */
export interface Glyphs {
  readonly of: Uint8Array; // [count]
  readonly glyphs: readonly Glyph[];
}
export const NO_GLYPH = 255;

export interface Glyph {
  readonly shape: number;
  readonly rgb: readonly [number, number, number];
}

const RAMP_STEPS = 64;
const OPACITY: Readonly<Record<ColourTheme, number>> = { light: 0.78, dark: 0.85 };
const DIMMED = 0.12;
const PLAIN: Readonly<Record<ColourTheme, string>> = { light: '#3b4a6b', dark: '#9bb4e0' };
const NO_VALUE: Readonly<Record<ColourTheme, string>> = { light: '#b9b8b0', dark: '#4b5059' };

export const plainGlyphs = (count: number, theme: ColourTheme): Glyphs => ({
  of: new Uint8Array(count),
  glyphs: [{ shape: 0, rgb: rgbOf(PLAIN[theme]) }],
});

export function classGlyphs(
  labels: Uint8Array,
  classes: number,
  hidden: ReadonlySet<number>,
  theme: ColourTheme,
): Glyphs {
  const most = Math.min(classes, NO_GLYPH - 1);
  const glyphs = Array.from({ length: most }, (_, i) => ({ shape: i, rgb: rgbOf(classColour(i, theme)) }));
  return {
    of: labels.map((label) => (hidden.has(label) ? NO_GLYPH : Math.min(label, most))),
    // without a class
    glyphs: [...glyphs, { shape: 0, rgb: rgbOf(NO_VALUE[theme]) }],
  };
}

export function numberGlyphs(values: Float32Array, low: number, high: number, theme: ColourTheme): Glyphs {
  const glyphs = Array.from({ length: RAMP_STEPS }, (_, i) => ({
    shape: 0,
    rgb: rampRgb(i / (RAMP_STEPS - 1), theme),
  }));
  return {
    of: Uint8Array.from(values, (value) =>
      Number.isFinite(value)
        ? Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * (RAMP_STEPS - 1))
        : RAMP_STEPS,
    ),
    glyphs: [...glyphs, { shape: 0, rgb: rgbOf(NO_VALUE[theme]) }],
  };
}

/** Where a point falls in pixels: scale * x + left, top - scale * y. */
export interface PixelView {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

interface Coverage {
  readonly dx: Int8Array;
  readonly dy: Int8Array;
  readonly alpha: Float32Array;
}

export interface Raster {
  /** Points of `apart` stand out from the rest. Gives how many are in sight. */
  draw(
    xy: Float32Array,
    glyphs: Glyphs,
    view: PixelView,
    look: { readonly radius: number; readonly theme: ColourTheme; readonly apart: Uint8Array | null },
  ): number;
}

export function mapRaster(canvas: HTMLCanvasElement): Raster {
  const context = canvas.getContext('2d');
  const coverages = new Map<string, Coverage>();
  let image: ImageData | null = null;

  function coverageOf(shape: number, radius: number): Coverage {
    const key = `${shape % CLASS_SHAPES.length} ${radius}`;
    const known = coverages.get(key) ?? measured(CLASS_SHAPES[shape % CLASS_SHAPES.length]!, radius);
    coverages.set(key, known);
    return known;
  }

  return {
    draw(xy, { of, glyphs }, { scale, left, top }, { radius, theme, apart }) {
      const { width, height } = canvas;
      if (context === null || width === 0 || height === 0) return 0;
      if (image?.width !== width || image.height !== height) image = context.createImageData(width, height);
      const { data } = image;
      data.fill(0);
      const kinds = glyphs.map(({ shape, rgb }) => ({ ...coverageOf(shape, radius), rgb }));
      let inSight = 0;
      for (let at = 0; at < of.length; at++) {
        const kind = kinds[of[at]!];
        if (kind === undefined) continue;
        const x = Math.round(scale * xy[2 * at]! + left);
        const y = Math.round(top - scale * xy[2 * at + 1]!);
        // NaN falls out here as well
        if (!(x > -9 && y > -9 && x < width + 9 && y < height + 9)) continue;
        inSight++;
        const opacity = apart === null || apart[at] === 1 ? OPACITY[theme] : DIMMED;
        const { dx, dy, alpha, rgb } = kind;
        for (let i = 0; i < alpha.length; i++) {
          const [px, py] = [x + dx[i]!, y + dy[i]!];
          if (px < 0 || py < 0 || px >= width || py >= height) continue;
          const to = 4 * (py * width + px);
          const own = opacity * alpha[i]!;
          const below = (data[to + 3]! / 255) * (1 - own);
          const both = own + below;
          data[to] = (rgb[0] * own + data[to]! * below) / both;
          data[to + 1] = (rgb[1] * own + data[to + 1]! * below) / both;
          data[to + 2] = (rgb[2] * own + data[to + 2]! * below) / both;
          data[to + 3] = 255 * both;
        }
      }
      context.putImageData(image, 0, 0);
      return inSight;
    },
  };
}

/** Which pixels a shape covers around its middle, and how much of each. */
function measured(path: string, radius: number): Coverage {
  const reach = Math.ceil(1.25 * radius) + 1;
  const side = 2 * reach + 1;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const [dx, dy, alpha]: [number[], number[], number[]] = [[], [], []];
  if (context !== null) {
    context.translate(side / 2, side / 2);
    context.scale(radius, radius);
    context.fill(new Path2D(path));
    const { data } = context.getImageData(0, 0, side, side);
    for (let at = 0; at < side * side; at++) {
      const covered = data[4 * at + 3]! / 255;
      if (covered < 0.04) continue;
      dx.push((at % side) - reach);
      dy.push(Math.floor(at / side) - reach);
      alpha.push(covered);
    }
  }
  return { dx: Int8Array.from(dx), dy: Int8Array.from(dy), alpha: Float32Array.from(alpha) };
}
