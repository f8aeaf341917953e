import { describe, expect, it } from 'vitest';
import { augmentedSource, changePicture } from '#engine/datasets/augmented-source';
import { variationSheet } from '#engine/datasets/describe-data';
import { builtInSource } from '#engine/datasets/built-in-data';
import { openTrainingData } from '#engine/training/data';
import { valueSource } from '#engine/training/source';

const SHAPE = { height: 2, width: 3, channels: 1, classes: 0 };
const picture = (): Float32Array => Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
const NOTHING = { mirror: false, shift: 0, brightness: 0 } as const;
const glyphs = builtInSource({ kind: 'builtin', name: 'glyphs', count: 20, seed: 1, size: 16 });

/** What a picture becomes under many seeds, each once. */
function outcomes(changes: Partial<Parameters<typeof changePicture>[2]>): ReadonlySet<string> {
  return new Set(
    Array.from({ length: 200 }, (_, seed) => {
      const changed = picture();
      changePicture(changed, SHAPE, { ...NOTHING, ...changes }, seed);
      return Array.from(changed, (value) => value.toFixed(1)).join(' ');
    }),
  );
}

describe('one picture', () => {
  it('is as it is or mirrored, row by row', () => {
    expect(outcomes({ mirror: true })).toEqual(
      new Set(['0.1 0.2 0.3 0.4 0.5 0.6', '0.3 0.2 0.1 0.6 0.5 0.4']),
    );
  });

  it('is moved by up to so many pixels each way, its border drawn out', () => {
    const moved = outcomes({ shift: 1 });
    expect(moved.size).toBe(9);
    expect(moved).toContain('0.1 0.1 0.2 0.1 0.1 0.2'); // right and down
    expect(moved).toContain('0.5 0.6 0.6 0.5 0.6 0.6'); // left and up
  });

  it('becomes lighter or darker as a whole, and never leaves its range', () => {
    for (let seed = 0; seed < 100; seed++) {
      const changed = picture();
      changePicture(changed, SHAPE, { ...NOTHING, brightness: 1 }, seed);
      const light = changed[0]! / 0.1;
      expect(light).toBeGreaterThanOrEqual(0);
      expect(light).toBeLessThanOrEqual(2);
      picture().forEach((value, i) => expect(changed[i]).toBeCloseTo(Math.min(1, value * light), 5));
    }
  });

  it('keeps its other changes when one more is switched on', () => {
    const [plain, lighter] = [picture(), picture()];
    changePicture(plain, SHAPE, { mirror: true, shift: 1, brightness: 0 }, 7);
    changePicture(lighter, SHAPE, { mirror: true, shift: 1, brightness: 0.5 }, 7);
    const light = lighter[0]! / plain[0]!;
    plain.forEach((value, i) => expect(lighter[i]).toBeCloseTo(Math.min(1, value * light), 5));
  });
});

describe('an augmented source', () => {
  const all = { mirror: true, shift: 2, brightness: 0.2 } as const;

  it('is a function of seed, epoch and picture, whatever the order', async () => {
    const source = augmentedSource(glyphs, all, 1);
    const [some, again] = [await source.read([3, 7], 5), await source.read([7, 3], 5)];
    expect(some.subarray(0, 256)).toEqual(again.subarray(256));
    expect(await source.read([3, 7], 6)).not.toEqual(some);
    expect(await augmentedSource(glyphs, all, 2).read([3, 7], 5)).not.toEqual(some);
  });

  it('gives pictures as they are where no epoch is named, and points always', async () => {
    expect(await augmentedSource(glyphs, all, 1).read([4])).toEqual(await glyphs.read([4]));
    const points = valueSource(Float32Array.of(1, -2), { height: 1, width: 1, channels: 2, classes: 0 });
    expect(augmentedSource(points, all, 1)).toBe(points);
    expect(augmentedSource(glyphs, NOTHING, 1)).toBe(glyphs);
  });

  it('is what is trained on, and never what is held out', async () => {
    const spec = { kind: 'builtin', name: 'glyphs', count: 20, seed: 1, size: 16 } as const;
    const as = { size: null, crop: 'cover', grey: false } as const;
    const [plain, changed] = await Promise.all([
      openTrainingData(spec, as, 5, []),
      openTrainingData(spec, { ...as, augmentation: all }, 5, []),
    ]);
    expect(await changed.training.read([0, 1], 0)).not.toEqual(await plain.training.read([0, 1], 0));
    expect(await changed.heldOut!.read([0, 1], 0)).toEqual(await plain.heldOut!.read([0, 1]));
  });

  it('is shown beside the pictures as they are', async () => {
    const sheet = await variationSheet(augmentedSource(glyphs, all, 1), 3, 7, 1);
    expect(sheet).toMatchObject({ count: 24, width: 16, height: 16 });
    const bytes = 16 * 16 * 4;
    const at = (place: number) => sheet.rgba.subarray(place * bytes, (place + 1) * bytes);
    expect(at(8)).not.toEqual(at(9));
    const plain = await variationSheet(glyphs, 3, 7, 1);
    expect(at(8)).toEqual(plain.rgba.subarray(8 * bytes, 9 * bytes));
  });
});
