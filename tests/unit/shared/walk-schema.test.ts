import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import { parserOf } from '#shared/schema';
import type { Walk } from '#shared/walk';
import { walkFromJson, walkSchema, walkToJson } from '#shared/walk-schema';

const z = (seed: number, size = 3) => latentOfSeed(seed, size, { kind: 'normal' });
const walk: Walk = {
  path: 'spline',
  closed: true,
  keepNorm: true,
  keys: [
    { z: z(1), seconds: 1.5, easing: 'cosine', condition: 4, hold: 0.25 },
    { z: z(2), seconds: 2, easing: 'linear', pace: Float32Array.of(0, 0.1, 0.7, 1) },
  ],
};
const file = () => walkToJson({ model: 'm', walk });
const [first, second] = file().keys as [
  ReturnType<typeof file>['keys'][0],
  ReturnType<typeof file>['keys'][0],
];

describe('a walk as JSON', () => {
  it('comes back to the bit', () => {
    expect(walkFromJson(JSON.parse(JSON.stringify(file())), 'w.json')).toEqual({ model: 'm', walk });
  });

  it.each([
    ['one key', { ...file(), keys: [first] }, /at least two keys/],
    ['another format', { ...file(), format: 'latentscape-walk/2' }, /format/],
    ['no format', [1, 2], /expected object/],
    ['keys of two models', { ...file(), keys: [first, { ...second, z: [1] }] }, /different lengths/],
    ['an infinite coordinate', { ...file(), keys: [first, { ...second, z: [1, 2, 1e39] }] }, /finite/],
    [
      'a pace that goes back',
      { ...file(), keys: [first, { ...second, pace: [0, 0.8, 0.2, 1] }] },
      /from 0 to 1/,
    ],
    ['negative time', { ...file(), keys: [{ ...first, seconds: -1 }, second] }, /keys\.0\.seconds/],
    ['no time', { ...file(), keys: [first, second].map((key) => ({ ...key, seconds: 0 })) }, /any time/],
    ['an unknown path', { ...file(), path: 'zigzag' }, /path/],
    ['too many keys', { ...file(), keys: new Array(257).fill(first) }, /keys/],
  ])('%s is refused in one sentence', (_, document, sentence) => {
    expect(() => walkFromJson(document, 'w.json')).toThrow(AppError);
    expect(() => walkFromJson(document, 'w.json')).toThrow(sentence);
    expect(() => walkFromJson(document, 'w.json')).toThrow(/w\.json/);
  });

  it('over the wire its latents are typed arrays', () => {
    expect(parserOf(walkSchema)(walk)).toEqual(walk);
    expect(() => parserOf(walkSchema)(file())).toThrow(/Float32Array/);
  });
});
