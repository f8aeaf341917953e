// Heads with twelve known factors: a data set of faces that is nobody's, costs no download, and tells afterwards which latent direction
// is a smile. Any head can be drawn again with one factor changed, so the truth of an edit is known to the pixel.
import { headLabels } from '../../attributes/head-attributes';
import { drawnSource, type FactoredSource } from './factored-source';
import { drawHead } from './draw-head';
import { headAt, sampleHeads, type Correlation, type Head, type HeadFactor } from './head-factors';

export {
  HEAD_FACTORS,
  HEAD_FACTOR_RANGES,
  type Correlation,
  type Head,
  type HeadFactor,
} from './head-factors';
export { drawHead } from './draw-head';

export interface HeadOptions {
  /** Pixels a side. */
  readonly size: number;
  readonly count: number;
  readonly seed: number;
  /** All factors are independent where this is absent. */
  readonly correlate?: Correlation;
}

export interface HeadSource extends FactoredSource {
  /** Head `index` with one factor changed. // [size, size, 3] in [0, 1] */
  readonly counterfactual: (index: number, factor: HeadFactor, value: number) => Float32Array;
}

/** The class is the one factor that is either or: glasses. */
export function headSource({ size, count, seed, correlate }: HeadOptions): HeadSource {
  const factors = sampleHeads(count, seed, correlate);
  const source = drawnSource({
    count,
    shape: { height: size, width: size, channels: 3, classes: 2 },
    labels: Uint8Array.from({ length: count }, (_, index) => headAt(factors, index).glasses),
    classNames: ['no glasses', 'glasses'],
    factors,
    draw: (index, pixels) => drawHead(headAt(factors, index), size, pixels),
  });
  const labelTable = headLabels(factors);
  return {
    ...source,
    shape: { ...source.shape, labels: labelTable.attributes.length },
    labelTable,
    counterfactual: (index, factor, value) =>
      headPicture({ ...headAt(factors, index), [factor]: value }, size),
  };
}

/** // [size, size, 3] in [0, 1] */
export function headPicture(head: Head, size: number): Float32Array {
  const pixels = new Uint8Array(size * size * 3);
  drawHead(head, size, pixels);
  return Float32Array.from(pixels, (byte) => byte / 255);
}
