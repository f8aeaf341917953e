// A map as a PNG: points as small discs or the shapes of their classes on paper, drawn by sharp from SVG. For files; the window has
// its own canvas.
import sharp from 'sharp';
import type { MapColours, MapPoints } from '#shared/map';
import { CLASS_COLOURS, CLASS_SHAPES, rampColour } from '#shared/class-colours';
import { encodePng } from '../pictures';

const MARGIN = 0.04;
const PAPER = '#fafaf7';
const PLAIN = '#3b4a6b';
/** Beyond, shapes take too long and are too small to be told apart: discs. */
const MOST_SHAPES = 20_000;
const NO_VALUE = '#b9b8b0';

export async function drawMap(
  { xy, count }: MapPoints,
  colours: MapColours,
  side: number,
  text: Readonly<Record<string, string>>,
  hidden: ReadonlySet<number> = new Set(),
): Promise<Uint8Array> {
  const isHidden = (at: number): boolean => colours.kind === 'classes' && hidden.has(colours.labels[at]!);
  const { unit, left, bottom } = frame(xy, side);
  const radius = Math.max(1, Math.min(4, (side / 300) * Math.sqrt(2_000 / count) * 1.6));
  if (colours.kind === 'classes' && count <= MOST_SHAPES) return rendered(side, shapes(), text);
  const groups = new Map<string, string[]>();
  for (let at = 0; at < count; at++) {
    if (isHidden(at)) continue;
    const colour = colourOf(colours, at);
    const path = groups.get(colour) ?? [];
    if (path.length === 0) groups.set(colour, path);
    const x = ((xy[2 * at]! - left) * unit).toFixed(2);
    const y = (side - (xy[2 * at + 1]! - bottom) * unit).toFixed(2);
    path.push(`M${x} ${y}h0`);
  }
  const paths = [...groups].map(
    ([colour, path]) =>
      `<path d="${path.join('')}" stroke="${colour}" stroke-width="${2 * radius}" stroke-linecap="round" stroke-opacity=".8"/>`,
  );
  return rendered(side, paths.join(''), text);

  function shapes(): string {
    const marks = Array.from({ length: count }, (_, at) => {
      if (isHidden(at)) return '';
      const label = colours.kind === 'classes' ? colours.labels[at]! : 0;
      const x = ((xy[2 * at]! - left) * unit).toFixed(2);
      const y = (side - (xy[2 * at + 1]! - bottom) * unit).toFixed(2);
      return `<path d="${CLASS_SHAPES[label % CLASS_SHAPES.length]!}" transform="translate(${x} ${y})scale(${1.3 * radius})" fill="${colourOf(colours, at)}"/>`;
    });
    return `<g fill-opacity=".8">${marks.join('')}</g>`;
  }
}

async function rendered(
  side: number,
  marks: string,
  text: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"><rect width="100%" height="100%" fill="${PAPER}"/>${marks}</svg>`;
  const { data } = await sharp(Buffer.from(svg), { unlimited: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return encodePng({ width: side, height: side, rgba: new Uint8Array(data) }, text);
}

function frame(xy: Float32Array, side: number): { unit: number; left: number; bottom: number } {
  let [minX, maxX, minY, maxY] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let at = 0; at < xy.length; at += 2) {
    minX = Math.min(minX, xy[at]!);
    maxX = Math.max(maxX, xy[at]!);
    minY = Math.min(minY, xy[at + 1]!);
    maxY = Math.max(maxY, xy[at + 1]!);
  }
  const width = Math.max(1e-6, maxX - minX, maxY - minY) * (1 + 2 * MARGIN);
  return { unit: side / width, left: (minX + maxX - width) / 2, bottom: (minY + maxY - width) / 2 };
}

function colourOf(colours: MapColours, at: number): string {
  if (colours.kind === 'none') return PLAIN;
  if (colours.kind === 'classes') {
    const label = colours.labels[at]!;
    return label < colours.names.length ? CLASS_COLOURS.light[label % CLASS_COLOURS.light.length]! : NO_VALUE;
  }
  const value = colours.values[at]!;
  return Number.isFinite(value)
    ? rampColour((value - colours.low) / (colours.high - colours.low), 'light')
    : NO_VALUE;
}
