// Coordinates that nobody chose: a random rotation of a latent space. The directions of a normal prior are all alike, so what its axes
// say a rotation says as well; where it does not, the axes mean something.
import { dot, norm } from './latent-math';
import { seededRandom } from './random';

/**
 * The first `count` rows of the rotation of this seed: Gram-Schmidt over normal vectors, which is uniform over all rotations (Stewart
 * 1980, "The efficient generation of random orthogonal matrices"). Row k is the same for every count. // [count][size], length 1
 */
export function randomRotation(
  seed: number,
  size: number,
  count: number = size,
): readonly Float32Array<ArrayBuffer>[] {
  const random = seededRandom(seed);
  const rows: Float32Array<ArrayBuffer>[] = [];
  for (let k = 0; k < Math.min(count, size); k++) {
    let row = Float32Array.from({ length: size }, () => random.normal());
    // twice: once leaves rounding behind
    for (let pass = 0; pass < 2; pass++)
      for (const before of rows) {
        const along = dot(row, before);
        row = row.map((value, i) => value - along * before[i]!);
      }
    const length = norm(row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}
