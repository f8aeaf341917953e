/** Points of a walk as pictures, one after another, decoded many at a time. */
import { cancelled } from '#shared/errors';
import type { Pictures } from '#shared/domain';
import type { FilmProgress } from '#shared/film';
import type { Cancellation } from '#shared/rpc';
import type { WalkPoint } from '#shared/walk';

/** // [count, size] -> [count, height, width, 4] */
export type DecodeLatents = (z: Float32Array, count: number, condition?: number) => Promise<Pictures>;

export interface Progress {
  readonly cancellation: Pick<Cancellation, 'cancelled'>;
  readonly send: (event: FilmProgress) => void;
}

/** Pictures held at once. */
const MOST_ROWS = 64;
const MOST_PIXELS = 2 ** 23;

export interface PictureShape {
  readonly width: number;
  readonly height: number;
}

/** RGBA of each point, in order. // count x [height, width, 4] */
export async function* decodedPoints(
  points: readonly WalkPoint[],
  { width, height }: PictureShape,
  decode: DecodeLatents,
  { cancellation, send }: Progress,
): AsyncGenerator<Uint8Array> {
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_PIXELS / (width * height))));
  const bytes = width * height * 4;
  for (let from = 0; from < points.length;) {
    if (cancellation.cancelled) throw cancelled();
    const count = sameClass(points, from, most);
    const size = points[from]!.z.length;
    const z = new Float32Array(count * size);
    for (let row = 0; row < count; row++) z.set(points[from + row]!.z, row * size);
    const { rgba } = await decode(z, count, points[from]!.condition);
    for (let row = 0; row < count; row++) yield rgba.subarray(row * bytes, (row + 1) * bytes);
    from += count;
    send({ done: from, total: points.length });
  }
}

/** One call of the generator makes pictures of one class. */
function sameClass(points: readonly WalkPoint[], from: number, most: number): number {
  let count = 1;
  while (
    count < most &&
    from + count < points.length &&
    points[from + count]!.condition === points[from]!.condition
  )
    count++;
  return count;
}
