// What the charts of a training show: which curves there are, which dimensions are in use, the generator's losses.
import { describe, expect, it } from 'vitest';
import { GENERATOR_LOSSES, lossCurve, tangent } from '../../../src-renderer/charts/generator-losses';
import { FigureTable } from '../../../src-renderer/state/figure-table';
import { latentUse } from '../../../src-renderer/state/latent-use';
import { curveGroups } from '../../../src-renderer/views/train/curve-groups';

const tableOf = (
  figures: Readonly<Record<string, number>>,
  updateRatio?: Readonly<Record<string, number>>,
) => {
  const table = new FigureTable();
  for (const step of [1, 2])
    table.add({ step, figures, ...(updateRatio === undefined ? {} : { updateRatio }) });
  return table;
};
const groupOf = (id: string, table: FigureTable) =>
  curveGroups(table, [], 'non-saturating').find((group) => group.id === id);

describe('groups of curves', () => {
  it('show how far a step moves each network, on a logarithmic axis with the healthy thousandth', () => {
    const group = groupOf('moves', tableOf({ dLoss: 1 }, { discriminator: 1e-3, generator: 2e-3 }));
    expect(group?.lines.map(({ label }) => label)).toEqual(['D', 'G']);
    expect(group).toMatchObject({ log: true, levels: [{ value: 1e-3 }] });
    const other = groupOf('others', tableOf({ dLoss: 1 }, { generator: 1e-3 }));
    expect(other).toBeUndefined(); // not a second time under the other figures
  });

  it('compare the losses with where both players stand still, which the loss decides', () => {
    const levels = (loss: string) =>
      curveGroups(tableOf({ dLoss: 1, gLoss: 1 }), [], loss)[0]?.levels.map(({ value }) => value);
    expect(levels('non-saturating')).toEqual([2 * Math.LN2, Math.LN2]);
    expect(levels('minimax')).toEqual([2 * Math.LN2, -Math.LN2]);
    expect(levels('hinge')).toEqual([]);
  });

  it('show the two terms so that they add up to the negative ELBO, of the pictures alone where labels are learned', () => {
    const shown = (figures: Readonly<Record<string, number>>) =>
      groupOf('elbo', tableOf(figures))?.lines.map(({ curve }) => curve.y[0]);
    expect(shown({ loss: -1200, reconstruction: 2200, kl: 1000 })).toEqual([-1200, -2200, 1000]);
    expect(shown({ loss: 120, reconstruction: 100, kl: 20 })).toEqual([120, 100, 20]);
    // 3000 times 1.7 nats more
    expect(shown({ loss: 3900, reconstruction: 2200, kl: 1000, labels: -1.7 })).toEqual([-1200, -2200, 1000]);
  });

  it('show what both losses let through for every family that has a discriminator', () => {
    const told = groupOf(
      'saturation',
      tableOf({ dFake: 0.1, gradientMinimax: 0.2, gradientNonSaturating: 0.8 }),
    );
    expect(told?.lines.map(({ curve }) => curve.y[0])).toEqual([0.8, 0.2]);
    const derived = groupOf('saturation', tableOf({ dFake: 0.1 }));
    expect(derived?.lines.map(({ curve }) => curve.y[0])).toEqual([0.9, 0.1]);
    expect(groupOf('saturation', tableOf({ loss: 1 }))).toBeUndefined();
  });
});

describe('dimensions of z', () => {
  // the second does not move, although its KL is not nothing
  const codes = { size: 3, mu: Float32Array.of(1, 0.5, 0, -1, 0.5, 0.3) };
  it('are active where their codes differ, the most telling first', () => {
    expect(latentUse([0.2, 0.7, 1.5], codes)).toEqual([
      { dimension: 3, kl: 1.5, isActive: true },
      { dimension: 2, kl: 0.7, isActive: false },
      { dimension: 1, kl: 0.2, isActive: true },
    ]);
  });
  it('are judged by their KL where there are no codes of as many', () => {
    expect(latentUse([0.001, 0.7], codes).map(({ isActive }) => isActive)).toEqual([true, false]);
    expect(latentUse([0.001, 0.7], null).map(({ isActive }) => isActive)).toEqual([true, false]);
    expect(latentUse([], null)).toEqual([]);
  });
});

describe('the losses of the generator', () => {
  it.each(GENERATOR_LOSSES.map((loss) => [loss.name, loss] as const))('%s has its own slope', (_, loss) => {
    for (const d of [0.02, 0.5, 0.9]) {
      const h = 1e-6;
      const measured = (loss.value(d + h) - loss.value(d - h)) / (2 * h);
      expect(loss.slope(d)).toBeCloseTo(measured, 3);
      // through the logit: dD/da = D (1 - D)
      expect(loss.passed(d)).toBeCloseTo(Math.abs(measured * d * (1 - d)), 3);
    }
  });
  it('are drawn from end to end, and touched by their tangents', () => {
    const [loss] = GENERATOR_LOSSES;
    const curve = lossCurve(loss!, 0.01);
    expect(curve[0]).toEqual({ x: 0.01, y: -Math.log(0.01) });
    expect(curve.at(-1)!.x).toBeCloseTo(0.99, 12);
    const [from, to] = tangent(loss!, 0.5, { perX: 100, perY: -20, half: 30 });
    expect((from.x + to.x) / 2).toBeCloseTo(0.5, 12);
    expect((to.y - from.y) / (to.x - from.x)).toBeCloseTo(-2, 10);
    expect(Math.hypot(100 * (to.x - from.x), 20 * (to.y - from.y))).toBeCloseTo(60, 10);
  });
});
