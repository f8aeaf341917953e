// Data that comes with the program: drawn, not downloaded. By name.
import type { DataSpec } from '#shared/training';
import type { Source } from '../training/source';
import { badData } from './data-errors';
import { barsAndStripesSource } from './procedural/bars-and-stripes';
import { filmStrip, framesOf } from './procedural/film-strip';
import { glyphSource } from './procedural/glyphs';
import { headSource } from './procedural/heads';
import { movingShapesSource } from './procedural/moving-shapes';
import { spriteSource } from './procedural/sprites';
import { TOY_NAMES, TOYS, toySource } from './procedural/toy-points';

type BuiltInSpec = Extract<DataSpec, { readonly kind: 'builtin' }>;

interface BuiltIn {
  readonly title: string;
  readonly make: (spec: BuiltInSpec) => Source;
}

const pictures: Readonly<Record<string, BuiltIn>> = {
  heads: { title: 'drawn heads with twelve known factors', make: headSource },
  glyphs: { title: 'drawn digits with known slant and thickness', make: glyphSource },
  'sprite-colours': {
    title: 'silhouettes, each beside one of the four colours that it may have',
    make: (spec) => filmStrip(spriteSource({ ...spec, task: 'colour' }), [[0], [1, 2, 3]]),
  },
  'sprite-moves': {
    title: 'frames, each beside one of the four moves that may follow',
    make: (spec) => filmStrip(spriteSource({ ...spec, task: 'motion' }), [[0], [1]]),
  },
  'moving-shapes': {
    title: 'eight frames of a moving shape, side by side',
    make: (spec) => filmStrip(movingShapesSource(spec), framesOf(8, 3)),
  },
  'bars-and-stripes': {
    title: 'bars or stripes, each pattern as likely',
    make: ({ count, seed, size }) => barsAndStripesSource(count, seed, size),
  },
};

const toys = Object.fromEntries(
  TOY_NAMES.map((name): [string, BuiltIn] => [
    name,
    { title: TOYS[name].title, make: ({ count, seed }) => toySource(name, count, seed) },
  ]),
);

export const BUILT_IN_DATA: Readonly<Record<string, BuiltIn>> = { ...pictures, ...toys };

const LIMITS = { count: 10_000_000, side: 512, barsSide: 12 };

export function builtInSource(spec: BuiltInSpec): Source {
  const { name, count, size } = spec;
  const found = Object.hasOwn(BUILT_IN_DATA, name) ? BUILT_IN_DATA[name] : undefined;
  if (found === undefined) {
    const names = Object.keys(BUILT_IN_DATA).join(', ');
    throw badData('none', 'There is no such built-in data', name, undefined, `choose one of ${names}`);
  }
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.count)
    throw badData('too-few', 'Built-in data cannot have this many pictures', name, `${count}`);
  const largest = name === 'bars-and-stripes' ? LIMITS.barsSide : LIMITS.side;
  const isToy = Object.hasOwn(toys, name);
  if (!isToy && (!Number.isInteger(size) || size < 4 || size > largest))
    throw badData(
      'too-large',
      'Built-in pictures cannot have this size',
      name,
      `${size}; 4 to ${largest} are drawn`,
    );
  return found.make(spec);
}
