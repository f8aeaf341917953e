// Which points lie inside a loop that a hand drew.

/** A closed loop, x and y in turn. */
export type Loop = readonly number[];

/** Even-odd rule (Shimrat 1962): a ray to the right crosses the loop an odd number of times. */
export function isInside(loop: Loop, x: number, y: number): boolean {
  let inside = false;
  const corners = loop.length / 2;
  for (let i = 0, j = corners - 1; i < corners; j = i++) {
    const [xi, yi] = [loop[2 * i]!, loop[2 * i + 1]!];
    const [xj, yj] = [loop[2 * j]!, loop[2 * j + 1]!];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

export function boundsOf(loop: Loop): readonly [number, number, number, number] {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < loop.length; i += 2) {
    left = Math.min(left, loop[i]!);
    right = Math.max(right, loop[i]!);
    bottom = Math.min(bottom, loop[i + 1]!);
    top = Math.max(top, loop[i + 1]!);
  }
  return [left, bottom, right, top];
}

/** Ascending; those for which `isShown` says no are left out. // xy [count, 2] */
export function pointsInside(xy: Float32Array, loop: Loop, isShown: (index: number) => boolean): Uint32Array {
  const [left, bottom, right, top] = boundsOf(loop);
  const inside: number[] = [];
  for (let at = 0; at < xy.length / 2; at++) {
    const [x, y] = [xy[2 * at]!, xy[2 * at + 1]!];
    if (x >= left && x <= right && y >= bottom && y <= top && isShown(at) && isInside(loop, x, y))
      inside.push(at);
  }
  return Uint32Array.from(inside);
}
