/** GIF and animated WebP, by libvips: it takes all frames at once, one below the other. */
import sharp from 'sharp';
import { AppError } from '#shared/errors';
import type { FilmPlan } from '#shared/film';
import { MAX_FILM_IN_MEMORY_BYTES } from '../store/limits';
import { formatBytes } from '../store/store-errors';

/** Programs that show GIFs wait 100 ms in place of anything shorter than this. */
export const SHORTEST_GIF_DELAY_MS = 20;
const WEBP_QUALITY = 90;

/** Fastest GIF that plays as it says. */
export const MAX_GIF_RATE = 1000 / SHORTEST_GIF_DELAY_MS;

export async function animatedPicture(
  format: 'gif' | 'webp',
  plan: FilmPlan,
  frames: AsyncIterable<Uint8Array>,
  loop: boolean,
): Promise<Uint8Array> {
  const { width, height, pixelBytes, scale } = plan;
  const all = new Uint8Array(pixelBytes);
  let at = 0;
  for await (const rgba of frames) {
    all.set(rgba, at);
    at += rgba.byteLength;
  }
  const film = sharp(all, {
    raw: { width, height: height * plan.frames, channels: 4, pageHeight: height },
    limitInputPixels: false, // limited above, in bytes
  });
  const animation = { loop: loop ? 0 : 1, delay: [...frameDelays(plan, format === 'gif' ? 10 : 1)] };
  if (format === 'webp') {
    // squares of pixels are smaller without loss than with it; and nothing but equal frames is joined
    const quality = scale === null ? { quality: WEBP_QUALITY } : { lossless: true };
    return film.webp({ ...animation, ...quality, effort: 4 }).toBuffer();
  }
  return film
    .gif({
      ...animation,
      // a palette for each frame: 256 greys come out as they went in
      interPaletteMaxError: 0,
      effort: 4,
      dither: 0.5,
      // frames can be counted, also those where the walk stands
      keepDuplicateFrames: true,
    })
    .toBuffer();
}

/** Milliseconds of each frame in whole units of the format; what is rounded away from one is given to a later one. */
export function frameDelays(
  { frames, fps }: Pick<FilmPlan, 'frames' | 'fps'>,
  unitMs: number,
): readonly number[] {
  const rate = unitMs === 10 ? Math.min(fps, MAX_GIF_RATE) : fps;
  const until = (frame: number): number => Math.round((frame * 1000) / rate / unitMs) * unitMs;
  return Array.from({ length: frames }, (_, i) => until(i + 1) - until(i));
}

/** @throws AppError usage/film-memory */
export function checkInMemory(format: 'gif' | 'webp', bytes: number): void {
  if (bytes <= MAX_FILM_IN_MEMORY_BYTES) return;
  throw new AppError({
    code: 'usage/film-memory',
    headline: `The film is too large for ${format === 'gif' ? 'a GIF' : 'an animated WebP'}`,
    cause: `its ${formatBytes(bytes)} of pixels have to be in memory at once, the limit is ${formatBytes(MAX_FILM_IN_MEMORY_BYTES)}`,
    remedy: 'take a PNG sequence or a video, fewer frames, or a smaller size',
  });
}
