/** A walk as a file of any format: planned, asked for where it is large, then made as a whole. */
import type { LatentSpace } from '#shared/domain';
import { AppError, assertNever, cancelled } from '#shared/errors';
import { askIfLarge, planFilm, type FilmFormat, type FilmPlan, type FilmRequest } from '#shared/film';
import { frameTimes, latentAt } from '#shared/walk';
import { walkToJson } from '#shared/walk-schema';
import { zipDeterministic } from '../export/deterministic-zip';
import { MAX_FILM_JSON_NUMBERS } from '../store/limits';
import { animatedPicture, checkInMemory, MAX_GIF_RATE } from './animated-picture';
import type { DecodeLatents, PictureShape, Progress } from './decoded-points';
import { filmFrames } from './film-frames';
import { filmStrip, pngSequence, stripColumns } from './png-frames';
import { video } from './video';
import { checkWalk } from './check-walk';

export interface FilmModel {
  readonly id: string;
  readonly latent: LatentSpace;
  readonly picture: PictureShape;
  readonly decode: DecodeLatents;
}

export interface Film {
  readonly bytes: Uint8Array;
  readonly extension: string;
  readonly plan: FilmPlan;
  /** What a person should know, each a sentence. */
  readonly notes: readonly string[];
}

const EXTENSION: Readonly<Record<FilmFormat, string>> = {
  gif: 'gif',
  webp: 'webp',
  mp4: 'mp4',
  webm: 'webm',
  'png-sequence': 'zip',
  strip: 'png',
  json: 'json',
};

export async function makeFilm(request: FilmRequest, model: FilmModel, progress: Progress): Promise<Film> {
  const plan = planned(request, model);
  const bytes = await encoded(request, plan, model, progress);
  // an encoder that has all frames cannot be stopped; what it made is let go
  if (progress.cancellation.cancelled) throw cancelled();
  return { bytes, extension: EXTENSION[request.format], plan, notes: notesOn(request, plan) };
}

/** The plan of a film that may be made. @throws AppError before anything is computed. */
export function planned(request: FilmRequest, model: Pick<FilmModel, 'id' | 'latent' | 'picture'>): FilmPlan {
  checkWalk(request.walk, model);
  const plan = planFilm(request, model.picture);
  if (request.format === 'json') {
    checkNumbers(plan.frames * model.latent.size);
    return plan;
  }
  askIfLarge(plan, request.yes === true);
  if (request.format === 'strip') stripColumns(plan);
  if (request.format === 'gif' || request.format === 'webp') checkInMemory(request.format, plan.pixelBytes);
  return plan;
}

async function encoded(
  { walk, format, loop }: FilmRequest,
  plan: FilmPlan,
  model: FilmModel,
  progress: Progress,
): Promise<Uint8Array> {
  if (format === 'json') return filmJson({ walk, plan, model: model.id });
  const frames = filmFrames({ walk, plan, picture: model.picture, decode: model.decode }, progress);
  switch (format) {
    case 'gif':
    case 'webp':
      return animatedPicture(format, plan, frames, loop);
    case 'mp4':
    case 'webm':
      return video(format, plan, frames);
    case 'strip': {
      const recipe = { ...walkToJson({ model: model.id, walk }), frames: plan.frames };
      return filmStrip(plan, frames, { Latentscape: JSON.stringify(recipe) });
    }
    case 'png-sequence': {
      const files = new Map<string, Uint8Array>();
      for await (const [name, png] of pngSequence(plan, frames)) files.set(name, png);
      return zipDeterministic(files);
    }
    default:
      return assertNever(format);
  }
}

/** The walk, and under `z` the latents of its frames as `decode` reads them. */
function filmJson({
  walk,
  plan,
  model,
}: Pick<FilmRequest, 'walk'> & { plan: FilmPlan; model: string }): Uint8Array {
  const points = Array.from(frameTimes(walk, plan.frames), (seconds) => latentAt(walk, seconds));
  const document = {
    ...walkToJson({ model, walk }),
    film: { frames: plan.frames, fps: plan.fps },
    z: points.map(({ z }) => [...z]),
    ...(points.some(({ condition }) => condition !== undefined)
      ? { conditions: points.map(({ condition }) => condition ?? 0) }
      : {}),
  };
  return new TextEncoder().encode(`${JSON.stringify(document)}\n`);
}

/** The z of every frame as text: about 12 characters for each number. */
function checkNumbers(numbers: number): void {
  if (numbers <= MAX_FILM_JSON_NUMBERS) return;
  throw new AppError({
    code: 'usage/too-large',
    headline: 'The JSON would be very large',
    cause: `${numbers} numbers, the limit is ${MAX_FILM_JSON_NUMBERS}`,
    remedy: 'take fewer frames',
  });
}

function notesOn({ format, fps }: FilmRequest, { frames }: FilmPlan): readonly string[] {
  if (format !== 'gif' || fps <= MAX_GIF_RATE) return [];
  const [is, asked] = [MAX_GIF_RATE, fps].map((rate) => (frames / rate).toFixed(1));
  return [
    `A GIF shows at most ${MAX_GIF_RATE} frames a second, so it takes ${is} s and not ${asked} s; take WebP or a video for more.`,
  ];
}
