// A source whose pictures are drawn when they are first read and kept as bytes from then on: nothing to download, nothing to wait for,
// and every picture is a function of (seed, index) alone, so picture 7 of seed 3 is one picture everywhere.
import type { DataShape } from '#ml/family';
import type { Source } from '../../training/source';

/** What the pictures were drawn from. */
export interface Factors {
  readonly names: readonly string[];
  readonly values: Float32Array; // [count, names]
}

export interface FactoredSource extends Source {
  readonly factors: Factors;
}

export interface Drawing {
  readonly count: number;
  readonly shape: DataShape;
  readonly labels: Uint8Array | null;
  readonly classNames: readonly string[];
  readonly factors: Factors;
  /** Draws picture `index` into `pixels`. // [height, width, channels] */
  readonly draw: (index: number, pixels: Uint8Array) => void;
}

/** Above this the pictures are drawn again each time they are read. */
const KEPT_BYTES = 512 * 2 ** 20;

export function drawnSource({ count, shape, labels, classNames, factors, draw }: Drawing): FactoredSource {
  const stride = shape.height * shape.width * shape.channels;
  const keep = count * stride <= KEPT_BYTES;
  const pixels = new Uint8Array(keep ? count * stride : stride);
  const drawn = new Uint8Array(keep ? count : 0);
  const pixelsOf = (index: number): Uint8Array => {
    if (!keep) {
      draw(index, pixels);
      return pixels;
    }
    const own = pixels.subarray(index * stride, (index + 1) * stride);
    if (drawn[index] === 0) {
      draw(index, own);
      drawn[index] = 1;
    }
    return own;
  };
  return {
    count,
    shape,
    labels,
    classNames,
    factors,
    async read(indices) {
      const values = new Float32Array(indices.length * stride);
      for (let row = 0; row < indices.length; row++) {
        const bytes = pixelsOf(indices[row]!);
        for (let i = 0; i < stride; i++) values[row * stride + i] = bytes[i]! / 255;
      }
      return values;
    },
  };
}

/** One factor of all pictures. // [count] */
export function factorOf({ names, values }: Factors, name: string): Float32Array {
  const column = names.indexOf(name);
  if (column < 0) throw new Error(`there is no factor ${name}: ${names.join(', ')}`);
  return Float32Array.from(
    { length: values.length / names.length },
    (_, row) => values[row * names.length + column]!,
  );
}
