// The still parts of the plane: ticks, hairlines, the prior's circles, the names of the classes. SVG, coloured by the style sheet.
import { select, type Selection } from 'd3';
import type { LatentPoint } from '#shared/coords';
import type { Prior } from '#shared/domain';
import { MARGIN, type PlaneScales, type PlaneSize } from './plane-scales';

type Group = Selection<SVGGElement, unknown, null, undefined>;

/** All points of one distance from the origin of the latent space: a circle on any plane. */
export interface NormRing {
  readonly radius: number;
  readonly name: string;
  /** Where a normal prior has its mass. */
  readonly isShell: boolean;
}

export interface PlaneFrame {
  draw(view: {
    readonly scales: PlaneScales;
    readonly size: PlaneSize;
    readonly prior: Prior;
    /** In place of the prior's own circles or box, on a plane that lies askew. */
    readonly rings: readonly NormRing[] | null;
    /** Where the grid lies. */
    readonly outline: readonly LatentPoint[] | null;
    /** Of the two axes. */
    readonly titles: readonly [string, string];
    readonly names: readonly { readonly name: string; readonly at: LatentPoint }[];
  }): void;
}

const TICK_SPACING = 72;
const NAME_HEIGHT = 16;
const NAME_WIDTH = 6.6;
/** Clips are found by their names in the whole page. */
let frames = 0;

/** `below` lies under the points, `above` over them. */
export function planeFrame(below: SVGSVGElement, above: SVGSVGElement): PlaneFrame {
  const root = select(above);
  const lines = select(below).append('g').attr('class', 'plane-lines');
  const ticks = root.append('g').attr('class', 'plane-ticks');
  const id = `plane-clip-${(frames += 1)}`;
  const window = root.append('clipPath').attr('id', id).append('rect');
  const inside = root.append('g').attr('clip-path', `url(#${id})`);
  const outlines = inside.append('g').attr('class', 'plane-outline');
  const circles = inside.append('g').attr('class', 'plane-prior');
  const names = inside.append('g').attr('class', 'plane-names');
  const titles = root.append('g').attr('class', 'plane-titles');
  titles.append('text').attr('class', 'x-title');
  titles.append('text').attr('class', 'y-title');

  return {
    draw({ scales, size, prior, rings, outline, titles: axes, names: labels }) {
      const right = size.width - MARGIN.right;
      const bottom = size.height - MARGIN.bottom;
      window
        .attr('x', MARGIN.left)
        .attr('y', MARGIN.top)
        .attr('width', Math.max(0, right - MARGIN.left))
        .attr('height', Math.max(0, bottom - MARGIN.top));
      drawTicks(ticks, lines, scales, size);
      drawPrior(circles, scales, prior, rings);
      drawOutline(outlines, scales, outline);
      drawNames(names, scales, labels);
      titles
        .select('.x-title')
        .text(axes[0])
        .attr('x', right)
        .attr('y', size.height - 9)
        .attr('text-anchor', 'end');
      titles
        .select('.y-title')
        .text(axes[1])
        .attr('x', MARGIN.left - 8)
        .attr('y', MARGIN.top + 10)
        .attr('text-anchor', 'end');
      lines.select('.frame-edge').attr('d', `M${MARGIN.left - 0.5} ${MARGIN.top}V${bottom + 0.5}H${right}`);
    },
  };
}

function drawTicks(ticks: Group, lines: Group, scales: PlaneScales, size: PlaneSize): void {
  const right = size.width - MARGIN.right;
  const bottom = size.height - MARGIN.bottom;
  const xs = scales.x.ticks(Math.max(2, Math.round(size.width / TICK_SPACING)));
  const ys = scales.y.ticks(Math.max(2, Math.round(size.height / TICK_SPACING)));
  const format = (value: number, all: readonly number[]): string => {
    const step = Math.abs((all[1] ?? 1) - (all[0] ?? 0));
    return value.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))).replace('-', '−');
  };
  const crisp = (at: number): number => Math.round(at) + 0.5;
  const rows = [
    ...xs.map((value) => ({
      key: `x${value}`,
      text: format(value, xs),
      x: scales.x(value),
      y: bottom + 18,
      anchor: 'middle',
      path: `M${crisp(scales.x(value))} ${MARGIN.top}V${bottom}`,
      zero: value === 0,
      // the axis has its own name at this end
      shown: scales.x(value) < right - 24,
    })),
    ...ys.map((value) => ({
      key: `y${value}`,
      text: format(value, ys),
      x: MARGIN.left - 8,
      y: scales.y(value) + 4,
      anchor: 'end',
      path: `M${MARGIN.left} ${crisp(scales.y(value))}H${right}`,
      zero: value === 0,
      shown: scales.y(value) > MARGIN.top + 20,
    })),
  ];
  ticks
    .selectAll<SVGTextElement, (typeof rows)[number]>('text')
    .data(
      rows.filter((row) => row.shown),
      (row) => row.key,
    )
    .join('text')
    .attr('x', (row) => row.x)
    .attr('y', (row) => row.y)
    .attr('text-anchor', (row) => row.anchor)
    .text((row) => row.text);
  lines
    .selectAll<SVGPathElement, (typeof rows)[number]>('path.line')
    .data(rows, (row) => row.key)
    .join('path')
    .attr('class', (row) => (row.zero ? 'line zero' : 'line'))
    .attr('d', (row) => row.path);
}

/** Circles at 1, 2 and 3 standard deviations, or the square of a uniform prior; or the rings that are given. */
function drawPrior(group: Group, scales: PlaneScales, prior: Prior, given: readonly NormRing[] | null): void {
  const centre = scales.toPlot({ x: 0, y: 0 });
  const sigmas = prior.kind === 'normal' ? [1, 2, 3] : [];
  const rings = given ?? sigmas.map((sigma) => ({ radius: sigma, name: `${sigma}σ`, isShell: false }));
  group
    .selectAll('circle')
    .data(rings)
    .join('circle')
    .attr('class', ({ isShell }) => (isShell ? 'shell' : ''))
    .attr('cx', centre.x)
    .attr('cy', centre.y)
    .attr('r', ({ radius }) => radius * scales.unit);
  group
    .selectAll('text')
    .data(rings)
    .join('text')
    .attr('x', centre.x)
    .attr('y', ({ radius }) => centre.y - radius * scales.unit - 4)
    .attr('text-anchor', 'middle')
    .text(({ name }) => name);
  group
    .selectAll('rect')
    .data(given === null && prior.kind === 'uniform' ? [prior] : [])
    .join('rect')
    .attr('x', (box) => scales.x(box.low))
    .attr('y', (box) => scales.y(box.high))
    .attr('width', (box) => (box.high - box.low) * scales.unit)
    .attr('height', (box) => (box.high - box.low) * scales.unit);
}

function drawOutline(group: Group, scales: PlaneScales, outline: readonly LatentPoint[] | null): void {
  const points = (outline ?? []).map((point) => scales.toPlot(point));
  group
    .selectAll('path')
    .data(points.length === 0 ? [] : [points])
    .join('path')
    .attr('d', (corners) => `M${corners.map(({ x, y }) => `${x} ${y}`).join('L')}Z`);
}

function drawNames(
  group: Group,
  scales: PlaneScales,
  labels: readonly { readonly name: string; readonly at: LatentPoint }[],
): void {
  const placed: { name: string; x: number; y: number }[] = [];
  const sorted = labels
    .map(({ name, at }) => ({ name, ...scales.toPlot(at) }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
    .sort((a, b) => a.y - b.y);
  // from the top down, each name steps below those that it would cover
  for (const label of sorted) {
    let { y } = label;
    for (const other of placed) {
      const wide = ((label.name.length + other.name.length) * NAME_WIDTH) / 2;
      if (Math.abs(other.x - label.x) < wide && Math.abs(y - other.y) < NAME_HEIGHT)
        y = other.y + NAME_HEIGHT;
    }
    placed.push({ ...label, y });
  }
  group
    .selectAll<SVGTextElement, (typeof placed)[number]>('text')
    .data(placed, (label) => label.name)
    .join('text')
    .attr('x', (label) => label.x)
    .attr('y', (label) => label.y + 4)
    .attr('text-anchor', 'middle')
    .text((label) => label.name);
}
