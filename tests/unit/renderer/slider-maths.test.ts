// Sliders of attributes: where they lead, and what locks hold still.
import { describe, expect, it } from 'vitest';
import type { Direction } from '#shared/attributes';
import {
  isAtRest,
  keyOf,
  movedBy,
  NO_SLIDERS,
  shareLeft,
  withLock,
  withValue,
} from '../../../src-renderer/state/slider-maths';

const direction = (name: string, vector: readonly number[]): Direction => ({
  name,
  title: name,
  method: 'regression',
  attribute: name,
  vector,
  auc: 0.94,
  sideEffects: [],
  origin: 'pack',
});
const smile = direction('smile', [2, 0, 0]);
const glasses = direction('glasses', [1, 1, 0]);
const DIRECTIONS = [smile, glasses];
const base = Float32Array.of(0.5, 0.5, 0.5);

describe('sliders', () => {
  it('lead from the base by value times direction', () => {
    const setting = withValue(withValue(NO_SLIDERS, keyOf(smile), 0.5), keyOf(glasses), -1);
    expect([...movedBy(base, setting, DIRECTIONS)]).toEqual([0.5, -0.5, 0.5]);
    expect([...base]).toEqual([0.5, 0.5, 0.5]);
  });

  it('leave a locked attribute where it is', () => {
    const setting = withLock(withValue(NO_SLIDERS, keyOf(glasses), 2), keyOf(smile), true);
    expect([...movedBy(base, setting, DIRECTIONS)]).toEqual([0.5, 2.5, 0.5]);
    expect(shareLeft(glasses, DIRECTIONS, setting.locks)).toBeCloseTo(Math.SQRT1_2, 6);
    // and its own slider is not held by its own lock
    expect([...movedBy(base, withValue(setting, keyOf(smile), 1), DIRECTIONS)]).toEqual([2.5, 2.5, 0.5]);
  });

  it('are at rest once they are back at 0, and locks come off again', () => {
    const moved = withValue(NO_SLIDERS, keyOf(smile), 1);
    expect([isAtRest(moved), isAtRest(withValue(moved, keyOf(smile), 0))]).toEqual([false, true]);
    expect(withLock(withLock(moved, 'a', true), 'a', false).locks).toEqual([]);
  });

  it('of a direction that is not there any more move nothing', () =>
    expect([...movedBy(base, withValue(NO_SLIDERS, 'regression:gone', 3), DIRECTIONS)]).toEqual([...base]));
});
