// Speed and time left, under clocks that jump: a machine that slept, a day that was lived twice.
import { describe, expect, it } from 'vitest';
import { createPace, neverBack } from '#engine/training/pace';

const DAY = 86_400_000;

function clocked() {
  let at = 5_000_000;
  const now = neverBack(() => at);
  const pace = createPace(now);
  const steps = (count: number, ms: number): void => {
    for (let i = 0; i < count; i++) {
      at += ms;
      pace.stepped();
    }
  };
  return { pace, steps, now, wait: (ms: number) => void (at += ms) };
}

describe('the pace', () => {
  it('is nothing before the first step, then steps per second and what is left', () => {
    const { pace, steps } = clocked();
    expect(pace.at(0, 100)).toEqual({ stepsPerSecond: 0, secondsLeft: 0 });
    steps(10, 100);
    expect(pace.at(10, 100)).toEqual({ stepsPerSecond: 10, secondsLeft: 9 });
    expect(pace.at(100, 100).secondsLeft).toBe(0);
  });

  it('does not count a pause', () => {
    const { pace, steps, wait } = clocked();
    steps(10, 100);
    wait(3_600_000);
    pace.rested();
    steps(1, 100);
    expect(pace.at(11, 100).stepsPerSecond).toBeCloseTo(10, 9);
  });

  it('does not count a minute in which the process was stopped, but does count a step that is always long', () => {
    const { pace, steps } = clocked();
    steps(10, 100);
    steps(1, 60_000);
    expect(pace.at(11, 100).stepsPerSecond).toBeCloseTo(10, 9);
    const slow = clocked();
    slow.steps(5, 60_000);
    expect(slow.pace.at(5, 10).secondsLeft).toBeCloseTo(300, 9);
  });

  it('never promises a time before now, though the clock is set back a day', () => {
    const { pace, steps, now, wait } = clocked();
    steps(20, 100);
    const before = now();
    wait(-DAY);
    for (let step = 20; step < 60; step++) {
      steps(1, 100);
      const { stepsPerSecond, secondsLeft } = pace.at(step + 1, 100);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
      expect(stepsPerSecond).toBeGreaterThan(9);
      expect(stepsPerSecond).toBeLessThan(11);
    }
    expect(now() - before).toBe(39 * 100); // the step in which it jumped is lost, and no more
  });

  it('follows a machine that becomes slower', () => {
    const { pace, steps } = clocked();
    steps(1000, 10);
    steps(400, 40);
    expect(pace.at(1400, 2000).stepsPerSecond).toBeCloseTo(25, 6);
  });
});
