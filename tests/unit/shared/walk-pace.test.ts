import { describe, expect, it } from 'vitest';
import { frameTimes, latentAt, walkSeconds, type Walk } from '#shared/walk';
import { coefficientOfVariation, evenPlaces, paceOf, withPaces } from '#shared/walk-pace';

/** A picture that changes as x^3: still at first, then in a rush. The exact pace is the cube root. */
const toy = (x: number): number => x ** 3;
const lengths = (places: Float32Array): number[] =>
  Array.from({ length: places.length - 1 }, (_, i) => Math.abs(toy(places[i + 1]!) - toy(places[i]!)));

function evened(steps: number, passes: number): Float32Array {
  let places = paceOf({}, steps);
  for (let pass = 0; pass < passes; pass++) places = evenPlaces(places, lengths(places));
  return places;
}

describe('evening', () => {
  it('finds the pace of a known path', () => {
    expect(coefficientOfVariation(lengths(paceOf({}, 64)))).toBeGreaterThan(0.8);
    const places = evened(64, 3);
    expect(coefficientOfVariation(lengths(places))).toBeLessThan(0.01);
    places.forEach((place, i) => expect(Math.abs(place - Math.cbrt(i / 64))).toBeLessThan(5e-3));
  });

  it('keeps the ends and the order, and leaves alone what is even or does not change', () => {
    const places = evened(16, 5);
    expect([places[0], places[16]]).toEqual([0, 1]);
    expect(places.every((place, i) => i === 0 || place >= places[i - 1]!)).toBe(true);
    const even = paceOf({}, 8);
    expect(evenPlaces(even, new Array<number>(8).fill(2))).toEqual(even);
    expect(evenPlaces(even, new Array<number>(8).fill(0))).toEqual(even);
    // a leg that stands for its first half
    expect([...evenPlaces(paceOf({}, 4), [0, 0, 1, 1])]).toEqual([0, 0.625, 0.75, 0.875, 1]);
  });

  it('shares the time of the walk by length, or keeps that of each leg', () => {
    const key = (x: number, seconds: number) =>
      ({ z: Float32Array.of(x), seconds, easing: 'cosine', hold: 1 }) as const;
    const walk: Walk = { path: 'lerp', closed: false, keys: [key(0, 1), key(1, 3), key(2, 5)] };
    const paces = [paceOf({}, 4), paceOf({}, 4)];
    const whole = withPaces(walk, paces, [3, 1], false);
    expect(whole.keys.map(({ seconds }) => seconds)).toEqual([3, 1, 5]);
    expect(whole.keys.map(({ hold }) => hold)).toEqual([1, 1, 1]);
    expect(walkSeconds(whole)).toBe(walkSeconds(walk));
    expect(withPaces(walk, paces, [3, 1], true).keys.map(({ seconds }) => seconds)).toEqual([1, 3, 5]);
    expect(whole.keys[0]?.easing).toBe('linear');
  });

  it('a walk at its pace shows equal steps', () => {
    const walk: Walk = {
      path: 'lerp',
      closed: false,
      keys: [
        { z: Float32Array.of(0), seconds: 2, easing: 'linear', pace: evened(64, 3) },
        { z: Float32Array.of(1), seconds: 0, easing: 'linear' },
      ],
    };
    const seen = [...frameTimes(walk, 30)].map((seconds) => toy(latentAt(walk, seconds).z[0]!));
    expect(coefficientOfVariation(seen.slice(1).map((value, i) => value - seen[i]!))).toBeLessThan(0.05);
  });
});
