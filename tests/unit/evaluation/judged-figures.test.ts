import { describe, expect, it } from 'vitest';
import { FEATURES } from '#engine/datasets/judge-network';
import { modelClasses } from '#engine/evaluation/class-names';
import { agreement, classCoverage, purity, spreadWithinClasses } from '#engine/evaluation/judged-figures';
import { energyDistance } from '#engine/evaluation/points';
import { seededNormal } from '#shared/random';

describe('what a judge says of classes', () => {
  it('agreement is the share that is what was meant', () => {
    expect(agreement([1, 2, 3, 3], [1, 2, 0, 3])).toBe(0.75);
  });

  it('purity is the share of the commonest class of each category', () => {
    expect(purity([5, 5, 7, 8, 8, 8], [0, 0, 0, 1, 1, 1])).toBeCloseTo(5 / 6, 12);
    expect(purity([1, 2, 1, 2], [0, 0, 1, 1])).toBe(0.5);
  });

  it('coverage counts classes with a fifth of their share, and is 0 nats from equal frequencies', () => {
    const data = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
    expect(classCoverage(data, data, 3)).toMatchObject({ covered: 2, ofClasses: 2, kl: 0 });
    const collapsed = classCoverage([0, 0, 0, 0], data, 3);
    expect(collapsed).toMatchObject({ covered: 1, ofClasses: 2 });
    expect(collapsed.kl).toBeCloseTo(Math.log(2), 12);
    expect(collapsed.shares[1]).toEqual({ generated: 0, data: 0.5 });
  });

  it('a class that the data has not got is counted as half a picture of it', () => {
    const { kl } = classCoverage([1, 1], [0, 0, 0, 0], 2);
    expect(kl).toBeCloseTo(Math.log(1 / (0.5 / 4)), 12);
  });
});

describe('spread within classes', () => {
  it('is blind to how far the classes lie apart, and proportional to what lies within', () => {
    const rows = 400;
    const noise = seededNormal(1, rows * FEATURES);
    const labels = Uint8Array.from({ length: rows }, (_, row) => row % 2);
    const features = (apart: number, scale: number) =>
      noise.map((value, i) => scale * value + (labels[Math.floor(i / FEATURES)] === 1 ? apart : 0));
    const one = spreadWithinClasses({ features: features(0, 1) }, labels, 2);
    expect(one).toBeCloseTo(1, 1);
    expect(spreadWithinClasses({ features: features(50, 1) }, labels, 2)).toBeCloseTo(one, 3);
    expect(spreadWithinClasses({ features: features(50, 0.5) }, labels, 2)).toBeCloseTo(one / 2, 3);
  });

  it('is 0 where a class is one picture over and over', () => {
    const features = Float32Array.from({ length: 6 * FEATURES }, (_, i) => i % FEATURES);
    expect(spreadWithinClasses({ features }, new Uint8Array(6), 1)).toBeCloseTo(0, 6);
  });
});

describe('the energy distance', () => {
  it('of a few points is what the definition says', () => {
    // 2 E|a - b| - E|a - a'| - E|b - b'| with a = {0, 1}, b = {0, 3} on a line: 2 (0 + 3 + 1 + 2) / 4 - 1 - 3
    const a = Float32Array.of(0, 0, 1, 0);
    const b = Float32Array.of(0, 0, 3, 0);
    expect(energyDistance(a, b)).toBeCloseTo(3 - 1 - 3, 6);
  });

  it('is about 0 of one distribution and grows as one moves away', () => {
    const [a, b] = [seededNormal(1, 1200), seededNormal(2, 1200)];
    expect(Math.abs(energyDistance(a, b))).toBeLessThan(0.02);
    const moved = (by: number) => b.map((value, i) => (i % 2 === 0 ? value + by : value));
    expect(energyDistance(a, moved(1))).toBeGreaterThan(0.2);
    expect(energyDistance(a, moved(3))).toBeGreaterThan(energyDistance(a, moved(1)));
  });
});

describe('classes of a model and of data', () => {
  const data = (classNames: string[]) => ({
    classNames,
    labels: new Uint8Array(4),
    shape: { height: 8, width: 8, channels: 1, classes: classNames.length },
  });
  const model = (classNames: string[]) => ({ family: 'cgan', classes: classNames.length, classNames });

  it('are matched by name in any order', () => {
    expect(modelClasses(model(['cat', 'dog']), data(['dog', 'cat']))).toEqual({ of: [1, 0], note: null });
  });

  it('else by order, which is said', () => {
    const { of, note } = modelClasses(model(['T-shirt', 'Trouser']), data(['0', '1']));
    expect(of).toEqual([0, 1]);
    expect(note).toContain('by their order');
  });

  it('or not at all, which is said', () => {
    expect(modelClasses(model(['a', 'b']), data(['0', '1', '2'])).note).toContain('2 classes and the data 3');
    expect(modelClasses(model(['a']), { ...data([]), labels: null }).note).toContain('no labels');
    expect(modelClasses({ ...model(['a', 'b']), family: 'infogan' }, data(['a', 'b'])).of).toBeNull();
    expect(modelClasses({ family: 'gan', classes: 0, classNames: [] }, data(['a']))).toEqual({
      of: null,
      note: null,
    });
  });
});
