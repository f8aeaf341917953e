// Points of a plane whose distribution is known exactly: what a GAN does to them is seen at a glance, and whether it covers the
// modes is a number. Ring and grid as in VEEGAN (Srivastava et al. 2017, arXiv 1705.07761) and Unrolled GAN (1611.02163).
import { mixSeed, seededRandom, type Random } from '#shared/random';
import { valueSource, type Source } from '../../training/source';

export type ToyName = 'ring-8' | 'grid-25' | 'two-rings' | 'swiss-roll' | 'two-moons' | 'pinwheel';
export type Point = readonly [x: number, y: number];

interface Toy {
  readonly title: string;
  readonly classNames: readonly string[];
  /** Standard deviation of the noise. */
  readonly sd: number;
  /** Where the modes are; empty for a curve. */
  readonly centres: readonly Point[];
  /** A point of class `label`, noise included. */
  readonly draw: (label: number, random: Random) => Point;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `mode ${i + 1}`);

function gaussians(title: string, centres: readonly Point[], sd: number): Toy {
  return {
    title,
    classNames: numbered(centres.length),
    sd,
    centres,
    draw: (label, random) => noisy(centres[label]!, sd, random),
  };
}

const noisy = ([x, y]: Point, sd: number, random: Random): Point => [
  x + sd * random.normal(),
  y + sd * random.normal(),
];

export const RING_8 = gaussians(
  'ring of 8 Gaussians',
  Array.from({ length: 8 }, (_, i) => [2 * Math.cos((i * Math.PI) / 4), 2 * Math.sin((i * Math.PI) / 4)]),
  0.02,
);

export const GRID_25 = gaussians(
  'grid of 25 Gaussians',
  Array.from({ length: 25 }, (_, i) => [2 * ((i % 5) - 2), 2 * (Math.floor(i / 5) - 2)]),
  0.05,
);

export const TOYS: Readonly<Record<ToyName, Toy>> = {
  'ring-8': RING_8,
  'grid-25': GRID_25,
  'two-rings': {
    title: 'two rings',
    classNames: ['inner', 'outer'],
    sd: 0.04,
    centres: [],
    draw(label, random) {
      const angle = 2 * Math.PI * random.uniform();
      const radius = label === 0 ? 1 : 2;
      return noisy([radius * Math.cos(angle), radius * Math.sin(angle)], 0.04, random);
    },
  },
  'swiss-roll': {
    title: 'Swiss roll',
    classNames: [],
    sd: 0.05,
    centres: [],
    draw(_, random) {
      // sqrt spreads the points evenly along the arm, whose length grows with the square of the angle
      const angle = 1.5 * Math.PI * (1 + 2 * Math.sqrt(random.uniform()));
      const radius = (2 * angle) / (4.5 * Math.PI);
      return noisy([radius * Math.cos(angle), radius * Math.sin(angle)], 0.05, random);
    },
  },
  'two-moons': {
    title: 'two moons',
    classNames: ['upper', 'lower'],
    sd: 0.08,
    centres: [],
    draw(label, random) {
      const angle = Math.PI * random.uniform();
      const upper: Point = [Math.cos(angle), Math.sin(angle)];
      const [x, y] = label === 0 ? upper : ([1 - upper[0], 0.5 - upper[1]] as const);
      return noisy([1.4 * (x - 0.5), 1.4 * (y - 0.25)], 0.08, random);
    },
  },
  pinwheel: {
    title: 'pinwheel of 5 arms',
    classNames: numbered(5).map((name) => name.replace('mode', 'arm')),
    sd: 0.05,
    centres: [],
    draw(label, random) {
      // Arms are long Gaussians, turned the further they lie out (Johnson et al. 2016, arXiv 1603.06277).
      const along = 1 + 0.3 * random.normal();
      const across = 0.05 * random.normal();
      const turn = (2 * Math.PI * label) / 5 + 0.25 * Math.exp(along);
      const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
      return [1.6 * (along * cosine - across * sine), 1.6 * (along * sine + across * cosine)];
    },
  },
};

export const TOY_NAMES = Object.keys(TOYS) as readonly ToyName[];
export const isToyName = (name: string): name is ToyName => Object.hasOwn(TOYS, name);

/** Points of every class in turn, so that classes are balanced; the mode of a point is its class. */
export function toySource(name: ToyName, count: number, seed: number): Source {
  const { classNames, draw } = TOYS[name];
  const values = new Float32Array(count * 2);
  const labels = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const label = classNames.length === 0 ? 0 : index % classNames.length;
    values.set(draw(label, seededRandom(mixSeed(seed, index))), 2 * index);
    labels[index] = label;
  }
  const shape = { height: 1, width: 1, channels: 2, classes: classNames.length };
  return valueSource(values, shape, classNames.length === 0 ? null : labels, classNames);
}

export interface ModeCoverage {
  /** Centres that own at least 20 % of their fair share of the samples. */
  readonly modes: number;
  /** Share of the samples within 3 sd of a centre; 1 - exp(-9/2) = 0.989 for true samples. */
  readonly highQuality: number;
  /** KL(samples' histogram over the centres || uniform), nats: 0 when balanced, ln(centres) when collapsed to one. */
  readonly reverseKl: number;
}

const OWNED_SHARE = 0.2;

/** How many samples have this centre as their nearest, and how many of them lie within 3 sd of it. // samples [n, 2] */
export function ownersOf(
  samples: Float32Array,
  centres: readonly Point[],
  sd: number,
): { readonly near: Float64Array; readonly nearest: Float64Array } {
  const count = samples.length / 2;
  const near = new Float64Array(centres.length);
  const nearest = new Float64Array(centres.length);
  for (let i = 0; i < count; i++) {
    let [best, bestSquare] = [-1, Infinity];
    centres.forEach(([x, y], centre) => {
      const square = (samples[2 * i]! - x) ** 2 + (samples[2 * i + 1]! - y) ** 2;
      if (square < bestSquare) [best, bestSquare] = [centre, square];
    });
    if (best < 0) continue; // not a number: near nothing
    nearest[best]!++;
    if (bestSquare <= (3 * sd) ** 2) near[best]!++;
  }
  return { near, nearest };
}

/** How well samples cover known modes. // samples [n, 2] */
export function modeCoverage(samples: Float32Array, centres: readonly Point[], sd: number): ModeCoverage {
  const count = samples.length / 2;
  const { near, nearest } = ownersOf(samples, centres, sd);
  const total = nearest.reduce((sum, owned) => sum + owned, 0);
  const reverseKl = nearest.reduce(
    (sum, owned) => (owned === 0 ? sum : sum + (owned / total) * Math.log((owned / total) * centres.length)),
    0,
  );
  return {
    modes: near.filter((owned) => owned >= (OWNED_SHARE * count) / centres.length).length,
    highQuality: count === 0 ? 0 : near.reduce((sum, owned) => sum + owned, 0) / count,
    reverseKl: total === 0 ? Math.log(centres.length) : reverseKl,
  };
}
