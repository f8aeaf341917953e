// Eight frames of a shape that moves: who it is (shape x colour) and how it moves are independent, so a model that keeps them apart can
// be told from one that does not. The frames lie one after another in the channels.
import { mixSeed, seededRandom } from '#shared/random';
import { drawnSource, type FactoredSource } from './factored-source';
import { drawSprite, SPRITE_COLOURS, SPRITE_SHAPES } from './sprites';

export const MOTIONS = ['horizontal', 'vertical', 'clockwise', 'counter-clockwise'] as const;
export const MOVING_FACTORS = ['identity', 'motion', 'phase', 'speed'] as const;

export interface MovingOptions {
  readonly size?: number;
  readonly frames?: number;
  readonly count: number;
  readonly seed: number;
}

const COLOURS = Object.values(SPRITE_COLOURS);
const IDENTITIES = SPRITE_SHAPES.length * COLOURS.length;
const ORBIT = 0.5;

/** The class of a film is its identity. // [size, size, 3 x frames] */
export function movingShapesSource({ size = 20, frames = 8, count, seed }: MovingOptions): FactoredSource {
  const width = MOVING_FACTORS.length;
  const values = new Float32Array(count * width);
  for (let index = 0; index < count; index++) {
    const { uniform } = seededRandom(mixSeed(seed, index));
    const motion = Math.floor(index / IDENTITIES) % MOTIONS.length;
    values.set([index % IDENTITIES, motion, 2 * Math.PI * uniform(), 0.6 + 0.3 * uniform()], index * width);
  }
  return drawnSource({
    count,
    shape: { height: size, width: size, channels: 3 * frames, classes: IDENTITIES },
    labels: Uint8Array.from({ length: count }, (_, index) => index % IDENTITIES),
    classNames: SPRITE_SHAPES.flatMap((shape) =>
      Object.keys(SPRITE_COLOURS).map((name) => `${name} ${shape}`),
    ),
    factors: { names: MOVING_FACTORS, values },
    draw(index, pixels) {
      const [identity, motion, phase, speed] = values.subarray(index * width, (index + 1) * width);
      const shape = SPRITE_SHAPES[Math.floor(identity! / COLOURS.length)]!;
      const colour = COLOURS[identity! % COLOURS.length]!;
      for (let frame = 0; frame < frames; frame++) {
        const [x, y] = placeOf(motion!, phase! + speed! * frame);
        const picture = drawSprite({ shape, x, y, radius: 0.34, colour }, size);
        for (let pixel = 0; pixel < size * size; pixel++)
          for (let channel = 0; channel < 3; channel++)
            pixels[(pixel * frames + frame) * 3 + channel] = picture[3 * pixel + channel]!;
      }
    },
  });
}

function placeOf(motion: number, angle: number): readonly [number, number] {
  switch (MOTIONS[motion]) {
    case 'horizontal':
      return [ORBIT * Math.sin(angle), 0];
    case 'vertical':
      return [0, ORBIT * Math.sin(angle)];
    case 'clockwise': // y points down
      return [ORBIT * Math.cos(angle), ORBIT * Math.sin(angle)];
    default:
      return [ORBIT * Math.cos(angle), -ORBIT * Math.sin(angle)];
  }
}
