import { describe, expect, test } from 'vitest';
import { understandEncoder } from '#engine/importing/understand-encoder';
import { priorFromEncoder } from '#engine/importing/prior';
import { seededNormal } from '#shared/random';
import { network, port } from './fake-networks';

const COUNT = 16;
/** Two dimensions of z are the brightness of the upper and the lower half of the picture. */
const z = seededNormal(1, COUNT * 2);
const pictures = Uint8Array.from({ length: COUNT * 64 }, (_, at) => {
  const [row, pixel] = [Math.floor(at / 64), at % 64];
  return Math.round(128 + 40 * Math.max(-3, Math.min(3, z[row * 2 + (pixel < 32 ? 0 : 1)] ?? 0)));
});
const trip = { z, pictures, count: COUNT };
const partner = { latent: 2, picture: { height: 8, width: 8, channels: 1 }, range: [0, 1] as const };

const halves = (data: Float32Array, row: number): readonly [number, number] => {
  const mean = (from: number): number =>
    data.subarray(row * 64 + from, row * 64 + from + 32).reduce((a, b) => a + b) / 32;
  return [mean(0), mean(32)];
};

describe('an encoder is read by its round trip', () => {
  test('mu is the output in which z comes back, whatever its place and name', async () => {
    const runner = network(
      [port('x', [null, 8, 8, 1])],
      [port('a', [null, 2]), port('b', [null, 2])],
      (feeds) => {
        const { shape, data } = feeds.get('x')!;
        const rows = shape[0] ?? 0;
        const mu = Float32Array.from({ length: rows * 2 }, (_, at) => halves(data, at >> 1)[at % 2] ?? 0);
        return {
          a: { shape: [rows, 2], data: new Float32Array(rows * 2).fill(-3) },
          b: { shape: [rows, 2], data: mu },
        };
      },
    );
    const { contract, agreement, guesses } = await understandEncoder(runner, partner, trip);
    expect(contract).toMatchObject({ layout: 'NHWC', range: [0, 1], batch: 'any', mu: 'b' });
    expect(contract.logVar).toEqual({ kind: 'output', output: 'a' });
    expect(agreement).toBeGreaterThan(0.95);
    expect(guesses[0]?.certain).toBe(true);
  });

  test.each([
    ['mu first', 0, { kind: 'half' }],
    ['logVar first', 2, { kind: 'half', half: 'first' }],
  ] as const)('mu and logVar side by side, %s', async (_, start, logVar) => {
    const runner = network([port('x', [null, 64])], [port('h', [null, 4])], (feeds) => {
      const { shape, data } = feeds.get('x')!;
      const rows = shape[0] ?? 0;
      const all = new Float32Array(rows * 4).fill(-2);
      for (let row = 0; row < rows; row++) all.set(halves(data, row), row * 4 + start);
      return { h: { shape: [rows, 4], data: all } };
    });
    const { contract, mu } = await understandEncoder(runner, partner, trip);
    expect(contract).toMatchObject({ layout: 'flat', mu: 'h' });
    expect(contract.logVar).toEqual(logVar);
    expect(mu.every((value) => value > -2)).toBe(true);
  });

  test('the encoder of another generator is told', async () => {
    const wrongWidth = network([port('x', [null, 8, 8, 1])], [port('h', [null, 7])], () => ({}));
    await expect(understandEncoder(wrongWidth, partner, trip)).rejects.toThrow(
      /it gives 7 numbers for a picture, and the latent has 2/,
    );
    const wrongSize = network([port('x', [null, 28, 28, 1])], [port('h', [null, 2])], () => ({}));
    await expect(understandEncoder(wrongSize, partner, trip)).rejects.toThrow(/another size/);
    const unrelated = network([port('x', [null, 8, 8, 1])], [port('h', [null, 2])], (feeds) => {
      const rows = feeds.get('x')!.shape[0] ?? 0;
      return { h: { shape: [rows, 2], data: seededNormal(99, rows * 2) } };
    });
    expect((await understandEncoder(unrelated, partner, trip)).guesses[0]?.certain).toBe(false);
  });
});

describe('the prior by the encoder', () => {
  test.each([
    [[0.1, 0.9, 0.4], false, { kind: 'uniform', low: 0, high: 1 }],
    [[-0.9, 0.9, 0.4], false, { kind: 'uniform', low: -1, high: 1 }],
    [[-2, 1.5, 0.4], false, undefined],
    [[0.1, 0.9, 0.4], true, undefined],
    [[0.5, 0.5, 0.5], false, undefined],
  ])('mu of %j, variances %s', (mu, variances, prior) => {
    expect(priorFromEncoder(Float32Array.from(mu), variances)?.prior).toEqual(prior);
  });
});
