import { describe, expect, it } from 'vitest';
import { seededNormal, seededRandom } from '#shared/random';
import { areaUnderCurve } from '#ml/directions/auc';
import { balancedDifference } from '#ml/directions/balanced';
import { choleskyOf, solveWith } from '#ml/directions/cholesky';
import { conditional, orthonormal } from '#ml/directions/conditional';
import { hyperplane } from '#ml/directions/hyperplane';
import { jointEffect } from '#ml/directions/joint';
import { unit } from '#ml/directions/latents';
import { meanDifference } from '#ml/directions/mean-difference';
import { principalComponents } from '#ml/directions/principal-components';
import { readAt, ridgeRegressions } from '#ml/directions/ridge';
import { closedFormFactors } from '#ml/directions/sefa';
import { dot, planted, rowsOf } from './planted';

const all = (count: number): number[] => Array.from({ length: count }, (_, row) => row);

describe('of two labels with correlation .8, what moving one moves of the other', () => {
  const data = planted(8000, 16, 0.8, 3);
  const high = rowsOf(data.a, (value) => value >= 0.4);
  const low = rowsOf(data.a, (value) => value <= -0.4);
  const leak = (v: ArrayLike<number>): number => Math.abs(dot(v, data.axisB) / dot(v, data.axisA));

  it('is .8 of it for the difference of means', () => {
    expect(leak(meanDifference(data, high, low))).toBeCloseTo(0.8, 1);
  });
  it('is about half of that for balanced means: the correlation within each half stays', () => {
    const v = balancedDifference(
      data,
      rowsOf(data.a, (value) => value > 0),
      rowsOf(data.a, (value) => value <= 0),
      (row) => (data.b[row]! > 0 ? 'long' : 'short'),
    )!;
    // quadrants of two normals: P(++) = 1/4 + asin(rho) / 2 pi, and E[b | a and b of these signs] is proportional to (1 +- rho) / P
    const same = 1.8 / (0.25 + Math.asin(0.8) / (2 * Math.PI));
    const other = 0.2 / (0.25 - Math.asin(0.8) / (2 * Math.PI));
    expect(leak(v)).toBeCloseTo((same - other) / (same + other), 1); // .40
  });
  it('is at most .2 for the normal of a regression', () => {
    const [reading] = ridgeRegressions(data, all(data.count), [data.a]);
    expect(leak(reading!.weights)).toBeLessThan(0.05);
  });
  it('is all but nothing for the joint least squares of z on both, which is where the data goes', () => {
    const v = jointEffect(data, all(data.count), [data.a, data.b], 0);
    expect(leak(v)).toBeLessThan(0.05);
    expect(dot(v, data.axisA)).toBeCloseTo(1, 1); // one standard deviation of a moves z by the axis, of length 1
    // alone, it is the slope of the data, and takes what goes with it along
    expect(leak(jointEffect(data, all(data.count), [data.a], 0))).toBeCloseTo(0.8, 1);
  });
  it('is nothing once the other’s normal is projected out', () => {
    const plane = hyperplane(data, high, low);
    const [other] = ridgeRegressions(data, all(data.count), [data.b]);
    const v = conditional(plane.weights, [other!.weights])!;
    expect(leak(v)).toBeLessThan(0.05);
    expect(dot(v, unit(other!.weights))).toBeCloseTo(0, 12);
    expect(leak(plane.weights)).toBeGreaterThan(leak(v));
  });
});

describe('balanced means', () => {
  it('leave out a cell that has nobody on one side, and are null where all are such', () => {
    const data = planted(400, 4, 0, 5);
    const high = rowsOf(data.a, (value) => value > 0);
    const low = rowsOf(data.a, (value) => value <= 0);
    expect(balancedDifference(data, high, low, (row) => (data.a[row]! > 0 ? 'x' : 'y'))).toBeNull();
    const one = balancedDifference(data, high, low, () => 'all')!;
    meanDifference(data, high, low).forEach((value, i) => expect(one[i]).toBeCloseTo(value, 12));
  });
});

describe('the joint effect', () => {
  it('follows the data where the normal of a regression does not', () => {
    // the label moves z along the first axis; the second is noise that the first partly has as well
    const random = seededRandom(3);
    const y = Float64Array.from({ length: 2000 }, random.normal);
    const z = new Float32Array(4000);
    y.forEach((value, row) => {
      const shared = random.normal();
      z[2 * row] = value + shared;
      z[2 * row + 1] = shared;
    });
    const data = { z, size: 2, count: 2000 };
    const [reading] = ridgeRegressions(data, all(2000), [y], 1e-6);
    expect(reading!.weights[1]! / reading!.weights[0]!).toBeCloseTo(-1, 2);
    const effect = jointEffect(data, all(2000), [y], 0);
    expect(effect[0]).toBeCloseTo(1, 1);
    expect(effect[1]).toBeCloseTo(0, 1);
  });
  it('is nothing for a label that all rows share, and one of two labels that say the same takes half', () => {
    const data = planted(400, 4, 0, 5);
    const same = new Float64Array(400).fill(2);
    expect([...jointEffect(data, all(400), [same, data.a], 0)]).toEqual([0, 0, 0, 0]);
    const [alone, half] = [[data.a], [data.a, data.a]].map((columns) =>
      jointEffect(data, all(400), columns, 0),
    );
    half!.forEach((value, i) => expect(value).toBeCloseTo(alone![i]! / 2, 2));
  });
});

describe('ridge regression', () => {
  it('finds the line that was planted and reads it', () => {
    const data = planted(500, 6, 0, 7);
    const y = Float64Array.from(
      { length: 500 },
      (_, row) => 3 + 2 * dot(data.z.subarray(row * 6, row * 6 + 6), [1, 0, -1, 0, 0.5, 0]),
    );
    const [reading] = ridgeRegressions(data, all(500), [y], 1e-9);
    [2, 0, -2, 0, 1, 0].forEach((value, i) => expect(reading!.weights[i]).toBeCloseTo(value, 5));
    expect(readAt(reading!, [1, 1, 1, 1, 1, 1])).toBeCloseTo(4, 4);
  });
  it('gives no weight where all latents are alike', () => {
    const data = { z: new Float32Array(20).fill(1), size: 2, count: 10 };
    const [reading] = ridgeRegressions(data, all(10), [Float64Array.from({ length: 10 }, (_, i) => i)]);
    expect([...reading!.weights]).toEqual([0, 0]);
    expect(reading!.intercept).toBeCloseTo(4.5, 12);
  });
});

describe('the logistic hyperplane', () => {
  it('is where the gradient of its loss vanishes', () => {
    const data = planted(300, 3, 0, 9);
    const noise = seededNormal(4, 300);
    const high = rowsOf(data.a, () => true).filter((row) => data.a[row]! + 0.5 * noise[row]! > 0);
    const low = all(300).filter((row) => !high.includes(row));
    const { weights, intercept } = hyperplane(data, high, low);
    const loss = (w: readonly number[], b: number): number => {
      // the same penalty in the units of z: lambda / 2 |w spread|^2
      let mean = [0, 0, 0];
      for (let row = 0; row < 300; row++) mean = mean.map((m, i) => m + data.z[row * 3 + i]! / 300);
      let variance = 0;
      for (let i = 0; i < 900; i++) variance += (data.z[i]! - mean[i % 3]!) ** 2 / 900;
      const side = (rows: readonly number[], sign: number): number =>
        rows.reduce((sum, row) => {
          const margin = sign * (dot(data.z.subarray(row * 3, row * 3 + 3), w) + b);
          return sum + (150 / rows.length) * Math.log1p(Math.exp(-margin));
        }, 0);
      return side(high, 1) + side(low, -1) + 0.5 * variance * dot(w, w);
    };
    const w = [...weights];
    const at = loss(w, intercept);
    for (let i = 0; i < 3; i++) {
      for (const step of [1e-3, -1e-3])
        expect(
          loss(
            w.map((value, j) => value + (i === j ? step : 0)),
            intercept,
          ),
        ).toBeGreaterThan(at);
    }
    expect(loss(w, intercept + 1e-3)).toBeGreaterThan(at);
    expect(loss(w, intercept - 1e-3)).toBeGreaterThan(at);
  });
  it('points along the planted axis', () => {
    const data = planted(2000, 8, 0, 11);
    const { weights } = hyperplane(
      data,
      rowsOf(data.a, (value) => value > 0.4),
      rowsOf(data.a, (value) => value < -0.4),
    );
    expect(dot(unit(weights), data.axisA)).toBeGreaterThan(0.97);
  });
});

describe('projecting out', () => {
  it('leaves a direction at right angles to every normal, also to nearly parallel ones', () => {
    const random = seededRandom(1);
    const vector = (): Float64Array => Float64Array.from({ length: 10 }, () => random.normal());
    const [v, a, b] = [vector(), vector(), vector()];
    const near = a.map((value, i) => value + 1e-6 * b[i]!);
    const rest = conditional(v, [a, near, b])!;
    for (const normal of [a, near, b]) expect(Math.abs(dot(rest, unit(normal)))).toBeLessThan(1e-10);
    expect(dot(rest, rest)).toBeCloseTo(1, 12);
  });
  it('is null where nothing is left', () => {
    const v = Float64Array.of(1, 2, 3);
    expect(conditional(v, [v.map((value) => -2 * value)])).toBeNull();
    expect(orthonormal([v, v])).toHaveLength(1);
  });
});

describe('Cholesky', () => {
  it('solves what was multiplied, and refuses what is not positive definite', () => {
    const a = Float64Array.of(4, 2, 0.6, 2, 5, 1, 0.6, 1, 3);
    const x = [1, -2, 0.5];
    const b = Float64Array.from({ length: 3 }, (_, i) => dot(a.subarray(3 * i, 3 * i + 3), x));
    solveWith(choleskyOf(a, 3)!, 3, b).forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 12));
    expect(choleskyOf(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
  });
});

describe('the area under the curve', () => {
  it('is the share of pairs in order, ties counting half', () => {
    expect(areaUnderCurve([3, 4], [1, 2])).toBe(1);
    expect(areaUnderCurve([1, 2], [3, 4])).toBe(0);
    expect(areaUnderCurve([1, 1], [1, 1])).toBe(0.5);
    expect(areaUnderCurve([2, 3], [1, 2, 4])).toBeCloseTo((1 + 0.5 + 0 + 1 + 1 + 0) / 6, 12);
    expect(areaUnderCurve([], [1])).toBe(0.5);
  });
});

describe('closed-form factors of the first layer', () => {
  it('are its right singular vectors: |A v| = sqrt(value), largest first, at right angles', () => {
    const [units, size] = [30, 6];
    const weights = Float64Array.from(
      seededNormal(2, units * size),
      (value, at) => value * (1 + (at % size)),
    );
    const factors = closedFormFactors(weights, size);
    expect(factors).toHaveLength(size);
    factors.forEach(({ direction, value }, k) => {
      const y = Array.from({ length: units }, (_, i) =>
        dot(weights.subarray(i * size, (i + 1) * size), direction),
      );
      expect(Math.sqrt(dot(y, y))).toBeCloseTo(Math.sqrt(value), 5);
      if (k > 0) expect(value).toBeLessThanOrEqual(factors[k - 1]!.value);
      factors.slice(0, k).forEach((other) => expect(dot(direction, other.direction)).toBeCloseTo(0, 9));
    });
  });
});

describe('principal components of the first layer', () => {
  it('are carried back to the directions that were planted, with their shares', () => {
    const [count, size, width] = [800, 5, 40];
    const z = seededNormal(3, count * size);
    const gains = [4, 2, 1, 0.5, 0.25];
    // orthonormal columns times gains
    const columns = orthonormal(gains.map((_, k) => Float64Array.from(seededNormal(50 + k, width))));
    const y = new Float32Array(count * width);
    for (let row = 0; row < count; row++)
      for (let i = 0; i < width; i++)
        y[row * width + i] =
          7 + gains.reduce((sum, gain, k) => sum + gain * z[row * size + k]! * columns[k]![i]!, 0);
    const found = principalComponents({ z, size, count }, y, 3, 1);
    expect(found).toHaveLength(3);
    found.forEach(({ direction, share }, k) => {
      expect(direction[k]).toBeGreaterThan(0.99);
      expect(share).toBeCloseTo(gains[k]! ** 2 / 21.3125, 1);
    });
  });
  it('are the same for the same seed', () => {
    const z = seededNormal(1, 60);
    const y = seededNormal(2, 20 * 9);
    const latents = { z, size: 3, count: 20 };
    expect(principalComponents(latents, y, 2, 5)).toEqual(principalComponents(latents, y, 2, 5));
  });
});
