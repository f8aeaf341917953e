// Which figures of a run share a chart, what they are called there, and the levels they are compared with. Figures that no group knows
// are shown too, in one of their own.
import { MOVED, type Column, type FigureTable } from '../../state/figure-table';
import type { EpochEvent } from '../../state/training-run.svelte';
import type { CurveLevel, CurveLine } from '../../charts/curves';

export interface CurveGroup {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly lines: readonly CurveLine[];
  readonly levels: readonly CurveLevel[];
  readonly extent?: readonly [number, number];
  readonly log: boolean;
  readonly tall: boolean;
}

interface Recipe extends Omit<CurveGroup, 'lines'> {
  readonly figures: readonly { readonly name: string; readonly label: string; readonly style?: number }[];
}

/**
 * Where both players stand still: D = 1/2 everywhere, so J_D = 2 ln 2, and J_G = -ln 1/2 for the non-saturating loss, ln 1/2 for the
 * minimax one. The other losses take no logarithms, and have other levels.
 */
function equilibrium(loss: string): readonly CurveLevel[] {
  const ofD = { value: 2 * Math.LN2, label: '2 ln 2 (D)' };
  if (loss === 'non-saturating') return [ofD, { value: Math.LN2, label: 'ln 2 (G)' }];
  if (loss === 'minimax') return [ofD, { value: -Math.LN2, label: '−ln 2 (G)' }];
  return [];
}

const RECIPES: readonly Recipe[] = [
  {
    id: 'elbo',
    title: 'Negative ELBO and its two terms',
    note: 'nats per picture',
    figures: [
      { name: 'loss', label: '−ELBO', style: 0 },
      { name: 'reconstruction', label: 'reconstruction', style: 1 },
      { name: 'kl', label: 'KL', style: 2 },
    ],
    ...{ levels: [], log: false, tall: true },
  },
  {
    id: 'labels',
    title: 'What z says of the labels',
    note: '0: it tells them all',
    figures: [{ name: 'labels', label: 'ln p(y | z)', style: 0 }],
    ...{ levels: [], log: false, tall: false },
  },
  {
    id: 'losses',
    title: 'Losses of the two players',
    note: 'dotted: where both stand still',
    figures: [
      { name: 'dLoss', label: 'D', style: 0 },
      { name: 'gLoss', label: 'G', style: 1 },
      { name: 'eLoss', label: 'E', style: 3 },
    ],
    ...{ levels: [], log: false, tall: true },
  },
  {
    id: 'judgement',
    title: 'What the discriminator says',
    note: '0.5: it cannot tell',
    figures: [
      { name: 'dReal', label: 'D(x)', style: 0 },
      { name: 'dFake', label: 'D(G(z))', style: 1 },
    ],
    levels: [{ value: 0.5, label: '0.5' }],
    extent: [0, 1],
    ...{ log: false, tall: false },
  },
  {
    id: 'saturation',
    title: 'What reaches the generator',
    note: 'share of the gradient that the loss lets through',
    figures: [
      { name: 'gradientNonSaturating', label: '1 − D  (non-sat.)', style: 1 },
      { name: 'gradientMinimax', label: 'D  (minimax)', style: 2 },
    ],
    levels: [],
    extent: [0, 1],
    ...{ log: false, tall: false },
  },
  {
    id: 'gradients',
    title: 'Gradient norms',
    note: '',
    figures: [
      { name: 'gradientNorm', label: 'gradient', style: 0 },
      { name: 'dGradientNorm', label: 'D', style: 0 },
      { name: 'gGradientNorm', label: 'G', style: 1 },
      { name: 'penaltyGradientNorm', label: 'penalty', style: 2 },
    ],
    ...{ levels: [], log: true, tall: false },
  },
  {
    id: 'moves',
    title: 'How far a step moves the weights',
    note: '‖Δw‖ / ‖w‖; about 10⁻³ is healthy',
    figures: [
      { name: `${MOVED}discriminator`, label: 'D', style: 0 },
      { name: `${MOVED}generator`, label: 'G', style: 1 },
      { name: `${MOVED}encoder`, label: 'encoder', style: 2 },
      { name: `${MOVED}decoder`, label: 'decoder', style: 3 },
      { name: `${MOVED}prior`, label: 'prior', style: 4 },
    ],
    levels: [{ value: 1e-3, label: '10⁻³' }],
    ...{ log: true, tall: false },
  },
];

/** Said elsewhere, or the same as something that is shown. */
const NOT_SHOWN = new Set(['beta', 'learningRate', 'klWeight', 'logitReal', 'logitFake', 'stepSize']);
const MOST_OTHERS = 4;

/** `loss`: the adversarial one that trains. */
export function curveGroups(
  table: FigureTable,
  epochs: readonly EpochEvent[],
  loss: string,
): readonly CurveGroup[] {
  const known = new Set(RECIPES.flatMap(({ figures }) => figures.map(({ name }) => name)));
  const groups = RECIPES.flatMap(({ figures, ...group }) => {
    const lines = figures.flatMap(({ name, label, style = 0 }): CurveLine[] => {
      const curve = derived(table, name) ?? table.column(name);
      return curve.y.length === 0 ? [] : [{ label, style, curve }];
    });
    if (lines.length === 0) return [];
    const levels = group.id === 'losses' ? equilibrium(loss) : group.levels;
    const more = group.id === 'elbo' ? heldOutLine(epochs) : [];
    return [{ ...group, levels, lines: [...lines, ...more] }];
  });
  const others = table.names.filter(
    (name) => !known.has(name) && !NOT_SHOWN.has(name) && table.column(name).y.some((value) => value !== 0),
  );
  if (others.length === 0) return groups;
  return [
    ...groups,
    {
      ...{ id: 'others', title: 'Other figures', note: '', levels: [], log: false, tall: false },
      lines: others
        .slice(0, MOST_OTHERS)
        .map((name, style) => ({ label: wordsOf(name), curve: table.column(name), style })),
    },
  ];
}

/** A figure that is shown otherwise than it is told, or that follows from others. */
function derived(table: FigureTable, name: string): Column | null {
  if (name === 'reconstruction') return distortion(table);
  if (name === 'loss' && toldLabels(table)) return ofPicturesAlone(table);
  return reaching(table, name);
}

/**
 * What the two losses let through follows from D(G(z)) alone, D and 1 - D: of families that do not tell it, it is taken from there.
 */
function reaching(table: FigureTable, name: string): Column | null {
  if (table.column(name).y.length > 0) return null;
  const { x, y } = table.column('dFake');
  if (name === 'gradientMinimax') return { x, y };
  if (name === 'gradientNonSaturating') return { x, y: y.map((d) => 1 - d) };
  return null;
}

/** Families tell E[ln p(x|z)] or its negative; shown is the one that adds to the KL. */
function distortion(table: FigureTable): Column {
  const curve = table.column('reconstruction');
  if (toldLabels(table)) return negative(curve);
  const [loss, kl, value] = [table.last('loss'), table.last('kl'), curve.y.at(-1)];
  if (loss === null || kl === null || value === undefined) return curve;
  const isNegative = Math.abs(loss - kl + value) < Math.abs(loss - kl - value);
  return isNegative ? negative(curve) : curve;
}

const toldLabels = (table: FigureTable): boolean => table.names.includes('labels');
const negative = ({ x, y }: Column): Column => ({ x, y: y.map((each) => -each) });

/** Where labels are learned beside the pictures, the loss has their weighted term in it: the negative ELBO of the pictures has not. */
function ofPicturesAlone(table: FigureTable): Column {
  const kl = table.column('kl');
  const { y } = distortion(table);
  return { x: kl.x, y: kl.y.map((each, i) => each + (y[i] ?? NaN)) };
}

function heldOutLine(epochs: readonly EpochEvent[]): readonly CurveLine[] {
  const judged = epochs.filter(({ heldOut }) => heldOut?.['elbo'] !== undefined);
  if (judged.length === 0) return [];
  return [
    {
      label: 'held out',
      style: 3,
      curve: {
        x: judged.map(({ step }) => step),
        y: judged.map(({ heldOut }) => -(heldOut?.['elbo'] ?? NaN)),
      },
    },
  ];
}

/** 'classAccuracy' as 'class accuracy'. */
export const wordsOf = (name: string): string =>
  name
    .replace(MOVED, 'step of ')
    .replace(
      /([a-z0-9])([A-Z])/g,
      (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
    );
