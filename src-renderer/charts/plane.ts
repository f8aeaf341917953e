// The latent plane: the prior's circles, the encoded pictures, a person's own pictures, and the point in hand.
//
//   node > svg (hairlines), canvas (ten thousand glyphs), svg (ticks, circles, names, markers), boxes (reticle)
//
// The canvas is drawn when the view changes; a drag only moves a few boxes.
import { select, zoomIdentity, type ZoomTransform } from 'd3';
import { latentPoint, type LatentPoint } from '#shared/coords';
import type { Prior } from '#shared/domain';
import type { ChartTheme } from './palette';
import { planeFrame, type NormRing } from './plane-frame';
import { planeGestures } from './plane-gestures';
import { markerMoves } from './plane-markers';
import { planeReticle } from './plane-reticle';
import { classCentres, createPicker, type Picker, type Scatter } from './plane-picker';
import { drawScatter } from './plane-scatter';
import { planeScales, type PlaneScales, type PlaneSize } from './plane-scales';

export interface PlaneMarker {
  readonly id: number | string;
  readonly at: LatentPoint;
  /** A data: or blob: address; null until it has come. */
  readonly picture: string | null;
  readonly name: string;
  /** Written above its picture. */
  readonly label?: string | undefined;
  /** A hand may take it elsewhere on the plane. */
  readonly onMove?: ((to: LatentPoint, at: number, isLast: boolean) => void) | undefined;
}

export interface PlaneProps {
  readonly theme: ChartTheme;
  readonly prior: Prior;
  readonly scatter: Scatter | null;
  readonly hidden: ReadonlySet<number>;
  /** The picture that is shown beside the plane, ringed where it lies. */
  readonly highlight: number | null;
  readonly markers: readonly PlaneMarker[];
  /** What is seen at first, to either side; a little more than the prior where it is left out. */
  readonly reach?: number | undefined;
  /** On a plane that lies askew: circles of equal distance from the origin of the latent space. */
  readonly rings: readonly NormRing[] | null;
  readonly outline: readonly LatentPoint[] | null;
  readonly titles: readonly [string, string];
  readonly onDragStart: (at: number) => void;
  readonly onDrag: (point: LatentPoint, at: number) => void;
  readonly onDragEnd: (at: number) => void;
  /** The index of the picture under the pointer, or null. */
  readonly onHover: (index: number | null) => void;
  readonly onZoomed: (zoomed: boolean) => void;
}

export interface Plane {
  update(props: PlaneProps): void;
  /** The fast way: moves the reticle and nothing else. */
  setPoint(point: LatentPoint): void;
  /** The picture of the test set that is nearest to this point, within sight. */
  nearest(point: LatentPoint): number | null;
  zoomBy(factor: number): void;
  resetZoom(): void;
  destroy(): void;
}

const PICK_PIXELS = 10;
const NEAREST_UNITS = 0.5;
const MARKER = 36;

export function plane(node: HTMLElement, first: PlaneProps): Plane {
  const below = node.appendChild(createSvg());
  const canvas = node.appendChild(document.createElement('canvas'));
  const svg = node.appendChild(createSvg());
  const frame = planeFrame(below, svg);
  const highlight = select(svg)
    .append('circle')
    .attr('class', 'plane-hover')
    .attr('r', 9)
    .attr('visibility', 'hidden');
  const markers = select(svg).append('g').attr('class', 'plane-markers');
  const reticle = planeReticle(node);

  let props = first;
  let size: PlaneSize = { width: 0, height: 0 };
  let transform: ZoomTransform = zoomIdentity;
  let scales: PlaneScales = planeScales(size, reachOf(first), transform);
  let point: LatentPoint = latentPoint(0, 0);
  let picker: Picker | null = null;
  let centres: readonly LatentPoint[] = [];
  let hovered: number | null = null;
  let scheduled = 0;

  function draw(): void {
    scheduled = 0;
    if (size.width === 0) return;
    scales = planeScales(size, reachOf(props), transform);
    const { scatter, hidden, theme, prior, rings, outline, titles } = props;
    if (scatter === null) canvas.width = 0;
    else drawScatter(canvas, scatter, { scales, size, zoom: transform.k, hidden, theme });
    const names = (scatter?.classNames ?? []).flatMap((name, i) => {
      const at = centres[i];
      return hidden.has(i) || at === undefined ? [] : [{ name, at }];
    });
    frame.draw({ scales, size, prior, rings, outline, titles, names });
    drawMarkers();
    drawHover();
    reticle.place(point, scales, size);
  }
  const schedule = (): void => {
    if (scheduled === 0) scheduled = requestAnimationFrame(draw);
  };

  function drawMarkers(): void {
    const groups = markers
      .selectAll<SVGGElement, PlaneMarker>('g')
      .data([...props.markers], (marker) => marker.id)
      .join((enter) => {
        const group = enter.append('g');
        group.append('path').attr('d', 'M0 0L-5-6H5Z');
        group
          .append('rect')
          .attr('x', -MARKER / 2 - 2)
          .attr('y', -MARKER - 10)
          .attr('width', MARKER + 4)
          .attr('height', MARKER + 4)
          .attr('rx', 3);
        group
          .append('image')
          .attr('x', -MARKER / 2)
          .attr('y', -MARKER - 8)
          .attr('width', MARKER)
          .attr('height', MARKER);
        group
          .append('text')
          .attr('y', -MARKER - 16)
          .attr('text-anchor', 'middle');
        group.append('title');
        return group;
      });
    groups.classed('movable', ({ onMove }) => onMove !== undefined);
    groups.select('title').text(({ name }) => name);
    groups.select('text').text(({ label }) => label ?? '');
    groups.attr('transform', ({ at }) => {
      const { x, y } = scales.toPlot(at);
      return `translate(${x} ${y})`;
    });
    groups.select('image').attr('href', ({ picture }) => picture);
  }

  function drawHover(): void {
    const mu = props.scatter?.mu;
    const index = hovered ?? props.highlight;
    if (index === null || mu === undefined) return void highlight.attr('visibility', 'hidden');
    const { x, y } = scales.toPlot(latentPoint(mu[2 * index] ?? NaN, mu[2 * index + 1] ?? NaN));
    highlight.attr('cx', x).attr('cy', y).attr('visibility', 'visible');
  }

  function hover(index: number | null): void {
    if (index === hovered) return;
    hovered = index;
    drawHover();
    props.onHover(index);
  }

  function takeScatter(): void {
    hovered = null;
    picker = props.scatter === null ? null : createPicker(props.scatter);
    centres = props.scatter === null ? [] : classCentres(props.scatter);
  }

  const moves = markerMoves(svg, node, {
    markerOf: (element) =>
      select<SVGGElement, PlaneMarker>(element.closest<SVGGElement>('.plane-markers > g')!).datum(),
    toLatent: (at) => scales.toLatent(at),
    // while it is under way the marker is another object at every step: it is found by its id
    current: (id) => props.markers.find((marker) => marker.id === id),
  });
  const gestures = planeGestures(node, {
    onDragStart: (at) => {
      hover(null);
      props.onDragStart(at);
    },
    onDrag: (at, time) => props.onDrag(scales.toLatent(at), time),
    onDragEnd: (at) => props.onDragEnd(at),
    onHover: (at) =>
      hover(
        at === null
          ? null
          : (picker?.nearest(scales.toLatent(at), PICK_PIXELS / scales.unit, props.hidden) ?? null),
      ),
    onZoom(next) {
      transform = next;
      schedule();
      props.onZoomed(next.k !== 1 || next.x !== 0 || next.y !== 0);
    },
  });
  const watcher = new ResizeObserver(() => {
    size = { width: node.clientWidth, height: node.clientHeight };
    draw();
  });
  watcher.observe(node);
  takeScatter();

  return {
    update(next) {
      const before = props;
      props = next;
      if (next.scatter !== before.scatter) takeScatter();
      if (SEEN.some((key) => next[key] !== before[key])) return schedule();
      drawMarkers();
      drawHover();
    },
    setPoint(next) {
      point = next;
      reticle.place(next, scales, size);
    },
    nearest: (at) => picker?.nearest(at, NEAREST_UNITS, props.hidden) ?? null,
    zoomBy: gestures.zoomBy,
    resetZoom: gestures.resetZoom,
    destroy() {
      cancelAnimationFrame(scheduled);
      watcher.disconnect();
      gestures.destroy();
      moves();
      node.replaceChildren();
    },
  };
}

function createSvg(): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

/** What the still parts are drawn from. */
const SEEN = ['scatter', 'hidden', 'theme', 'prior', 'rings', 'outline', 'titles', 'reach'] as const;

/** A little more than three standard deviations, or than the box of a uniform prior. */
const reachOf = ({ prior, reach }: PlaneProps): number =>
  reach ?? (prior.kind === 'normal' ? 3.4 : 1.15 * Math.max(Math.abs(prior.low), Math.abs(prior.high)));
