// The command that makes the same film, byte for byte: in words where words say the walk, and otherwise through a file of it.
import type { LatentSpace } from '#shared/domain';
import type { FilmFormat } from '#shared/film';
import { latentOfSeed } from '#shared/random';
import { legCount } from '#shared/walk';
import { SHELL_FROM, type WalkSpec } from './walk-spec';

export interface FilmSetting {
  readonly format: FilmFormat;
  readonly fps: number;
  /** Null: as many as the seconds take. */
  readonly frames: number | null;
  /** Pixels on the longer side. */
  readonly size: number;
  readonly smooth: boolean;
  /** Plays again and again. */
  readonly repeat: boolean;
}

export interface WalkCommand {
  /** For shared/command-line. */
  readonly words: readonly string[];
  /** The walk as it is walked, where the words read it from `walk.json`. */
  readonly needsFile: boolean;
}

export const WALK_FILE = 'walk.json';
const ENDING: Readonly<Record<FilmFormat, string>> = {
  gif: 'gif',
  webp: 'webp',
  mp4: 'mp4',
  webm: 'webm',
  'png-sequence': 'zip',
  strip: 'png',
  json: 'json',
};

export function walkCommand(
  model: string,
  latent: LatentSpace,
  spec: WalkSpec,
  film: FilmSetting,
  /** The walk is not walked as its spec says: its evening was stopped. */
  isOther = false,
): WalkCommand {
  const said = isOther ? null : wordsOf(latent, spec);
  const words = ['interpolate', model, ...(said ?? ['--walk', WALK_FILE]), '--fps', String(film.fps)];
  if (film.frames !== null) words.push('--frames', String(film.frames));
  words.push('--size', String(film.size));
  if (film.smooth) words.push('--smooth-pixels');
  const isPlayed = film.format === 'gif' || film.format === 'webp';
  if (isPlayed && film.repeat && !spec.closed) words.push('--repeat');
  words.push('--out', `walk.${ENDING[film.format]}`);
  return { words, needsFile: said === null };
}

/** Null where the command line cannot build this very walk from words. */
function wordsOf(latent: LatentSpace, spec: WalkSpec): readonly string[] | null {
  const { keys, closed, keepNorm } = spec;
  const [first] = keys;
  const method = methodOf(spec);
  if (first === undefined || method === null) return null;
  const alike = keys.every(
    (key) =>
      key.seed !== null &&
      isSeed(key.seed, key.z, latent) &&
      key.condition === first.condition &&
      key.seconds === first.seconds &&
      key.easing === first.easing &&
      key.hold === 0,
  );
  const legs = legCount(spec);
  const total = first.seconds * legs;
  // the command line divides again: only what comes back to the bit is said in words
  if (!alike || total / legs !== first.seconds || !(total > 0)) return null;
  const onShell = method === 'smooth' && latent.size >= SHELL_FROM && latent.prior.kind === 'normal';
  if (onShell && !keepNorm) return null;

  const points = keys.map(({ seed }) => `seed:${String(seed)}`);
  const words = ['--from', points[0]!];
  for (const point of points.slice(1, -1)) words.push('--via', point);
  words.push('--to', points.at(-1)!, '--method', method);
  if (closed) words.push('--loop');
  if (keepNorm && !onShell) words.push('--keep-norm');
  if (method !== 'smooth' && first.easing !== 'linear') words.push('--easing', first.easing);
  if (first.condition !== undefined) words.push('--class', String(first.condition));
  words.push('--seconds', String(total));
  return words;
}

/** `smooth` is a spline at an even pace; the other paces are not among its words. */
function methodOf({ path, pace }: WalkSpec): string | null {
  if (pace === 'set') return path;
  return pace === 'even' && path === 'spline' ? 'smooth' : null;
}

function isSeed(seed: number, z: Float32Array, { size, prior }: LatentSpace): boolean {
  const drawn = latentOfSeed(seed, size, prior);
  return z.length === drawn.length && z.every((value, i) => value === drawn[i]);
}
