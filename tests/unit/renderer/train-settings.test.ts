// Settings as controls, the command that does the same, and the numbers of the four cases.
import { describe, expect, it } from 'vitest';
import {
  fieldsOf,
  isChosen,
  parseField,
  valueAt,
  withValue,
} from '../../../src-renderer/state/config-fields';
import { trainCommandText } from '../../../src-renderer/state/train-command-text';
import { intuitionCases } from '../../../src-renderer/state/training-intuition';
import { bytesText, durationText, figureText } from '../../../src-renderer/state/training-words';
import { widestAxes } from '../../../src-renderer/views/train/widest-axes';
import { PRESETS } from '#engine/training/presets';

const VAE = {
  family: 'vae',
  model: { latentSize: 2, likelihood: { kind: 'gaussian', sigma: 0.3, mean: 'linear' } },
  learningRate: { schedule: 'cosine', peak: 1e-3, floor: 0 },
  beta: 1,
};

describe('fieldsOf', () => {
  it('finds settings wherever the family keeps them', () => {
    const places = fieldsOf(VAE).map(({ path }) => path.join('.'));
    expect(places).toContain('model.latentSize');
    expect(places).toContain('learningRate.peak');
    expect(places).toContain('beta');
    expect(places).not.toContain('epochs');
  });
  it.each(PRESETS.map(({ name, config }) => [name, config] as const))(
    'shows the settings of %s, each within its limits',
    (_, config) => {
      const fields = fieldsOf({ ...config });
      const labels = fields.map(({ label }) => label);
      expect(labels).toEqual(expect.arrayContaining(['Latent size', 'Batch', 'Epochs', 'Seed']));
      expect(new Set(labels).size).toBe(labels.length);
      for (const field of fields) {
        expect(field.help.length).toBeGreaterThan(10);
        if (field.kind === 'number') expect(parseField(field, String(field.value)).ok).toBe(true);
        else expect(field.choices.some((choice) => isChosen(choice, field.value))).toBe(true);
      }
    },
  );
  it('changes one value and nothing else', () => {
    const changed = withValue(VAE, ['model', 'latentSize'], 20);
    expect(valueAt(changed, ['model', 'latentSize'])).toBe(20);
    expect(VAE.model.latentSize).toBe(2);
    expect(changed['learningRate']).toBe(VAE.learningRate);
  });
  it('knows a choice by its kind, whatever its width', () => {
    const likelihood = fieldsOf(VAE).find(({ place }) => place === 'likelihood');
    if (likelihood?.kind !== 'choice') throw new Error('there is no likelihood');
    expect(likelihood.choices.map((choice) => isChosen(choice, likelihood.value))).toEqual([false, true]);
  });
  it.each(['', 'much', '2.5', '0', '513', 'NaN'])('refuses a latent size of “%s” in a sentence', (text) => {
    const field = fieldsOf(VAE).find(({ place }) => place === 'latentSize');
    if (field?.kind !== 'number') throw new Error('there is no latent size');
    expect(parseField(field, text)).toEqual({ ok: false, why: 'A whole number from 1 to 512.' });
  });
});

describe('the command', () => {
  const options = { size: null, crop: 'cover', grey: false } as const;
  it('names an unchanged preset', () => {
    const data = { kind: 'builtin', name: 'heads', count: 8000, seed: 1, size: 32 } as const;
    expect(trainCommandText({ preset: 'vae-quick', config: VAE, isChanged: false, data, options })).toBe(
      'npm run -s cli -- train --preset vae-quick --data builtin:heads,8000,32,1 --out runs/vae-quick',
    );
  });
  it('says how pictures are fitted, labelled and changed', () => {
    const data = { kind: 'path', path: '/data/faces.zip' } as const;
    const augmentation = { mirror: true, shift: 2, brightness: 0.1 } as const;
    const changed = {
      size: 32,
      crop: 'contain',
      grey: true,
      augmentation,
      labelColumn: 'hair colour',
    } as const;
    const text = trainCommandText({
      preset: 'dcgan-quick',
      config: VAE,
      isChanged: false,
      data,
      options: changed,
    });
    expect(text).toContain(
      "--size 32 --crop contain --grey --label 'hair colour' --mirror --shift 2 --brightness 0.1 --out",
    );
  });
  it('writes a changed one to a file, and quotes the path', () => {
    const data = { kind: 'path', path: "/home/me/my friend's pictures" } as const;
    const text = trainCommandText({ preset: 'vae-quick', config: VAE, isChanged: true, data, options });
    expect(text).toContain('--config training.json');
    expect(text).toContain(`--data '/home/me/my friend'\\''s pictures'`);
    expect(JSON.parse(text.slice(text.indexOf('\n'), text.indexOf('\nEOF')))).toEqual(VAE);
    const there = { preset: 'vae-quick', config: VAE, isChanged: true, data, options };
    const lines = trainCommandText(there, 'powershell');
    expect(JSON.parse(lines.slice(lines.indexOf("@'") + 2, lines.indexOf("'@)")))).toEqual(VAE);
    expect(lines).toContain(
      `\nnode scripts/run.mjs cli train --config training.json --data '/home/me/my friend''s`,
    );
  });
});

describe('the four cases', () => {
  it('stand at ln 2 and one half where nobody can tell', () => {
    for (const each of intuitionCases(0.5, 0.5)) {
      expect(each.discriminatorLoss).toBeCloseTo(Math.LN2, 12);
      expect(each.discriminatorGradient).toBeCloseTo(0.5, 12);
    }
  });
  it('give a saturated generator nothing by minimax and everything otherwise', () => {
    const seen = intuitionCases(0.99, 0.01).find(({ kind }) => kind === 'fake-right');
    expect(seen?.current).toBe(true);
    expect(seen?.generator?.minimaxGradient).toBeCloseTo(0.01, 12);
    expect(seen?.generator?.nonSaturatingGradient).toBeCloseTo(0.99, 12);
  });
  it('have the gradients of their own losses', () => {
    const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
    const [b, h] = [-1.3, 1e-5];
    const at = (logit: number) => intuitionCases(0.5, sigmoid(logit))[2];
    const slope = (of: (each: NonNullable<ReturnType<typeof at>>) => number): number =>
      Math.abs((of(at(b + h)!) - of(at(b - h)!)) / (2 * h));
    const here = at(b)!;
    expect(slope((each) => each.discriminatorLoss)).toBeCloseTo(here.discriminatorGradient, 6);
    expect(slope((each) => each.generator!.minimaxLoss)).toBeCloseTo(here.generator!.minimaxGradient, 6);
    expect(slope((each) => each.generator!.nonSaturatingLoss)).toBeCloseTo(
      here.generator!.nonSaturatingGradient,
      6,
    );
  });
  it('stay finite at the ends', () => {
    for (const { discriminatorLoss } of intuitionCases(1, 0)) expect(discriminatorLoss).toBeLessThan(20);
  });
});

it('says durations, sizes and figures as people do', () => {
  expect([0.3, 8, 200, 1200, 7500, NaN].map(durationText)).toEqual([
    '< 1 s',
    '8 s',
    '3 min 20 s',
    '20 min',
    '2 h 05 min',
    '–',
  ]);
  expect([900, 1500, 412e6, 2.5e9].map(bytesText)).toEqual(['900 B', '1.5 kB', '412 MB', '2.5 GB']);
  expect([-259.31, 0.5, 1e-5, NaN].map(figureText)).toEqual(['−259.3', '0.500', '1.00e−5', 'not a number']);
});

it('looks at the dimensions that differ most', () => {
  expect(widestAxes(Float32Array.of(0, 5, 0, 1, 0, -5, 0, -1), 4)).toEqual([1, 3]);
  expect(widestAxes(Float32Array.of(1, 2), 2)).toEqual([0, 1]);
});
