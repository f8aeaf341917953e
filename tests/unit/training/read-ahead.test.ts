import { describe, expect, it } from 'vitest';
import { readAhead } from '#engine/training/read-ahead';

/** Reads that end when they are told to. */
function slowReader() {
  const started: number[] = [];
  const finish = new Map<number, (why?: Error) => void>();
  const read = (batch: number): Promise<Float32Array> => {
    started.push(batch);
    return new Promise((resolve, reject) => {
      finish.set(batch, (why) => (why === undefined ? resolve(Float32Array.of(batch)) : reject(why)));
    });
  };
  return { read, started, finish };
}

describe('batches that are read ahead', () => {
  it('are begun before they are asked for, and read once', async () => {
    const { read, started, finish } = slowReader();
    const batch = readAhead(read, 2);
    const first = batch(7);
    expect(started).toEqual([7, 8, 9]);
    finish.get(8)!();
    finish.get(7)!();
    expect([...(await first)]).toEqual([7]);
    expect([...(await batch(8))]).toEqual([8]);
    expect(started).toEqual([7, 8, 9, 10]);
  });

  it('are what their number says, in whatever order they are asked for', async () => {
    const batch = readAhead((number) => Promise.resolve(Float32Array.of(number)), 2);
    for (const number of [0, 1, 0, 1, 2, 3, 2, 40, 3, 0]) expect((await batch(number))[0]).toBe(number);
  });

  it('are let go when they are passed, so that a long run holds no more than the window', async () => {
    const { read, started, finish } = slowReader();
    const batch = readAhead(read, 1);
    for (const number of [0, 5, 0]) {
      const wanted = batch(number);
      finish.get(number)!();
      await wanted;
    }
    expect(started).toEqual([0, 1, 5, 6, 0, 1]);
  });

  it('that cannot be read tell it to whoever asks for them, and nobody before', async () => {
    const { read, finish } = slowReader();
    const batch = readAhead(read, 1);
    const first = batch(0);
    finish.get(1)!(new Error('cut short'));
    finish.get(0)!();
    await expect(first).resolves.toBeDefined();
    await expect(batch(1)).rejects.toThrow('cut short');
  });
});
