/** A film as pictures: numbered PNGs, or all frames on one sheet. */
import { AppError } from '#shared/errors';
import type { FilmPlan } from '#shared/film';
import { encodePng, montage } from '../pictures';
import { MAX_PICTURE_SIDE } from '../store/limits';

/** Name and bytes of each frame, as it is made. */
export async function* pngSequence(
  { width, height, frames: count }: FilmPlan,
  frames: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly [name: string, png: Uint8Array]> {
  const digits = Math.max(5, String(count).length);
  let at = 0;
  for await (const rgba of frames) {
    const name = `frame-${String(++at).padStart(digits, '0')}.png`;
    yield [name, await encodePng({ width, height, rgba })];
  }
}

/** Frames side by side; in rows where one would be too wide. `text` is kept in the file. */
export async function filmStrip(
  plan: FilmPlan,
  frames: AsyncIterable<Uint8Array>,
  text: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const { width, height, frames: count, pixelBytes } = plan;
  const columns = stripColumns(plan);
  const all = new Uint8Array(pixelBytes);
  let at = 0;
  for await (const rgba of frames) {
    all.set(rgba, at);
    at += rgba.byteLength;
  }
  return encodePng(montage({ count, width, height, rgba: all }, { columns }), text);
}

/** @throws AppError usage/strip where the frames do not fit on one picture. */
export function stripColumns({ width, height, frames }: FilmPlan): number {
  const columns = Math.min(frames, Math.floor(MAX_PICTURE_SIDE / width));
  const rows = Math.ceil(frames / Math.max(1, columns));
  if (columns >= 1 && rows * height <= MAX_PICTURE_SIDE) return columns;
  throw new AppError({
    code: 'usage/strip',
    headline: 'The strip would be too large',
    cause: `${frames} frames of ${width} x ${height} pixels do not fit on ${MAX_PICTURE_SIDE} x ${MAX_PICTURE_SIDE}`,
    remedy: 'take fewer frames or a smaller size',
  });
}
