// How much of a factor stands in a code as a straight line: least squares on one half, R2 on the other.
import type * as tf from '@tensorflow/tfjs';

/** Keeps the system solvable where dimensions of the code are unused. */
const RIDGE = 1e-3;

/** R2 of the factor on the rows after `fitted`, read by a linear map that was fitted to the rows before. // codes [rows, latent] */
export function linearProbe(codes: tf.Tensor2D, factor: Float32Array, fitted: number): number {
  const [rows, size] = codes.shape;
  const values = codes.dataSync();
  const wide = size + 1;
  const at = (row: number, column: number): number => (column === size ? 1 : values[row * size + column]!);
  // normal equations (A^T A + ridge) w = A^T f
  const matrix = Array.from({ length: wide }, () => new Float64Array(wide + 1));
  for (let row = 0; row < fitted; row++) {
    for (let i = 0; i < wide; i++) {
      for (let j = 0; j < wide; j++) matrix[i]![j]! += at(row, i) * at(row, j);
      matrix[i]![wide]! += at(row, i) * factor[row]!;
    }
  }
  matrix.forEach((line, i) => (line[i]! += RIDGE));
  const weights = solve(matrix);
  let [residual, sum, squares] = [0, 0, 0];
  for (let row = fitted; row < rows; row++) {
    let predicted = 0;
    for (let i = 0; i < wide; i++) predicted += weights[i]! * at(row, i);
    residual += (factor[row]! - predicted) ** 2;
    sum += factor[row]!;
    squares += factor[row]! ** 2;
  }
  return 1 - residual / (squares - sum ** 2 / (rows - fitted));
}

/** Gauss-Jordan elimination with pivots. // [n, n + 1] -> [n] */
function solve(matrix: Float64Array[]): Float64Array {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(matrix[row]![column]!) > Math.abs(matrix[pivot]![column]!)) pivot = row;
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    const line = matrix[column]!;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = matrix[row]![column]! / line[column]!;
      for (let at = column; at <= size; at++) matrix[row]![at]! -= factor * line[at]!;
    }
  }
  return Float64Array.from(matrix, (line, i) => line[size]! / line[i]!);
}
