import { describe, expect, it } from 'vitest';
import { FEATURES } from '#engine/datasets/judge-network';
import type { NamedJudge } from '#engine/datasets/data-judge';
import { measureSamples } from '#engine/evaluation/samples';
import type { Subject } from '#engine/evaluation/subject';
import { valueSource } from '#engine/training/source';
import { seededNormal } from '#shared/random';

const COUNT = 2000;
const SAMPLES = 900;

/** "Pictures" that are their own features: one row of 64, whose first number is the factor. */
const SHAPE = { height: 1, width: FEATURES, channels: 1, classes: 2 };
const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
const data = valueSource(seededNormal(1, COUNT * FEATURES), SHAPE, labels, ['even', 'odd']);

function judge(kind: 'classes' | 'factors'): NamedJudge {
  const rows = (pictures: Float32Array) => Array.from({ length: pictures.length / FEATURES }, (_, i) => i);
  const read = (pictures: Float32Array) => ({
    classes: Uint8Array.from(kind === 'classes' ? rows(pictures) : [], (row) =>
      Number(pictures[row * FEATURES]! > 0),
    ),
    probabilities: new Float32Array(),
    factors:
      kind === 'factors'
        ? { light: Float32Array.from(rows(pictures), (row) => pictures[row * FEATURES]!) }
        : ({} as Record<string, Float32Array>),
    features: pictures,
  });
  return {
    name: 'one that looks at the first number',
    id: 'first',
    learned: kind,
    judge: {
      classes: kind === 'classes' ? 2 : 0,
      scales: kind === 'factors' ? [{ name: 'light', mean: 0, sd: 1 }] : [],
      read,
    } as unknown as NamedJudge['judge'],
  };
}

/** Draws z itself, and pushes its first number to the side of the class that was asked for. */
const subject = (scale: number): Subject =>
  ({
    latent: { size: FEATURES, prior: { kind: 'normal' } },
    classes: 2,
    draw: ({ z, labels: asked }) =>
      Promise.resolve(
        z.map((value, i) =>
          i % FEATURES === 0
            ? Math.abs(value) * (asked[Math.floor(i / FEATURES)] === 1 ? 1 : -1)
            : scale * value,
        ),
      ),
  }) as Subject;

const options = { samples: SAMPLES, seed: 1, modelClassOf: [0, 1] };

describe('what is drawn from the prior', () => {
  it('of the data itself is as far from it as the data, as various, and of the class that was asked for', async () => {
    const figures = await measureSamples(subject(1), judge('classes'), data, options);
    expect(figures.frechet).toBeLessThan(1.5 * figures.floor!);
    expect(figures.diversity).toBeCloseTo(1, 1);
    expect(figures.labelAgreement).toBe(1);
    expect(figures.labelAgreementOfData).toBeGreaterThan(0.4);
    expect(figures.coverage).toMatchObject({ covered: 2, ofClasses: 2, names: ['even', 'odd'] });
    expect(figures.notes).toEqual([]);
  });

  it('with half the spread is half as various and lies further away', async () => {
    const figures = await measureSamples(subject(0.5), judge('classes'), data, options);
    expect(figures.diversity).toBeCloseTo(0.5, 1);
    // (1 - 1/2)^2 for each of 63 features
    expect(figures.frechet! - figures.floor!).toBeGreaterThan(12);
    expect(figures.frechet! - figures.floor!).toBeLessThan(18);
  });

  it('is told by its factors where the judge reads no classes, over more pictures than are read at once', async () => {
    const figures = await measureSamples(subject(1), judge('factors'), data, options);
    expect(figures.coverage).toBeNull();
    expect(figures.labelAgreement).toBeNull();
    expect(figures.attributes['light']!.data.sd).toBeCloseTo(1, 1);
    expect(figures.attributes['light']!.generated.sd).toBeCloseTo(1, 1);
  });

  it('asked in turn where the classes are its own, is told how pure they are', async () => {
    const figures = await measureSamples(subject(1), judge('classes'), data, {
      ...options,
      modelClassOf: null,
    });
    expect(figures.labelAgreement).toBeNull();
    expect(figures.purity).toBe(1);
  });

  it('says when there are too few pictures', async () => {
    const few = await measureSamples(subject(1), judge('classes'), data, { ...options, samples: 100 });
    expect(few.frechet).toBeGreaterThan(0);
    expect(few.notes.join(' ')).toContain('with fewer than 640 it is mostly that of small samples');
    const fewer = await measureSamples(subject(1), judge('classes'), data, { ...options, samples: 64 });
    expect([fewer.frechet, fewer.floor]).toEqual([null, null]);
  });
});
