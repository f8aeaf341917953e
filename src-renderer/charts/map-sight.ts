// Where a map lies in its view: fitted in at first, moved and zoomed by a hand; from pixels of the plot to the map and back.
import { zoomIdentity, type ZoomTransform } from 'd3';
import type { PixelView } from './map-raster';

export type Place = readonly [number, number];

export interface MapSight {
  /** What a hand has done since it was fitted. */
  transform: ZoomTransform;
  fit(xy: Float32Array, size: { readonly width: number; readonly height: number }): void;
  /** In CSS pixels. */
  view(): PixelView;
  toMap(x: number, y: number): Place;
  toPlot(place: Place): Place;
}

const FILL = 0.92;

export function mapSight(): MapSight {
  let base: PixelView = { scale: 1, left: 0, top: 0 };
  const sight: MapSight = {
    transform: zoomIdentity,
    fit(xy, { width, height }) {
      const { low, high } = extentOf(xy);
      const scale =
        FILL * Math.min(width / Math.max(1e-9, high[0] - low[0]), height / Math.max(1e-9, high[1] - low[1]));
      base = {
        scale,
        left: width / 2 - (scale * (low[0] + high[0])) / 2,
        top: height / 2 + (scale * (low[1] + high[1])) / 2,
      };
    },
    view() {
      const { k, x, y } = sight.transform;
      return { scale: k * base.scale, left: k * base.left + x, top: k * base.top + y };
    },
    toMap(x, y) {
      const { scale, left, top } = sight.view();
      return [(x - left) / scale, (top - y) / scale];
    },
    toPlot([x, y]) {
      const { scale, left, top } = sight.view();
      return [scale * x + left, top - scale * y];
    },
  };
  return sight;
}

/** All but the farthest thousandth: one outlier must not make the rest a dot. */
function extentOf(xy: Float32Array): {
  readonly low: readonly [number, number];
  readonly high: readonly [number, number];
} {
  if (xy.length === 0) return { low: [-1, -1], high: [1, 1] };
  const ends = ([0, 1] as const).map((axis) => {
    const values = Float32Array.from({ length: xy.length / 2 }, (_, at) => xy[2 * at + axis]!).sort();
    const end = (share: number): number => values[Math.round(share * (values.length - 1))]!;
    const [low, high] = [end(0.0005), end(0.9995)];
    return high > low ? ([low, high] as const) : ([low - 1, high + 1] as const);
  });
  return { low: [ends[0]![0], ends[1]![0]], high: [ends[0]![1], ends[1]![1]] };
}
