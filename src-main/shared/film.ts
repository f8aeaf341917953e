// A walk as a film: which formats there are, how large it becomes, and what is asked before anything is computed.
import { AppError } from './errors';
import type { Walk } from './walk';
import { frameCount } from './walk';

export const FILM_FORMATS = ['gif', 'webp', 'mp4', 'webm', 'png-sequence', 'strip', 'json'] as const;
/** png-sequence: a zip of numbered PNGs. strip: all frames on one PNG. json: the walk and the z of every frame. */
export type FilmFormat = (typeof FILM_FORMATS)[number];

export interface FilmRequest {
  readonly walk: Walk;
  readonly format: FilmFormat;
  readonly fps: number;
  /** How many frames; as many as `fps` makes of the walk's seconds where it is left out. */
  readonly frames?: number | undefined;
  /** Pixels on the longer side: the largest whole multiple of the picture that fits, and its own size at least. */
  readonly size?: number | undefined;
  /** Exactly `size`, with smoothed pixels in place of squares. */
  readonly smooth?: boolean | undefined;
  /** Plays again and again. */
  readonly loop: boolean;
  /** The person was told how large it is and wants it. */
  readonly yes?: boolean | undefined;
}

export interface FilmPlan {
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** Pixels for each pixel; null where the picture is resampled. */
  readonly scale: number | null;
  /** All frames, uncompressed. */
  readonly pixelBytes: number;
}

/** A film that waits to be fetched by `models/piece`. */
export interface ExportedFilm {
  readonly file: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** What a person should know, each a sentence. */
  readonly notes: readonly string[];
}

export interface FilmProgress {
  readonly done: number;
  readonly total: number;
}

/** Beyond this many bytes of pixels a person is asked first. */
export const ASK_FROM_BYTES = 2 * 2 ** 30;
export const FILM_SIZE = 512;

export function planFilm(
  request: Pick<FilmRequest, 'walk' | 'fps' | 'frames' | 'size' | 'smooth'>,
  picture: { readonly width: number; readonly height: number },
): FilmPlan {
  const { walk, fps, size = FILM_SIZE } = request;
  const frames = request.frames ?? frameCount(walk, fps);
  const longest = Math.max(picture.width, picture.height);
  const resampled = request.smooth === true || size < longest;
  const scale = resampled ? size / longest : Math.floor(size / longest);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return {
    frames,
    fps,
    width,
    height,
    scale: resampled ? null : scale,
    pixelBytes: frames * width * height * 4,
  };
}

/** @throws AppError usage/too-large, with the numbers, unless the person said yes. */
export function askIfLarge({ frames, width, height, pixelBytes }: FilmPlan, yes: boolean): void {
  if (yes || pixelBytes <= ASK_FROM_BYTES) return;
  throw new AppError({
    code: 'usage/too-large',
    headline: 'The film would be very large',
    cause: `${withCommas(frames)} frames of ${withCommas(width)} x ${withCommas(height)} pixels are ${(pixelBytes / 2 ** 30).toFixed(1)} GB before they are compressed`,
    remedy: 'take fewer frames or a smaller size, or say yes to it (on the command line --yes)',
  });
}

const withCommas = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
