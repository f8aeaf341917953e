// Bars and stripes (MacKay 2003, section 43.2): rows or columns wholly on or off. A 6 x 6 picture is one of 126, each as likely, so the
// best possible log-likelihood is known exactly: -ln 126 nats.
import { mixSeed, seededRandom } from '#shared/random';
import { drawnSource, type FactoredSource } from './factored-source';

/** 2^n bars and 2^n stripes; all on and all off are both. */
export const barsAndStripesCount = (size: number): number => 2 * 2 ** size - 2;

export function barsAndStripesSource(count: number, seed: number, size = 6): FactoredSource {
  const patterns = barsAndStripesCount(size);
  const pattern = Float32Array.from({ length: count }, (_, index) =>
    seededRandom(mixSeed(seed, index)).integer(patterns),
  );
  const isStripe = (index: number): boolean => pattern[index]! >= 2 ** size;
  return drawnSource({
    count,
    shape: { height: size, width: size, channels: 1, classes: 2 },
    labels: Uint8Array.from({ length: count }, (_, index) => Number(isStripe(index))),
    classNames: ['bars', 'stripes'],
    factors: { names: ['pattern'], values: pattern },
    draw(index, pixels) {
      // Stripes start at bits 1: all off and all on are counted as bars.
      const bits = isStripe(index) ? pattern[index]! - 2 ** size + 1 : pattern[index]!;
      for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++)
          pixels[row * size + column] = ((bits >> (isStripe(index) ? row : column)) & 1) * 255;
    },
  });
}
