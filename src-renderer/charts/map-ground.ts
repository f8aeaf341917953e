// What lies under the points of a map: a lattice of values as a soft picture, and lines of equal value over it.
import { contours, geoPath, geoTransform } from 'd3';
import { rampRgb, rgbOf, type ColourTheme } from '#shared/class-colours';
import type { MapOverlay } from '#shared/map';
import { classColour } from './palette';

type Rgba = readonly [number, number, number, number];

const HOLE: Readonly<Record<ColourTheme, string>> = { light: '#c23c0a', dark: '#ff8653' };
const INK: Readonly<Record<ColourTheme, string>> = {
  light: 'rgb(25 26 29 / 55%)',
  dark: 'rgb(236 236 232 / 55%)',
};
const CLASS_ALPHA = 70;
const RAMP_ALPHA = 215;
/** log10 q/p: a hole begins at a tenth. */
const HOLE_AT = -1;

/** The colour of one value, as in the scale beside the map. */
export function groundColour({ kind, low, high }: MapOverlay, value: number, theme: ColourTheme): Rgba {
  if (!Number.isFinite(value)) return [0, 0, 0, 0];
  if (kind === 'classes') return [...rgbOf(classColour(value, theme)), CLASS_ALPHA];
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  if (kind === 'holes') return [...rgbOf(HOLE[theme]), Math.round(200 * (1 - share) ** 1.5)];
  if (kind === 'density') return [...rampRgb(share, theme), Math.round(RAMP_ALPHA * Math.min(1, 4 * share))];
  return [...rampRgb(share, theme), RAMP_ALPHA];
}

export interface Ground {
  /** Its cells as pixels. */
  readonly picture: HTMLCanvasElement;
  readonly overlay: MapOverlay;
  readonly lines: readonly ReturnType<ReturnType<typeof contours>>[number][];
  readonly theme: ColourTheme;
}

export function groundOf(overlay: MapOverlay, theme: ColourTheme): Ground {
  const { columns, rows, values } = overlay;
  const picture = document.createElement('canvas');
  picture.width = columns;
  picture.height = rows;
  const context = picture.getContext('2d');
  const image = context?.createImageData(columns, rows);
  if (context !== null && image !== undefined) {
    values.forEach((value, at) => image.data.set(groundColour(overlay, value, theme), 4 * at));
    context.putImageData(image, 0, 0);
  }
  return { picture, overlay, lines: linesOf(overlay), theme };
}

/** Around what is at least as high as the threshold; holes are low, so their sign is turned. */
function linesOf({ kind, columns, rows, values, high }: MapOverlay): Ground['lines'] {
  const sign = kind === 'holes' ? -1 : 1;
  const thresholds =
    kind === 'holes' ? [-HOLE_AT] : kind === 'density' ? [0.1, 0.3, 0.6].map((part) => part * high) : [];
  if (thresholds.length === 0) return [];
  // beyond the edge of what is told there is neither
  const all = Array.from(values, (value) => (Number.isFinite(value) ? sign * value : -1e9));
  return contours().size([columns, rows]).thresholds(thresholds)(all);
}

/** `at` is where the lattice's box lies on the canvas. */
export function drawGround(
  context: CanvasRenderingContext2D,
  { picture, overlay, lines, theme }: Ground,
  at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): void {
  context.save();
  context.imageSmoothingEnabled = overlay.kind !== 'classes';
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, at.x, at.y, at.width, at.height);
  const [scaleX, scaleY] = [at.width / overlay.columns, at.height / overlay.rows];
  const path = geoPath(
    geoTransform({
      point(x, y) {
        this.stream.point(at.x + x * scaleX, at.y + y * scaleY);
      },
    }),
    context,
  );
  context.strokeStyle = INK[theme];
  context.lineWidth = devicePixelRatio;
  for (const line of lines) {
    context.beginPath();
    path(line);
    context.stroke();
  }
  context.restore();
}
