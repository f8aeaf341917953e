// How much a small piece of the latent space is stretched when it is decoded (Bishop, Svensén & Williams 1997, "Magnification factors for
// the GTM algorithm"): the area of the picture surface over the area of the latent, sqrt(det J^T J), J = dx/dz by central differences
//   J_i = (x(z + h e_i) - x(z - h e_i)) / 2h.
// x is taken before it becomes bytes, on a scale of 0 to 1: bytes would hide any step as small as h.
import { cancelled } from '#shared/errors';
import type { MapBox } from '#shared/map';
import { latticeOver } from './lattice';
import type { Progress } from './point-set';

/** Values of pictures on a scale of 0 to 1. // z [count, 2] -> [count, pixels] */
export type DecodeValues = (z: Float32Array, count: number) => Promise<Float32Array>;

/** Errors of the difference fall with h^2, those of 32-bit values grow with 1/h: at this step both are below a thousandth. */
export const STEP = 0.02;
const PLACES_AT_ONCE = 32;

/** // places [count, 2] -> [count] */
export async function magnificationAt(
  places: Float32Array,
  decode: DecodeValues,
  step = STEP,
): Promise<Float32Array<ArrayBuffer>> {
  const count = places.length / 2;
  const z = new Float32Array(8 * count);
  for (let at = 0; at < count; at++) {
    const [x, y] = [places[2 * at]!, places[2 * at + 1]!];
    z.set([x + step, y, x - step, y, x, y + step, x, y - step], 8 * at);
  }
  const values = await decode(z, 4 * count);
  const each = values.length / (4 * count);
  return Float32Array.from({ length: count }, (_, at) => {
    const from = 4 * at * each;
    // the step that 32-bit numbers really made
    const stepX = z[8 * at]! - z[8 * at + 2]!;
    const stepY = z[8 * at + 5]! - z[8 * at + 7]!;
    let [xx, yy, xy] = [0, 0, 0];
    for (let i = 0; i < each; i++) {
      const dx = (values[from + i]! - values[from + each + i]!) / stepX;
      const dy = (values[from + 2 * each + i]! - values[from + 3 * each + i]!) / stepY;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
    return Math.sqrt(Math.max(0, xx * yy - xy * xy));
  });
}

/** At every cell of a lattice, row by row from the top. // [side, side] */
export async function magnificationOver(
  box: MapBox,
  side: number,
  decode: DecodeValues,
  { cancellation, send }: Progress,
): Promise<Float32Array<ArrayBuffer>> {
  const { xAt, yAt } = latticeOver(box, side);
  const places = Float32Array.from({ length: 2 * side * side }, (_, at) => {
    const cell = at >> 1;
    return at % 2 === 0 ? xAt(cell % side) : yAt(Math.floor(cell / side));
  });
  const values = new Float32Array(side * side);
  for (let from = 0; from < values.length; from += PLACES_AT_ONCE) {
    if (cancellation.cancelled) throw cancelled();
    send({ stage: 'Decoding', done: from, total: values.length });
    const to = Math.min(values.length, from + PLACES_AT_ONCE);
    values.set(await magnificationAt(places.subarray(2 * from, 2 * to), decode), from);
  }
  return values;
}
