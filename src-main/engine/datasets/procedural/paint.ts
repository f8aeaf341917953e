// A small canvas of floats for shapes given as signed distances: negative inside, one unit per unit of length at the edge. Coverage of
// a pixel follows from the distance of its middle, so edges are smooth without drawing anything twice.

export type Colour = readonly [red: number, green: number, blue: number];
export type Box = readonly [left: number, top: number, right: number, bottom: number];
/** Signed distance of a point from a shape's edge. */
export type Distance = (x: number, y: number) => number;

/** Where the canvas lies in the plane of the shapes: the middle of its frame, and half of its side. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly half: number;
}

export interface Paint {
  readonly colour: Colour;
  readonly opacity?: number;
  /** Width of the edge; one pixel where it is not given. */
  readonly softness?: number;
  /** The colour is multiplied by base + gain * light at the pixel; not lit where it is not given. */
  readonly lit?: readonly [base: number, gain: number];
}

export interface Canvas {
  readonly size: number;
  readonly colours: Float32Array; // [size, size, 3]
  /** How bright each pixel of a lit shape is. // [size, size] */
  readonly light: Float32Array;
  fill(box: Box, distance: Distance, paint: Paint): void;
  /** Colours of whole pixels, before any shape. */
  background(colourAt: (x: number, y: number) => Colour): void;
  setLight(box: Box, lightAt: (x: number, y: number) => number): void;
  toBytes(pixels: Uint8Array): void;
}

export function createCanvas(size: number, frame: Frame): Canvas {
  const colours = new Float32Array(size * size * 3);
  const light = new Float32Array(size * size).fill(1);
  const unit = (2 * frame.half) / size;
  const xOf = (column: number): number => frame.x - frame.half + (column + 0.5) * unit;
  const yOf = (row: number): number => frame.y - frame.half + (row + 0.5) * unit;
  const first = (at: number, middle: number): number =>
    Math.max(0, Math.floor((at - middle + frame.half) / unit - 1));
  const last = (at: number, middle: number): number =>
    Math.min(size - 1, Math.ceil((at - middle + frame.half) / unit + 1));

  function each(box: Box, visit: (pixel: number, x: number, y: number) => void): void {
    const [left, right] = [first(box[0], frame.x), last(box[2], frame.x)];
    const [top, bottom] = [first(box[1], frame.y), last(box[3], frame.y)];
    for (let row = top; row <= bottom; row++) {
      const y = yOf(row);
      for (let column = left; column <= right; column++) visit(row * size + column, xOf(column), y);
    }
  }

  const whole: Box = [-Infinity, -Infinity, Infinity, Infinity];
  return {
    size,
    colours,
    light,
    fill(box, distance, { colour, opacity = 1, softness = 0, lit }) {
      const [red, green, blue] = colour;
      const edge = Math.max(unit, softness);
      const [base, gain] = lit ?? [1, 0];
      each(box, (pixel, x, y) => {
        const coverage = 0.5 - distance(x, y) / edge;
        if (coverage <= 0) return;
        const alpha = opacity * Math.min(1, coverage);
        const bright = base + gain * light[pixel]!;
        const at = 3 * pixel;
        colours[at] = colours[at]! + alpha * (red * bright - colours[at]!);
        colours[at + 1] = colours[at + 1]! + alpha * (green * bright - colours[at + 1]!);
        colours[at + 2] = colours[at + 2]! + alpha * (blue * bright - colours[at + 2]!);
      });
    },
    background(colourAt) {
      each(whole, (pixel, x, y) => colours.set(colourAt(x, y), 3 * pixel));
    },
    setLight(box, lightAt) {
      each(box, (pixel, x, y) => {
        light[pixel] = lightAt(x, y);
      });
    },
    toBytes(pixels) {
      for (let i = 0; i < colours.length; i++)
        pixels[i] = Math.min(255, Math.max(0, Math.round(255 * colours[i]!)));
    },
  };
}

/** Nearly the distance from an ellipse: exact on its edge, right in slope (Inigo Quilez, "ellipsoid - sdf"). */
export function ellipse(cx: number, cy: number, rx: number, ry: number): Distance {
  return (x, y) => {
    const [u, v] = [(x - cx) / rx, (y - cy) / ry];
    const k0 = Math.sqrt(u * u + v * v);
    const k1 = Math.sqrt((u * u) / (rx * rx) + (v * v) / (ry * ry));
    return k1 === 0 ? -Math.min(rx, ry) : (k0 * (k0 - 1)) / k1;
  };
}

export const boxOf = (cx: number, cy: number, rx: number, ry: number, margin = 0): Box => [
  cx - rx - margin,
  cy - ry - margin,
  cx + rx + margin,
  cy + ry + margin,
];

/** A rectangle with round corners. */
export function roundedBox(cx: number, cy: number, rx: number, ry: number, radius: number): Distance {
  return (x, y) => {
    const dx = Math.abs(x - cx) - rx + radius;
    const dy = Math.abs(y - cy) - ry + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

/** A colour between anchors that are spaced evenly over t in [0, 1]. */
export function ramp(anchors: readonly Colour[], t: number): Colour {
  const at = Math.min(1, Math.max(0, t)) * (anchors.length - 1);
  const low = Math.min(Math.floor(at), anchors.length - 2);
  const [a, b] = [anchors[low]!, anchors[low + 1]!];
  return mix(a, b, at - low);
}

export const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + t * (b[0] - a[0]),
  a[1] + t * (b[1] - a[1]),
  a[2] + t * (b[2] - a[2]),
];

export const times = ([red, green, blue]: Colour, by: number): Colour => [red * by, green * by, blue * by];
