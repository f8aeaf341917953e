// Frames beside each other. Drawn data that keeps its frames in the channels becomes pictures that any network and any view can take: a
// silhouette beside its colour, the frame before beside the frame after, the eight frames of a film.
import type { Source } from '../../training/source';

/** `frames` names the channels of each frame, three for colour or one for grey. // [height, width x frames, 3 or 1] */
export function filmStrip(source: Source, frames: readonly (readonly number[])[]): Source {
  const { height, width, channels } = source.shape;
  const deep = Math.max(...frames.map((frame) => frame.length));
  const wide = frames.length * width;
  return {
    ...source,
    shape: { ...source.shape, width: wide, channels: deep },
    async read(indices) {
      const values = await source.read(indices);
      const strips = new Float32Array(indices.length * height * wide * deep);
      for (let row = 0; row < indices.length * height; row++) {
        frames.forEach((frame, place) => {
          for (let x = 0; x < width; x++) {
            const [from, to] = [(row * width + x) * channels, (row * wide + place * width + x) * deep];
            // a grey frame beside coloured ones is grey in all three
            for (let channel = 0; channel < deep; channel++)
              strips[to + channel] = values[from + frame[channel % frame.length]!]!;
          }
        });
      }
      return strips;
    },
  };
}

/** Frames of the same depth, one after another. */
export const framesOf = (count: number, channels: number): readonly (readonly number[])[] =>
  Array.from({ length: count }, (_, frame) =>
    Array.from({ length: channels }, (_, channel) => frame * channels + channel),
  );
