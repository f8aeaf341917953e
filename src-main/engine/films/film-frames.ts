/** The frames of a film, scaled as planned: whole factors make squares of pixels, anything else is resampled. */
import sharp from 'sharp';
import type { FilmPlan } from '#shared/film';
import { frameTimes, latentAt, type Walk } from '#shared/walk';
import { montage } from '../pictures';
import { decodedPoints, type DecodeLatents, type PictureShape, type Progress } from './decoded-points';

export interface FilmSource {
  readonly walk: Walk;
  readonly plan: FilmPlan;
  /** As the model makes them. */
  readonly picture: PictureShape;
  readonly decode: DecodeLatents;
}

/** // frames x [height, width, 4] */
export async function* filmFrames(
  { walk, plan, picture, decode }: FilmSource,
  progress: Progress,
): AsyncGenerator<Uint8Array> {
  const points = Array.from(frameTimes(walk, plan.frames), (seconds) => latentAt(walk, seconds));
  for await (const rgba of decodedPoints(points, picture, decode, progress)) {
    yield await scaled(rgba, picture, plan);
  }
}

async function scaled(
  rgba: Uint8Array,
  { width, height }: PictureShape,
  { scale, ...wanted }: FilmPlan,
): Promise<Uint8Array> {
  if (scale !== null) return montage({ count: 1, width, height, rgba }, { columns: 1, scale }).rgba;
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .resize(wanted.width, wanted.height, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
}
