// Which judge looks at which data. Drawn digits and heads have judges of their own; other data teaches one what it knows of its pictures:
// their classes, the factors that they were drawn from, or, where neither is there, which way up they are (Gidaris, Singh & Komodakis
// 2018, arXiv 1803.07728: whoever can tell how a picture was turned has learned what is on it).
import type { DataSpec } from '#shared/training';
import type { Source } from '../training/source';
import { JUDGE_DEFAULTS, type Judge } from './judge';
import { glyphJudge, headJudge, judgeId, keptJudge } from './kept-judges';
import { FEATURES } from './judge-network';
import type { FactoredSource } from './procedural/factored-source';

export interface NamedJudge {
  readonly judge: Judge;
  /** Says what it learned from: distances of two judges cannot be compared. */
  readonly name: string;
  /** Names the very network: the same data and recipe give the same one. */
  readonly id: string;
  readonly learned: 'classes' | 'factors' | 'turns';
}

export interface JudgedData {
  readonly spec: DataSpec;
  readonly title: string;
  /** What the judge learns from, and pictures that it has not seen. */
  readonly learn: Source | FactoredSource;
  readonly test: Source | FactoredSource;
}

/** Of a judge of data; twice those of a judge of drawn pictures. */
const STEPS = 4000;

/**
 * Classes of small pictures are told apart by a network with batch norm, from pictures that are moved by a pixel: on Fashion-MNIST it reads
 * 94.1 % of the test pictures right, the plain one 91.9 %. Never mirrored: a mirrored digit is no digit. It costs three times as much, and
 * with every pixel more; what is claimed of pictures of 32 is measured by the plain one.
 */
const OF_CLASSES = {
  largest: 28, // pixels
  steps: 6000,
  recipe: { body: 'normed', augmentation: { mirror: false, shift: 1, brightness: 0 } },
} as const;

/** Trained now, or read from the cache. */
export async function judgeOfData(
  { spec, title, learn, test }: JudgedData,
  { steps, cache }: { readonly steps?: number | undefined; readonly cache?: string | undefined } = {},
): Promise<NamedJudge> {
  const { height, width } = learn.shape;
  if (spec.kind === 'builtin' && spec.name === 'glyphs') {
    const name = `the judge of drawn digits of ${height} x ${width}`;
    return { judge: await glyphJudge(height), name, id: `glyphs-${height}`, learned: 'classes' };
  }
  if (spec.kind === 'builtin' && spec.name === 'heads') {
    const name = `the judge of drawn heads of ${height} x ${width}`;
    return { judge: await headJudge(height), name, id: `heads-${height}`, learned: 'factors' };
  }
  const classes = learn.shape.classes >= 2;
  const factors = 'factors' in learn ? learn.factors.names : [];
  const learned = classes ? 'classes' : factors.length > 0 ? 'factors' : 'turns';
  const isNormed = classes && Math.max(height, width) <= OF_CLASSES.largest;
  const recipe = {
    ...JUDGE_DEFAULTS,
    steps: steps ?? (isNormed ? OF_CLASSES.steps : STEPS),
    targets: { classes: classes || learned === 'turns', factors },
    ...(isNormed ? OF_CLASSES.recipe : {}),
  };
  const [from, against] = learned === 'turns' ? [turned(learn), turned(test)] : [learn, test];
  const size = `${height} x ${width}${learn.shape.channels === 3 ? ' in colour' : ''}`;
  return {
    judge: await keptJudge(from, against, recipe, cache),
    name: `the ${FEATURES} features of a judge that learned the ${learned} of ${title}, ${size}`,
    id: await judgeId(from, recipe),
    learned,
  };
}

/**
 * Every picture as it stands and turned by half a turn; where it is square, by a quarter either way too. The turn is the class. The
 * pictures as they stand come first, so that a picture keeps its place.
 */
export function turned(source: Source): Source {
  const { count, shape } = source;
  const { height, width, channels } = shape;
  const classNames = height === width ? ['upright', 'half', 'left', 'right'] : ['upright', 'half'];
  const stride = height * width * channels;
  return {
    count: count * classNames.length,
    shape: { ...shape, classes: classNames.length },
    labels: Uint8Array.from({ length: count * classNames.length }, (_, at) => Math.floor(at / count)),
    classNames,
    async read(indices) {
      const values = await source.read(Uint32Array.from(indices, (index) => index % count));
      for (let row = 0; row < indices.length; row++) {
        const picture = values.subarray(row * stride, (row + 1) * stride);
        turn(picture, Math.floor(indices[row]! / count), shape);
      }
      return values;
    },
  };
}

function turn(picture: Float32Array, by: number, { height, width, channels }: Source['shape']): void {
  if (by === 0) return;
  const before = picture.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromY, fromX] = [
        [y, x],
        [height - 1 - y, width - 1 - x],
        [x, width - 1 - y],
        [height - 1 - x, y],
      ][by] as [number, number];
      for (let channel = 0; channel < channels; channel++)
        picture[(y * width + x) * channels + channel] = before[(fromY * width + fromX) * channels + channel]!;
    }
  }
}
