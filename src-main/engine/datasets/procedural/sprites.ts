// Pictures of which half is given and the other half is open: a silhouette that may have one of four colours, a frame that may move one
// of four ways. Given the condition, each outcome has probability 1/4, so the entropy to be covered is known exactly: ln 4.
import { mixSeed, seededRandom } from '#shared/random';
import { drawnSource, type FactoredSource } from './factored-source';
import { createCanvas, roundedBox, type Colour, type Distance } from './paint';

export const SPRITE_SHAPES = ['square', 'disc', 'plus'] as const;
export type SpriteShape = (typeof SPRITE_SHAPES)[number];
export const SPRITE_COLOURS: Readonly<Record<string, Colour>> = {
  red: [0.9, 0.2, 0.2],
  green: [0.2, 0.75, 0.3],
  blue: [0.25, 0.4, 0.95],
  yellow: [0.95, 0.85, 0.2],
};
export const SPRITE_MOVES = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const;

/** `colour`: silhouette, then RGB. `motion`: the frame before, then the frame after. */
export type SpriteTask = 'colour' | 'motion';

export interface SpriteOptions {
  readonly task: SpriteTask;
  readonly size?: number;
  readonly count: number;
  readonly seed: number;
}

export interface SpriteSource extends FactoredSource {
  /** The first channels are the condition, the others what is to be generated from it. */
  readonly conditionChannels: number;
  /** Every target that the condition of picture `index` allows, in the order of the classes. // 4 x [size, size, channels] */
  readonly outcomes: (index: number) => readonly Float32Array[];
}

export interface Sprite {
  readonly shape: SpriteShape;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: Colour;
}

export const SPRITE_FACTORS = ['shape', 'x', 'y', 'radius', 'outcome'] as const;
const OUTCOMES = 4;
const STEP = 0.5;

/** The class of a picture is its outcome: which colour, which way. */
export function spriteSource({ task, size = 16, count, seed }: SpriteOptions): SpriteSource {
  const isColour = task === 'colour';
  const channels = isColour ? 4 : 2;
  const values = new Float32Array(count * SPRITE_FACTORS.length);
  for (let index = 0; index < count; index++) {
    const { uniform, integer } = seededRandom(mixSeed(seed, index));
    const radius = 0.26 + 0.12 * uniform();
    const room = isColour ? 0.9 - radius : 0.9 - radius - STEP;
    const place = (): number => room * (2 * uniform() - 1);
    values.set([integer(SPRITE_SHAPES.length), place(), place(), radius, index % OUTCOMES], index * 5);
  }
  const drawOutcome = (index: number, outcome: number, pixels: Uint8Array): void => {
    const [shape, x, y, radius] = values.subarray(index * 5, index * 5 + 4);
    const sprite = { shape: SPRITE_SHAPES[shape!]!, x: x!, y: y!, radius: radius! };
    const white = drawSprite({ ...sprite, colour: [1, 1, 1] }, size);
    const [dx, dy] = Object.values(SPRITE_MOVES)[outcome]!;
    const after = isColour
      ? drawSprite({ ...sprite, colour: Object.values(SPRITE_COLOURS)[outcome]! }, size)
      : drawSprite({ ...sprite, x: x! + STEP * dx, y: y! + STEP * dy, colour: [1, 1, 1] }, size);
    for (let pixel = 0; pixel < size * size; pixel++) {
      pixels[pixel * channels] = white[3 * pixel]!;
      for (let channel = 1; channel < channels; channel++)
        pixels[pixel * channels + channel] = after[3 * pixel + channel - 1]!;
    }
  };
  const source = drawnSource({
    count,
    shape: { height: size, width: size, channels, classes: OUTCOMES },
    labels: Uint8Array.from({ length: count }, (_, index) => index % OUTCOMES),
    classNames: Object.keys(isColour ? SPRITE_COLOURS : SPRITE_MOVES),
    factors: { names: SPRITE_FACTORS, values },
    draw: (index, pixels) => drawOutcome(index, index % OUTCOMES, pixels),
  });
  return {
    ...source,
    conditionChannels: 1,
    outcomes: (index) =>
      Array.from({ length: OUTCOMES }, (_, outcome) => {
        const pixels = new Uint8Array(size * size * channels);
        drawOutcome(index, outcome, pixels);
        const target = new Float32Array(size * size * (channels - 1));
        for (let i = 0; i < target.length; i++) {
          const pixel = Math.floor(i / (channels - 1));
          target[i] = pixels[pixel * channels + 1 + (i % (channels - 1))]! / 255;
        }
        return target;
      }),
  };
}

/** On black. // [size, size, 3] */
export function drawSprite({ shape, x, y, radius, colour }: Sprite, size: number): Uint8Array {
  const canvas = createCanvas(size, { x: 0, y: 0, half: 1 });
  canvas.fill([x - radius, y - radius, x + radius, y + radius], distanceOf(shape, x, y, radius), { colour });
  const pixels = new Uint8Array(size * size * 3);
  canvas.toBytes(pixels);
  return pixels;
}

function distanceOf(shape: SpriteShape, cx: number, cy: number, radius: number): Distance {
  switch (shape) {
    case 'square':
      return roundedBox(cx, cy, 0.85 * radius, 0.85 * radius, 0);
    case 'disc':
      return (x, y) => Math.hypot(x - cx, y - cy) - radius;
    case 'plus': {
      const [across, along] = [
        roundedBox(cx, cy, radius, 0.36 * radius, 0),
        roundedBox(cx, cy, 0.36 * radius, radius, 0),
      ];
      return (x, y) => Math.min(across(x, y), along(x, y));
    }
  }
}
