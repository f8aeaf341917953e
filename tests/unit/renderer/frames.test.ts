// Playing: which frame is due, which were dropped, and the ring of frames that are decoded ahead.
import { describe, expect, it } from 'vitest';
import type { Pictures } from '#shared/domain';
import { FrameBuffer } from '../../../src-renderer/state/frame-buffer';
import { FrameClock } from '../../../src-renderer/state/frame-clock';

describe('the clock', () => {
  it('shows every frame once on a screen of the same rate, however its rhythm wavers', () => {
    const clock = new FrameClock(1000, 0, 60);
    const shown: number[] = [];
    for (let i = 0; i < 120; i++) {
      const due = clock.due(1000 + (i * 1000) / 60 + (i % 2 === 0 ? 3 : -3));
      if (!clock.isNew(due)) continue;
      clock.show(due);
      shown.push(due);
    }
    expect(shown).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(clock.dropped).toBe(0);
  });

  it('counts what was not there in time, also at the end', () => {
    const clock = new FrameClock(0, 10, 50);
    clock.show(clock.due(0)); // 10
    clock.show(clock.due(100)); // 15
    expect(clock.dropped).toBe(4);
    clock.end(19);
    expect(clock.dropped).toBe(8);
    expect(clock.shown).toBe(2);
  });

  it('has nothing new on a screen that is faster', () => {
    const clock = new FrameClock(0, 0, 30);
    const seen = Array.from({ length: 8 }, (_, i) => {
      const due = clock.due((i * 1000) / 120);
      const isNew = clock.isNew(due);
      if (isNew) clock.show(due);
      return isNew;
    });
    expect(seen.filter(Boolean)).toHaveLength(3);
    expect(clock.dropped).toBe(0);
  });
});

const pictureOf = (frame: number): Pictures => ({
  count: 1,
  width: 1,
  height: 1,
  rgba: Uint8Array.of(frame, 0, 0, 255),
});

function bufferOf(count: number, capacity: number) {
  const asked: number[][] = [];
  const errors: unknown[] = [];
  let fails = false;
  const buffer = new FrameBuffer({
    count,
    capacity,
    batch: 4,
    decode: async (frames) => {
      asked.push([...frames]);
      await Promise.resolve();
      if (fails) throw new Error('the engine is gone');
      return frames.map(pictureOf);
    },
    onError: (error) => errors.push(error),
  });
  return { buffer, asked, errors, fail: () => (fails = true) };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the ring of frames', () => {
  it('is filled ahead in batches, nearest first, and forgets what lies behind', async () => {
    const { buffer, asked } = bufferOf(100, 12);
    buffer.want(0, false);
    await settled();
    expect(asked).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
    expect(buffer.ahead).toBe(12);
    expect(buffer.at(7)!.rgba[0]).toBe(7);
    buffer.want(8, false);
    await settled();
    expect(buffer.at(3)).toBeNull();
    expect(buffer.at(19)!.rgba[0]).toBe(19);
    expect(asked.flat()).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('goes round where it loops, and stops at the end where it does not', async () => {
    const looping = bufferOf(10, 8);
    looping.buffer.want(6, true);
    await settled();
    expect(looping.asked.flat()).toEqual([6, 7, 8, 9, 0, 1, 2, 3]);
    const once = bufferOf(10, 8);
    once.buffer.want(7, false);
    await settled();
    expect(once.asked.flat()).toEqual([7, 8, 9]);
  });

  it('decodes a film that fits once only', async () => {
    const { buffer, asked } = bufferOf(9, 32);
    for (let lap = 0; lap < 3; lap++) {
      for (let frame = 0; frame < 9; frame++) {
        buffer.want(frame, true);
        await settled();
        expect(buffer.at(frame)!.rgba[0]).toBe(frame);
      }
    }
    expect(asked.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('says when enough is there, and does not wait for what cannot come', async () => {
    const { buffer } = bufferOf(100, 50);
    buffer.want(0, false);
    await buffer.untilAhead(10);
    expect(buffer.ahead).toBeGreaterThanOrEqual(10);
    const short = bufferOf(3, 50);
    short.buffer.want(0, false);
    await short.buffer.untilAhead(30);
    expect(short.buffer.ahead).toBe(3);
    const broken = bufferOf(100, 50);
    broken.fail();
    broken.buffer.want(0, false);
    await broken.buffer.untilAhead(30);
    expect(broken.errors).toHaveLength(1);
    expect(broken.buffer.ahead).toBe(0);
  });

  it('keeps nothing that comes after it was stopped', async () => {
    const { buffer } = bufferOf(100, 8);
    buffer.want(0, false);
    buffer.stop();
    await settled();
    expect(buffer.at(0)).toBeNull();
  });
});
