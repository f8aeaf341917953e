// What goes wrong in training, in words, with the knob to turn. Looks only at figures; says a thing once until it has passed.
import type { Diagnosis, FigureRow, Preview } from '#shared/training';

export interface Diagnoser {
  /** A row of figures; returns what is new to say. */
  watch(row: FigureRow): readonly Diagnosis[];
  /** Means of an epoch on the training data and on held-out data. */
  epoch(step: number, training: Figures, heldOut: Figures | null): readonly Diagnosis[];
  /** What is made at present: its codes, its modes or classes, how far its pictures lie apart. */
  preview(preview: Preview): readonly Diagnosis[];
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
  /** Fewer of the modes or classes than this share, or pictures this much more alike than the data's, three previews in a row. */
  coveredShare: 0.8,
  spread: 0.3,
  collapsedPreviews: 3,
  /** The first steps of a game make next to nothing. */
  settled: 500,
  /** Held-out ELBO below the training ELBO by this share of it, and growing. */
  overfit: 0.06,
} as const;

export function createDiagnoser(): Diagnoser {
  const standing = new Set<Kind>();
  const recent: FigureRow[] = [];
  let bestHeldOut = -Infinity;
  let worseEpochs = 0;
  let isGame = false;
  let collapsedPreviews = 0;

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
      isGame ||= row.figures['dReal'] !== undefined;
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
    preview({ step, codes, coverage, spread }) {
      const isAsleep = codes !== null && codes.mu.length > 0 && activeUnits(codes.mu, codes.size) === 0;
      const missing = isGame && step >= LINES.settled ? missingFrom(coverage, spread) : null;
      collapsedPreviews = missing === null ? 0 : collapsedPreviews + 1;
      return [
        ...judge(
          'posterior-collapse',
          isAsleep,
          step,
          'The posterior has collapsed: no dimension of z changes with the picture.',
          'warm the KL term up, give free bits, or lower beta',
        ),
        ...judge(
          'mode-collapse',
          collapsedPreviews >= LINES.collapsedPreviews,
          step,
          missing ?? '',
          'penalise the gradient of D (R1 and R2), lower its learning rate, or use batches that are larger',
        ),
      ];
    },
  };
}

/** What a generator leaves out, in words; null where it leaves nothing out that can be told. */
function missingFrom(coverage: Preview['coverage'], spread: number | null): string | null {
  const there = coverage?.data.filter((share) => share > 0).length ?? 0;
  if (
    coverage?.isBelievable === true &&
    coverage.agreement === null &&
    coverage.covered < LINES.coveredShare * there
  ) {
    const left = coverage.names.filter(
      (_, i) => coverage.data[i]! > 0 && coverage.made[i]! < 0.2 * coverage.data[i]!,
    );
    const what = coverage.kind === 'modes' ? 'modes' : 'classes';
    const which =
      coverage.kind === 'classes' && left.length > 0 ? `; hardly any ${left.slice(0, 3).join(', ')}` : '';
    return `The generator has collapsed onto some of the data: it makes ${coverage.covered} of ${there} ${what}${which}.`;
  }
  if (spread !== null && spread < LINES.spread)
    return `The generator has collapsed: its pictures are ${Math.round(100 * spread)} % as different from each other as the data's.`;
  return null;
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
