// What a training needs of memory at the very least, counted from its configuration, so that one that cannot fit is refused before anything
// is allocated.
import type { DataShape } from '#ml/family';
import type { TrainConfig } from './train-config';

/** The runtime, TensorFlow itself, and nothing to train yet: 290 MB were measured. */
const BASE_BYTES = 200e6;
const FLOAT_BYTES = 4;
/** A weight, its gradient, and the two averages that Adam keeps of it. */
const COPIES = 4;

/**
 * No training of this configuration takes less: its large weights, and what one batch becomes inside the networks. Counted, not measured;
 * small parts are left out, so that nothing is refused that would fit.
 */
export function leastBytes(config: TrainConfig, data: DataShape): number {
  const { weights, activations } = sizesOf(config, data);
  return BASE_BYTES + FLOAT_BYTES * (COPIES * weights + config.batchSize * activations);
}

interface Sizes {
  readonly weights: number;
  /** Numbers that one picture becomes on its way. */
  readonly activations: number;
}

export function sizesOf(config: TrainConfig, data: DataShape): Sizes {
  const pixels = data.height * data.width * data.channels;
  if (config.family === 'vae' || config.family === 'cvae') {
    const { latentSize, encoder, decoder } = config.model;
    const deepest = { ...data, channels: decoder.filters[0] ?? data.channels };
    const encode = convolutions(data, encoder.filters);
    const decode = convolutions(deepest, decoder.filters.slice(1), decoder.filters.length, data.channels);
    const start = decoder.filters.length === 0 ? pixels : decode.end;
    return add(
      encode,
      dense([encode.end, ...encoder.units, 2 * latentSize]),
      dense([latentSize, ...decoder.units, start]),
      decode,
    );
  }
  const { latentSize, generator, discriminator } = config;
  return add(
    { weights: 0, activations: pixels },
    ganBody(generator.body, data, latentSize),
    ganBody(discriminator.body, data, config.family === 'cgan' ? Math.max(1, config.jointUnits) : 1),
    ...(config.family === 'bigan' || config.family === 'vaegan'
      ? [ganBody(discriminator.body, data, latentSize)] // the encoder
      : []),
  );
}

/** Kernel 4 x 4, stride 2. Downwards from the picture; upwards (with `up` doublings) it is the same list from the other end. */
function convolutions(
  { height, width, channels }: DataShape,
  filters: readonly number[],
  up = 0,
  last?: number,
): Sizes & { readonly end: number } {
  let [h, w, from] = up > 0 ? [height / 2 ** up, width / 2 ** up, channels] : [height, width, channels];
  const start = up > 0 ? h * w * from : 0;
  let [weights, activations] = [0, 0];
  for (const to of last === undefined || up === 0 ? filters : [...filters, last]) {
    weights += 16 * from * to;
    [h, w, from] = up > 0 ? [2 * h, 2 * w, to] : [Math.ceil(h / 2), Math.ceil(w / 2), to];
    activations += h * w * to;
  }
  return { weights, activations, end: up > 0 ? start : h * w * from };
}

function dense(widths: readonly number[]): Sizes {
  const weights = widths.slice(1).reduce((sum, width, i) => sum + width * widths[i]!, 0);
  return { weights, activations: widths.slice(1).reduce((sum, width) => sum + width, 0) };
}

type GanBody = Extract<TrainConfig, { family: 'gan' }>['generator']['body'];

/** Either network: from the picture to `end` numbers, or the other way round, the sizes are the same. */
function ganBody(body: GanBody, data: DataShape, end: number): Sizes {
  const { height, width, channels } = data;
  if (body.kind === 'dense') return dense([height * width * channels, ...body.units, end]);
  let halvings = 0;
  for (let [h, w] = [height, width]; h % 2 === 0 && w % 2 === 0 && Math.min(h, w) > 4; h /= 2, w /= 2)
    halvings++;
  const filters = Array.from({ length: halvings }, (_, level) => body.width * 2 ** level);
  const down = convolutions(data, filters);
  return add(down, dense([down.end, end]));
}

function add(...parts: readonly Sizes[]): Sizes {
  return {
    weights: parts.reduce((sum, part) => sum + part.weights, 0),
    activations: parts.reduce((sum, part) => sum + part.activations, 0),
  };
}
