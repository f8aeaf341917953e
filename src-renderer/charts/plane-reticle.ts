// The point in hand: a ring, two hairlines to the axes, and the two values where they meet them. Moved without any framework.
import { select } from 'd3';
import type { LatentPoint } from '#shared/coords';
import { MARGIN, type PlaneScales, type PlaneSize } from './plane-scales';

export interface PlaneReticle {
  place(point: LatentPoint, scales: PlaneScales, size: PlaneSize): void;
}

const FLAG = { width: 44, height: 18 } as const;
const GAP = 9;

export function planeReticle(svg: SVGSVGElement): PlaneReticle {
  const root = select(svg).append('g').attr('class', 'plane-reticle');
  const hair = element(root.append('path').attr('class', 'hair').node());
  const ring = element(root.append('g').attr('class', 'ring').node());
  select(ring).append('circle').attr('class', 'casing').attr('r', 8);
  select(ring).append('circle').attr('class', 'line').attr('r', 8);
  select(ring).append('circle').attr('class', 'dot').attr('r', 1.75);
  const flags = [0, 1].map(() => {
    const flag = root.append('g').attr('class', 'flag');
    flag.append('rect').attr('width', FLAG.width).attr('height', FLAG.height).attr('rx', 3);
    const text = flag
      .append('text')
      .attr('x', FLAG.width / 2)
      .attr('y', 13)
      .attr('text-anchor', 'middle');
    return { node: element(flag.node()), text: element(text.node()) };
  });
  let values: readonly [number, number] = [NaN, NaN];
  let scheduled = false;

  // text is the dear part of a move: once per frame of the screen is enough
  const writeFlags = (): void => {
    scheduled = false;
    flags.forEach(
      (flag, axis) => (flag.text.textContent = (values[axis] ?? NaN).toFixed(3).replace('-', '−')),
    );
  };

  return {
    place(point, scales, size) {
      const { x, y } = scales.toPlot(point);
      const right = size.width - MARGIN.right;
      const bottom = size.height - MARGIN.bottom;
      ring.setAttribute('transform', `translate(${x} ${y})`);
      hair.setAttribute(
        'd',
        `M${MARGIN.left} ${y}H${Math.max(MARGIN.left, x - GAP)}M${Math.min(right, x + GAP)} ${y}H${right}` +
          `M${x} ${MARGIN.top}V${Math.max(MARGIN.top, y - GAP)}M${x} ${Math.min(bottom, y + GAP)}V${bottom}`,
      );
      const flagX = clamp(x - FLAG.width / 2, MARGIN.left, right - FLAG.width);
      const flagY = clamp(y - FLAG.height / 2, MARGIN.top, bottom - FLAG.height);
      flags[0]?.node.setAttribute('transform', `translate(${flagX} ${bottom + 5})`);
      flags[1]?.node.setAttribute('transform', `translate(${MARGIN.left - FLAG.width + 4} ${flagY})`);
      values = [point.x, point.y];
      if (!scheduled) {
        scheduled = true;
        requestAnimationFrame(writeFlags);
      }
    },
  };
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

function element<E extends Element>(node: E | null): E {
  if (node === null) throw new Error('a node that was just made is missing');
  return node;
}
