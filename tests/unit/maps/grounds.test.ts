// What lies under the points of a 2-d latent, against closed forms.
import { describe, expect, it } from 'vitest';
import { bestWidth, densityOverlay } from '#engine/maps/density';
import { latticeOver } from '#engine/maps/lattice';
import { magnificationAt } from '#engine/maps/magnification';
import { classRegions, NOBODYS } from '#engine/maps/regions';
import { seededNormal } from '#shared/random';

const quiet = { check: () => undefined, onProgress: () => undefined };
const prior = { kind: 'normal' } as const;
const box = { x: [-6, 6], y: [-6, 6] } as const;
/** So many codes of standard deviation sqrt(1 - width^2), each as wide as `width`: together the prior itself. */
const likePrior = (count: number, width: number): Float32Array =>
  seededNormal(9, 2 * count).map((value) => value * Math.sqrt(1 - width * width));

describe('the density of the codes', () => {
  it('adds up to 1, and is the prior where the codes are spread as the prior', () => {
    const mu = likePrior(4000, 0.5);
    const sd = new Float32Array(mu.length).fill(0.5);
    const { integral, kl, holeMass } = densityOverlay({ mu, sd, prior, box, side: 160, seed: 1 }, quiet);
    expect(integral).toBeCloseTo(1, 3);
    expect(kl).toBeGreaterThan(-0.001);
    expect(kl).toBeLessThan(0.01);
    expect(holeMass).toBeLessThan(0.002);
  });

  it('is the Gaussian of one code, in closed form', () => {
    const side = 60;
    const sd = Float32Array.of(0.5, 1);
    const { density } = densityOverlay(
      { mu: Float32Array.of(1, -0.5), sd, prior, box, side, seed: 1 },
      quiet,
    );
    const { xAt, yAt } = latticeOver(box, side);
    for (const [row, column] of [
      [30, 30],
      [33, 35],
      [40, 34],
    ] as const) {
      const exponent = -0.5 * (((xAt(column) - 1) / 0.5) ** 2 + (yAt(row) + 0.5) ** 2);
      expect(density[row * side + column]).toBeCloseTo(Math.exp(exponent) / (2 * Math.PI * 0.5), 5);
    }
  });

  it('has a hole where all codes of one side were taken away, as large as the mass that is missing', () => {
    const all = likePrior(4000, 0.2);
    const kept = Float32Array.from(
      Array.from({ length: 4000 }, (_, n) => [all[2 * n]!, all[2 * n + 1]!])
        .filter(([x]) => x! < 0.8)
        .flat(),
    );
    const holes = [all, kept].map(
      (mu) =>
        densityOverlay(
          { mu, sd: new Float32Array(mu.length).fill(0.2), prior, box, side: 160, seed: 1 },
          quiet,
        ).holeMass,
    );
    // P(x > .8) = .212 less what the width of the last codes reaches over
    expect(holes[0]).toBeLessThan(0.03);
    expect(holes[1]).toBeGreaterThan(0.12);
    expect(holes[1]).toBeLessThan(0.21);
  });

  it('finds the width under which the codes tell of each other, larger for fewer of them', () => {
    const [few, many] = [200, 5000].map((count) => bestWidth(seededNormal(3, 2 * count), 1, quiet));
    expect(many!).toBeLessThan(few!);
    // Scott's rule is the best for a Gaussian
    expect(many!).toBeGreaterThan(0.4 * 5000 ** (-1 / 6));
    expect(many!).toBeLessThan(1.1 * 5000 ** (-1 / 6));
  });
});

describe('the magnification', () => {
  /** x = (z1^2, z1 z2, 3 z2): J = [[2 z1, 0], [z2, z1], [0, 3]] */
  const decode = (z: Float32Array, count: number): Promise<Float32Array> =>
    Promise.resolve(
      Float32Array.from({ length: 3 * count }, (_, at) => {
        const [x, y] = [z[2 * Math.floor(at / 3)]!, z[2 * Math.floor(at / 3) + 1]!];
        return [x * x, x * y, 3 * y][at % 3]!;
      }),
    );

  it('is that of the derivatives in closed form, and of finer differences', async () => {
    const places = Float32Array.of(0.5, 1, -1, 0.3, 2, -2);
    const found = await magnificationAt(places, decode);
    const finer = await magnificationAt(places, decode, 0.005);
    for (let at = 0; at < 3; at++) {
      const [x, y] = [places[2 * at]!, places[2 * at + 1]!];
      const [xx, yy, xy] = [4 * x * x + y * y, x * x + 9, x * y];
      expect(found[at]! / Math.sqrt(xx * yy - xy * xy)).toBeCloseTo(1, 3);
      expect(found[at]! / finer[at]!).toBeCloseTo(1, 3);
    }
  });

  it('is nothing where the picture changes in one way only', async () => {
    const line = (z: Float32Array, count: number): Promise<Float32Array> =>
      Promise.resolve(
        Float32Array.from({ length: 2 * count }, (_, at) => z[2 * (at >> 1)]! + z[2 * (at >> 1) + 1]!),
      );
    expect((await magnificationAt(Float32Array.of(0.2, 0.4), line))[0]!).toBeLessThan(0.01);
  });
});

describe('class regions', () => {
  it('belong to the class of most near codes, and to nobody far from all', () => {
    const mu = seededNormal(2, 400).map(
      (value, at) => 0.2 * value + (at % 2 === 0 ? (at % 4 === 0 ? -1 : 1) : 0),
    );
    const labels = Uint8Array.from({ length: 200 }, (_, n) => n % 2);
    const side = 60;
    const regions = classRegions({ mu, labels, classes: 2, box, side }, quiet);
    const { xAt, yAt } = latticeOver(box, side);
    for (let cell = 0; cell < side * side; cell++) {
      const [x, y] = [xAt(cell % side), yAt(Math.floor(cell / side))];
      if (Math.hypot(Math.abs(x) - 1, y) < 0.3) expect(regions[cell]).toBe(x < 0 ? 0 : 1);
      if (Math.hypot(x, y) > 2.3 + NOBODYS) expect(regions[cell]).toBeNaN();
    }
  });
});
