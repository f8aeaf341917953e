import { describe, expect, it } from 'vitest';
import { activeUnits, createDiagnoser } from '#engine/training/diagnose';
import type { Coverage, Preview } from '#shared/training';

const NOTHING: Preview = {
  ...{ step: 0, samples: null, columns: 1, columnNames: [], reconstructions: null, codes: null },
  ...{ manifold: null, points: null, coverage: null, spread: null },
};
const shares = (made: readonly number[], changes: Partial<Coverage> = {}): Coverage => ({
  ...{
    kind: 'classes',
    names: made.map((_, i) => `class ${i}`),
    made,
    data: made.map(() => 1 / made.length),
  },
  ...{
    covered: made.filter((share) => share >= 0.2 / made.length).length,
    near: null,
    accuracy: 0.9,
    isBelievable: true,
  },
  ...{ agreement: null, ...changes },
});

const row = (step: number, dReal: number, dFake: number) => ({ step, figures: { dReal, dFake } });

describe('diagnoses', () => {
  it('name a discriminator that wins, once, and again when it has passed and come back', () => {
    const diagnoser = createDiagnoser();
    const said: number[] = [];
    const play = (from: number, to: number, dReal: number, dFake: number): void => {
      for (let step = from; step < to; step += 10) {
        if (diagnoser.watch(row(step, dReal, dFake)).some(({ kind }) => kind === 'discriminator-wins'))
          said.push(step);
      }
    };
    play(0, 150, 0.99, 0.01);
    expect(said).toEqual([]); // too short to say so
    play(150, 600, 0.99, 0.01);
    expect(said).toHaveLength(1);
    play(600, 1200, 0.5, 0.5);
    play(1200, 2000, 0.99, 0.01);
    expect(said).toHaveLength(2);
  });

  it('are silent at the equilibrium and while an unregularised DCGAN improves', () => {
    const diagnoser = createDiagnoser();
    for (let step = 0; step < 1000; step += 10) {
      expect(diagnoser.watch(row(step, 0.5, 0.5))).toEqual([]);
    }
    const other = createDiagnoser();
    for (let step = 0; step < 1000; step += 10) expect(other.watch(row(step, 0.8, 0.2))).toEqual([]);
  });

  it('name a collapsed posterior, and a generator that wins, with the knob to turn', () => {
    const diagnoser = createDiagnoser();
    const [collapse] = diagnoser.epoch(100, { kl: 0.1, elbo: -200 }, null);
    expect(collapse).toMatchObject({ kind: 'posterior-collapse', step: 100 });
    expect(collapse?.remedy).toMatch(/beta/);
    let wins = 0;
    for (let step = 0; step < 400; step += 10) {
      wins += diagnoser.watch(row(step, 0.55, 0.95)).filter(({ kind }) => kind === 'generator-wins').length;
    }
    expect(wins).toBe(1);
  });

  it('name over-fitting when the held-out ELBO falls while training rises', () => {
    const diagnoser = createDiagnoser();
    const held = [-120, -115, -112, -114, -116, -118, -121];
    const said = held.flatMap((elbo, epoch) =>
      diagnoser.epoch(epoch, { elbo: -110 + 2 * epoch, kl: 10 }, { elbo }),
    );
    expect(said.map(({ kind, step }) => [kind, step])).toEqual([['over-fitting', 5]]);
  });

  it('name a generator that has collapsed, after three previews and not before the game has settled', () => {
    const diagnoser = createDiagnoser();
    diagnoser.watch(row(0, 0.5, 0.5));
    const coverage = shares([0.5, 0.5, 0, 0]);
    const said = [100, 200, 300, 500, 600, 700, 800].flatMap((step) =>
      diagnoser.preview({ ...NOTHING, step, coverage }).map(({ kind, sentence }) => [step, kind, sentence]),
    );
    expect(said).toEqual([
      [
        700,
        'mode-collapse',
        'The generator has collapsed onto some of the data: it makes 2 of 4 classes; hardly any class 2, class 3.',
      ],
    ]);
  });

  it('count classes only where they can be told, and never those that were asked for', () => {
    const collapse = (coverage: Coverage | null, spread: number | null, isGame = true) => {
      const diagnoser = createDiagnoser();
      if (isGame) diagnoser.watch(row(0, 0.5, 0.5));
      return [1000, 1001, 1002].flatMap((step) => diagnoser.preview({ ...NOTHING, step, coverage, spread }))
        .length;
    };
    const half = shares([1, 0]);
    expect(collapse(half, null)).toBe(1);
    expect(collapse({ ...half, isBelievable: false }, null)).toBe(0);
    expect(collapse({ ...half, agreement: 0.5 }, null)).toBe(0);
    expect(collapse({ ...half, kind: 'modes', accuracy: null }, null)).toBe(1);
    expect(collapse(null, 0.1)).toBe(1);
    expect(collapse(null, 0.6)).toBe(0);
    expect(collapse(half, 0.1, false)).toBe(0); // a VAE’s samples are averages
  });

  it('count active units as Burda et al. do', () => {
    const mu = Float32Array.from({ length: 300 }, (_, i) =>
      i % 3 === 0 ? Math.sin(i) : i % 3 === 1 ? 0.001 * i : 5,
    );
    expect(activeUnits(mu, 3)).toBe(1);
  });
});
