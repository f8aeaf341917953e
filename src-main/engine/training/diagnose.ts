// What goes wrong in training, in words, with the knob to turn. Looks only at figures; says a thing once until it has passed.
import type { Diagnosis, FigureRow } from '#shared/training';

export interface Diagnoser {
  /** A row of figures; returns what is new to say. */
  watch(row: FigureRow): readonly Diagnosis[];
  /** Means of an epoch on the training data and on held-out data. */
  epoch(step: number, training: Figures, heldOut: Figures | null): readonly Diagnosis[];
  /** Active units of the codes: mu of held-out pictures. // [n, size] */
  codes(step: number, mu: Float32Array, size: number): readonly Diagnosis[];
}

type Figures = Readonly<Record<string, number>>;
type Kind = Diagnosis['kind'];

/** The lines beyond which something is said. Sources: Burda et al. 2016 (active units), Goodfellow 2014 (D = 1/2). */
const LINES = {
  window: 200,
  discriminatorSure: { real: 0.95, fake: 0.05 },
  generatorWins: { real: 0.55, fake: 0.9 },
  collapsedKl: 0.5,
  activeVariance: 0.01,
  /** Held-out ELBO below the training ELBO by this share of it, and growing. */
  overfit: 0.06,
} as const;

export function createDiagnoser(): Diagnoser {
  const standing = new Set<Kind>();
  const recent: FigureRow[] = [];
  let bestHeldOut = -Infinity;
  let worseEpochs = 0;

  /** Says it when it becomes so; forgets it when it has passed. */
  function judge(
    kind: Kind,
    isSo: boolean,
    step: number,
    sentence: string,
    remedy: string,
  ): readonly Diagnosis[] {
    if (!isSo) standing.delete(kind);
    if (!isSo || standing.has(kind)) return [];
    standing.add(kind);
    return [{ step, kind, sentence, remedy }];
  }

  return {
    watch(row) {
      recent.push(row);
      while ((recent[0]?.step ?? 0) < row.step - LINES.window) recent.shift();
      const long = row.step - (recent[0]?.step ?? row.step) >= LINES.window * 0.9;
      const mean = (name: string): number =>
        recent.reduce((sum, { figures }) => sum + (figures[name] ?? NaN), 0) / recent.length;
      const [real, fake] = [mean('dReal'), mean('dFake')];
      return [
        ...judge(
          'discriminator-wins',
          long && real > LINES.discriminatorSure.real && fake < LINES.discriminatorSure.fake,
          row.step,
          `The discriminator is sure of itself: D(x) ${real.toFixed(2)}, D(G(z)) ${fake.toFixed(2)}; the generator learns little from it.`,
          'choose the non-saturating loss, add an R1 penalty, or lower the discriminator’s steps k',
        ),
        ...judge(
          'generator-wins',
          long && fake > LINES.generatorWins.fake && real < LINES.generatorWins.real + 0.45,
          row.step,
          `The discriminator takes the generator’s pictures for real: D(G(z)) ${fake.toFixed(2)}.`,
          'give the discriminator more steps k or more width',
        ),
      ];
    },
    epoch(step, training, heldOut) {
      const [train, held] = [training['elbo'], heldOut?.['elbo']];
      const found: Diagnosis[] = [];
      if (training['kl'] !== undefined) {
        found.push(
          ...judge(
            'posterior-collapse',
            training['kl'] < LINES.collapsedKl,
            step,
            `The posterior has collapsed: KL is ${training['kl'].toFixed(2)} nats, so z says next to nothing about the picture.`,
            'warm the KL term up, give free bits, lower beta, or make the decoder smaller',
          ),
        );
      }
      if (train !== undefined && held !== undefined) {
        worseEpochs = held < bestHeldOut ? worseEpochs + 1 : 0;
        bestHeldOut = Math.max(bestHeldOut, held);
        const gap = (train - held) / Math.abs(train);
        found.push(
          ...judge(
            'over-fitting',
            gap > LINES.overfit && worseEpochs >= 3,
            step,
            `Over-fitting: the held-out ELBO ${held.toFixed(1)} has fallen for ${worseEpochs} epochs while training reaches ${train.toFixed(1)}.`,
            'stop here and take the best epoch, bring more data, or make the networks smaller',
          ),
        );
      }
      return found;
    },
    codes(step, mu, size) {
      const active = activeUnits(mu, size);
      return judge(
        'posterior-collapse',
        active === 0 && mu.length > 0,
        step,
        'The posterior has collapsed: no dimension of z changes with the picture.',
        'warm the KL term up, give free bits, or lower beta',
      );
    },
  };
}

/** Dimensions with Var_x(E_q[z]) > 0.01 (Burda et al. 2016, section 5.1). // mu: [n, size] */
export function activeUnits(mu: Float32Array, size: number): number {
  const rows = mu.length / size;
  let active = 0;
  for (let dimension = 0; dimension < size; dimension++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = mu[row * size + dimension]!;
      sum += value;
      squares += value * value;
    }
    if (squares / rows - (sum / rows) ** 2 > LINES.activeVariance) active++;
  }
  return active;
}
