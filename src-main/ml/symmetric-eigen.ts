// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub & Van Loan, "Matrix Computations", section 8.5): a page
// of arithmetic that is exact to rounding, and quick enough for the 64 x 64 matrices here.

export interface Eigen {
  readonly values: Float64Array; // [n]
  /** Column j belongs to value j. // [n, n] */
  readonly vectors: Float64Array;
}

const SWEEPS = 60;

export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, n) > 0; sweep++) {
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** Turns the plane of axes p and q so that a[p, q] becomes 0. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  const [app, aqq] = [a[p * n + p]!, a[q * n + q]!];
  // Below the rounding of the diagonal there is nothing left to turn.
  if (Math.abs(apq) <= Number.EPSILON * 1e-3 * (Math.abs(app) + Math.abs(aqq))) {
    a[p * n + q] = 0;
    a[q * n + p] = 0;
    return;
  }
  const theta = (aqq - app) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(t * t + 1);
  const sine = t * cosine;
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, cosine, sine);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, cosine, sine);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, cosine, sine);
}

function turn(values: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const [x, y] = [values[i]!, values[j]!];
  values[i] = cosine * x - sine * y;
  values[j] = sine * x + cosine * y;
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i !== j) sum += a[i * n + j]! ** 2;
  return sum;
}
