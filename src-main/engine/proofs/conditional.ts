// What generators that are told the class have to show: the class that was asked for, in as many ways as there are.
import { acGan } from '#ml/ac-gan';
import { SMALL_PICTURES } from '#ml/adversarial';
import { CONDITIONAL_GAN_DEFAULTS, conditionalGan } from '#ml/conditional-gan';
import type { DataShape, Trainable } from '#ml/family';
import { judgedDistance } from '../datasets/judge';
import { glyphJudge } from '../datasets/kept-judges';
import { glyphSource } from '../datasets/procedural/glyphs';
import { drawPictures } from '../evaluation/drawn-pictures';
import { agreement, spreadWithinClasses } from '../evaluation/judged-figures';
import { allPictures, HELD_OUT_SEED } from './judging';
import { play } from './play';
import type { Proof } from './proof';

const RUN = { size: 16, steps: 3000, trained: 20_000, judged: 2000 } as const;

interface Claim {
  readonly id: string;
  readonly family: string;
  readonly make: (shape: DataShape, seed: number) => Trainable;
  /** Least share of pictures that the judge reads as the digit that was asked for. */
  readonly accuracy: number;
  /** Least spread of the judge's features within a class, in units of that of real strokes. */
  readonly spread: number;
  readonly reference: string;
}

function proofOf({ id, family, make, accuracy, spread, reference }: Claim): Proof {
  const variety =
    spread > 0 ? `, and its pictures of one digit vary at least ${spread} as much as real ones` : '';
  return {
    id,
    family,
    claim: `strokes of 16 x 16: a judge reads the digit that was asked for in at least ${100 * accuracy} %${variety}`,
    reference,
    seconds: 120,
    async run(seed, log) {
      const { size, steps, trained, judged } = RUN;
      const judge = await glyphJudge(size);
      const source = glyphSource({ size, count: trained, seed });
      const test = glyphSource({ size, count: judged, seed: HELD_OUT_SEED });
      const trainable = make(source.shape, seed);
      const { batchSize } = SMALL_PICTURES;
      await play({ trainable, source, batchSize, steps, seed, log });
      const { pictures, labels } = drawPictures(trainable, judged, seed);
      trainable.dispose();
      const real = await allPictures(test);
      const classes = source.shape.classes;
      const [seen, seenReal] = [judge.read(pictures), judge.read(real)];
      const figures = {
        accuracy: agreement(seen.classes, labels),
        spread:
          spreadWithinClasses(seen, labels, classes) / spreadWithinClasses(seenReal, test.labels!, classes),
        frechet: judgedDistance(judge, pictures, real),
        floor: judge.report.floor,
        judgeAccuracy: judge.report.accuracy ?? 0,
      };
      judge.dispose();
      return { figures, passed: figures.accuracy >= accuracy && figures.spread >= spread };
    },
  };
}

export const CONDITIONAL_PROOFS: readonly Proof[] = [
  proofOf({
    id: 'conditional-gan-glyphs',
    family: 'conditional-gan',
    make: (shape, seed) => conditionalGan({ ...SMALL_PICTURES, ...CONDITIONAL_GAN_DEFAULTS }, shape, seed),
    accuracy: 0.95,
    spread: 0,
    reference: '.996 in a PyTorch prototype',
  }),
  proofOf({
    id: 'ac-gan-glyphs',
    family: 'ac-gan',
    make: (shape, seed) => acGan({ ...SMALL_PICTURES, classWeight: 1 }, shape, seed),
    accuracy: 0.97,
    spread: 0.5,
    reference: '1.00 in a PyTorch prototype',
  }),
];
