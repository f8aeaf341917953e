// From latent units to pixels of the plane and back: equal units on both axes, so that the prior's circles are circles.
import { scaleLinear, type ScaleLinear, type ZoomTransform } from 'd3';
import { latentPoint, plotPoint, type LatentPoint, type PlotPoint } from '#shared/coords';

export interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

export interface PlaneScales {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly toPlot: (point: LatentPoint) => PlotPoint;
  readonly toLatent: (point: PlotPoint) => LatentPoint;
  /** Pixels per latent unit. */
  readonly unit: number;
}

/** Room for the tick labels. */
export const MARGIN = { top: 8, right: 8, bottom: 28, left: 40 } as const;

/** What is seen before any zoom: [-reach, reach] on the shorter axis, more on the longer one. */
export function planeScales(size: PlaneSize, reach: number, transform: ZoomTransform): PlaneScales {
  const left = MARGIN.left;
  const right = Math.max(left + 1, size.width - MARGIN.right);
  const top = MARGIN.top;
  const bottom = Math.max(top + 1, size.height - MARGIN.bottom);
  const unit = Math.min(right - left, bottom - top) / (2 * reach);
  const halfWidth = (right - left) / 2 / unit;
  const halfHeight = (bottom - top) / 2 / unit;
  const x = transform.rescaleX(scaleLinear([-halfWidth, halfWidth], [left, right]));
  const y = transform.rescaleY(scaleLinear([-halfHeight, halfHeight], [bottom, top]));
  return {
    x,
    y,
    toPlot: (point) => plotPoint(x(point.x), y(point.y)),
    toLatent: (point) => latentPoint(x.invert(point.x), y.invert(point.y)),
    unit: unit * transform.k,
  };
}
