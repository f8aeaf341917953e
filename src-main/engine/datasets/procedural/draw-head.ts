// One head from its twelve factors: shapes as signed distances in [-1, 1]^2 (y down), painted from back to front, skin and hair lit by
// one lamp (Lambert's law on an ellipsoid). No canvas, no fonts, no files: the same bytes on every machine.
import {
  boxOf,
  createCanvas,
  ellipse,
  mix,
  ramp,
  roundedBox,
  times,
  type Box,
  type Canvas,
  type Colour,
  type Distance,
} from './paint';
import type { Head } from './head-factors';

const SKIN: readonly Colour[] = [
  [0.98, 0.86, 0.77],
  [0.9, 0.72, 0.58],
  [0.76, 0.56, 0.41],
  [0.55, 0.37, 0.25],
  [0.33, 0.21, 0.15],
];
const HAIR: readonly Colour[] = [
  [0.93, 0.8, 0.45],
  [0.62, 0.35, 0.14],
  [0.3, 0.18, 0.1],
  [0.08, 0.07, 0.08],
];
const PAPER_TOP: Colour = [0.68, 0.76, 0.84];
const PAPER_BOTTOM: Colour = [0.52, 0.59, 0.68];
const CLOTH: Colour = [0.27, 0.42, 0.5];
const WHITE: Colour = [0.97, 0.97, 0.97];
const INK: Colour = [0.1, 0.09, 0.11];
const FRAME: Colour = [0.11, 0.1, 0.13];
const TEETH: Colour = [0.95, 0.93, 0.9];
const HEAD_WIDTH = 0.56;
const FULL_YAW = Math.PI / 6;
/** Small pictures come closer, so that a mouth keeps a few pixels. */
const SMALL = { size: 40, half: 0.84 };
const EVERYWHERE: Box = [-9, -9, 9, 9];

// pixels [size, size, 3]
export function drawHead(head: Head, size: number, pixels: Uint8Array): void {
  const half = (size <= SMALL.size ? SMALL.half : 1) / (1 + 0.06 * head.scale);
  const canvas = createCanvas(size, {
    x: -0.05 * head.dx,
    y: -0.05 * head.dy + (half < 0.95 ? 0.03 : 0),
    half,
  });
  const pose = poseOf(head);
  const skin = ramp(SKIN, head.skin);
  const hair = ramp(HAIR, head.hairColour);
  canvas.background((_, y) => mix(PAPER_TOP, PAPER_BOTTOM, (y + 1) / 2));
  lightUp(canvas, head);
  paintBehind(canvas, head, pose, skin, hair);
  const face = faceShape(head, pose);
  canvas.fill(boxOf(0, 0.08, 0.6, 0.74), face, { colour: skin, lit: [0, 1] });
  paintCheeks(canvas, head, pose);
  for (const side of [-1, 1] as const) paintEye(canvas, head, pose, side, hair);
  paintNose(canvas, pose, skin);
  paintMouth(canvas, head, pose, skin);
  paintFringe(canvas, pose, face, hair);
  if (head.glasses > 0) paintGlasses(canvas, head.glasses, pose);
  canvas.toBytes(pixels);
}

interface Pose {
  readonly sine: number;
  readonly cosine: number;
  /** Where a feature at (x, depth) of the head appears. */
  readonly across: (x: number, depth: number) => number;
}

function poseOf({ yaw }: Head): Pose {
  const [sine, cosine] = [Math.sin(yaw * FULL_YAW), Math.cos(yaw * FULL_YAW)];
  return { sine, cosine, across: (x, depth) => HEAD_WIDTH * (x * cosine + depth * sine) };
}

function lightUp(canvas: Canvas, { light }: Head): void {
  const angle = light * 1.1;
  const [fromSide, fromFront] = [Math.sin(angle), 0.9 * Math.cos(angle)];
  canvas.setLight(EVERYWHERE, (x, y) => {
    const [nx, ny] = [x / 0.62, (y - 0.08) / 0.78];
    const nz = Math.sqrt(Math.max(0.02, 1 - nx * nx - ny * ny));
    const lambert = Math.min(1, Math.max(0, nx * fromSide + nz * fromFront - 0.3 * ny));
    return 0.45 + 0.62 * lambert;
  });
}

function paintBehind(canvas: Canvas, head: Head, { sine }: Pose, skin: Colour, hair: Colour): void {
  const cx = -0.1 * sine;
  const cap = ellipse(cx, -0.1, 0.7, 0.72);
  const bottom = -0.1 + head.hairLength;
  const fall = roundedBox(cx, (bottom - 0.3) / 2, 0.62, (bottom + 0.3) / 2, 0.1);
  const back: Distance = (x, y) => Math.min(cap(x, y), fall(x, y));
  canvas.fill([cx - 0.72, -0.85, cx + 0.72, 0.95], back, { colour: hair, lit: [0.5, 0.32] });
  canvas.fill([-0.25, 0.45, 0.25, 1.2], roundedBox(0, 0.85, 0.2, 0.4, 0.06), { colour: times(skin, 0.7) });
  const shoulders = ellipse(0, 1.26, 0.8, 0.4);
  const neckline = ellipse(0, 0.88, 0.26, 0.12);
  canvas.fill([-0.85, 0.8, 0.85, 1.4], (x, y) => Math.max(shoulders(x, y), -neckline(x, y)), {
    colour: CLOTH,
    lit: [0.55, 0.5],
  });
}

/** An ellipse above; below, the jaw narrows, more so for feminine-coded features. */
function faceShape({ gender }: Head, { cosine }: Pose): Distance {
  const jaw = 0.47 - 0.12 * gender;
  return (x, y) => {
    const down = y - 0.08;
    const narrow = (HEAD_WIDTH - jaw) * Math.min(1, Math.max(0, down / 0.5));
    const width = down < 0 ? HEAD_WIDTH : HEAD_WIDTH - narrow * (0.93 + 0.07 * cosine);
    return (Math.hypot(x / width, down / 0.7) - 1) * 0.55;
  };
}

function paintCheeks(canvas: Canvas, { smile }: Head, { across }: Pose): void {
  if (smile <= 0) return;
  for (const side of [-1, 1]) {
    const cx = across(0.55 * side, 0.6);
    canvas.fill(boxOf(cx, 0.22, 0.13, 0.09, 0.06), ellipse(cx, 0.22, 0.12, 0.08), {
      colour: [0.86, 0.36, 0.32],
      opacity: 0.3 * smile,
      softness: 0.12,
      lit: [0, 1],
    });
  }
}

function paintEye(canvas: Canvas, head: Head, pose: Pose, side: -1 | 1, hair: Colour): void {
  const { smile, gender } = head;
  const { across, cosine, sine } = pose;
  const cx = across(0.42 * side, 0.8);
  const cy = -0.08;
  const rx = 0.135 * Math.min(1.1, Math.max(0.45, cosine - 0.25 * side * sine));
  const ry = 0.078 * (1 - 0.25 * Math.max(0, smile)) + 0.012 * gender;
  const eye = ellipse(cx, cy, rx, ry);
  const box = boxOf(cx, cy, rx, ry, 0.04);
  canvas.fill(box, eye, { colour: WHITE, lit: [0.55, 0.45] });
  const iris = cx + 0.03 * sine;
  const within =
    (distance: Distance): Distance =>
    (x, y) =>
      Math.max(distance(x, y), eye(x, y));
  canvas.fill(box, within(ellipse(iris, cy, 0.058, 0.066)), { colour: [0.24, 0.16, 0.1] });
  canvas.fill(box, within(ellipse(iris, cy, 0.033, 0.038)), { colour: INK });
  canvas.fill(box, ellipse(iris + 0.02, cy - 0.025, 0.014, 0.016), { colour: WHITE, opacity: 0.9 });
  const lash = 0.008 + 0.011 * Math.max(-0.2, gender);
  canvas.fill(box, (x, y) => Math.max(Math.abs(eye(x, y)) - lash, y - cy), { colour: [0.08, 0.06, 0.06] });
  const thick = 0.038 - 0.022 * gender;
  canvas.fill(
    boxOf(cx, cy - 0.175, rx * 1.15, thick, 0.06),
    (x, y) => {
      const u = (x - cx) / rx;
      const line = cy - 0.175 - 0.015 * smile + 0.045 * (u * u - 0.3);
      const taper = thick * (1 - 0.25 * u * u);
      return Math.max(Math.abs(y - line) - taper, Math.abs(x - cx) - rx * 1.15);
    },
    { colour: times(hair, 0.55) },
  );
}

function paintNose(canvas: Canvas, { across, sine }: Pose, skin: Colour): void {
  const tip = across(0, 1.05);
  canvas.fill(boxOf(tip, 0.15, 0.1, 0.14, 0.04), ellipse(tip + 0.012 * sine, 0.16, 0.055, 0.085), {
    colour: times(skin, 0.74),
    opacity: 0.6,
    softness: 0.05,
    lit: [0, 1],
  });
  canvas.fill(boxOf(tip, 0.1, 0.05, 0.14, 0.02), ellipse(tip, 0.1, 0.026, 0.1), {
    colour: times(skin, 1.12),
    opacity: 0.45,
    softness: 0.04,
    lit: [0, 1],
  });
}

/** The centre line is a parabola: its curvature is the smile; the gap between the lips is how far it is open. */
function paintMouth(canvas: Canvas, head: Head, { across, cosine }: Pose, skin: Colour): void {
  const { smile, open, gender } = head;
  const cx = across(0, 0.88);
  const width = 0.3 * Math.max(0.6, cosine) * (1 + 0.18 * Math.min(1, Math.max(-0.5, smile)));
  const red = (gender + 1) / 4;
  const lips = mix(times(skin, 0.55), [0.72, 0.14, 0.2], red);
  const colour: Colour = [lips[0] + 0.15, lips[1] + 0.02, lips[2] + 0.02];
  const fullness = 0.034 + 0.018 * gender;
  const band =
    (gap: number, lip: number, reach: number): Distance =>
    (x, y) => {
      const u = (x - cx) / width;
      const rest = Math.max(0, 1 - u * u);
      const line = 0.43 + 0.126 * smile * (1 - 2 * u * u);
      // Where the line is steep, a vertical distance overstates the true one.
      const slope = (0.504 * smile * u) / width;
      const across = (Math.abs(y - line) - gap * rest - lip * Math.sqrt(rest)) / Math.sqrt(1 + slope * slope);
      return Math.max(across, (Math.abs(u) - reach) * width);
    };
  const box = boxOf(cx, 0.43, width, 0.26);
  const gap = 0.055 * open;
  canvas.fill(box, band(gap, fullness, 1), { colour, lit: [0.35, 0.65] });
  canvas.fill(box, band(gap, 0, 0.9), { colour: TEETH, opacity: Math.min(1, 4 * open), lit: [0.5, 0.5] });
  // Closed lips meet in a line.
  canvas.fill(box, band(0.004, 0.002, 0.9), {
    colour: times(colour, 0.5),
    opacity: Math.max(0, 1 - 4 * open),
  });
}

function paintFringe(canvas: Canvas, { sine }: Pose, face: Distance, hair: Colour): void {
  const fringe: Distance = (x, y) =>
    Math.max(face(x, y) - 0.03, y + 0.42 + 0.1 * x * sine + 0.05 * Math.cos(5 * x));
  const box: Box = [-0.65, -0.75, 0.65, -0.2];
  canvas.fill(box, fringe, { colour: hair, lit: [0.42, 0.58] });
  // A band of shine where the cap turns towards the lamp.
  const shine: Distance = (x, y) => Math.max(Math.abs(y + 0.56 - 0.28 * x * x) - 0.03, fringe(x, y));
  canvas.fill(box, shine, {
    colour: mix(hair, [1, 1, 1], 0.35),
    opacity: 0.35,
    softness: 0.08,
    lit: [0.1, 0.9],
  });
}

function paintGlasses(canvas: Canvas, opacity: number, { across, cosine, sine }: Pose): void {
  for (const side of [-1, 1]) {
    const cx = across(0.42 * side, 0.8);
    const rx = 0.195 * Math.min(1.1, Math.max(0.5, cosine - 0.25 * side * sine));
    const rim = ellipse(cx, -0.07, rx, 0.155);
    const box = boxOf(cx, -0.07, rx, 0.155, 0.06);
    canvas.fill(box, rim, { colour: WHITE, opacity: 0.1 * opacity });
    canvas.fill(box, (x, y) => Math.abs(rim(x, y)) - 0.024, { colour: FRAME, opacity });
  }
  const middle = across(0, 0.9);
  canvas.fill(boxOf(middle, -0.09, 0.1, 0.02, 0.03), roundedBox(middle, -0.09, 0.1, 0.018, 0.01), {
    colour: FRAME,
    opacity,
  });
}
