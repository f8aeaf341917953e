/** A generator of known answers: a grey 6 x 4 picture whose brightness is the cube of z, so that it hardly moves and then rushes. */
import type { FilmModel } from '#engine/films/make-film';
import type { Progress } from '#engine/films/decoded-points';
import type { Keyframe, Walk } from '#shared/walk';

export const brightness = (z: number): number => Math.round(255 * Math.abs(z) ** 3);

export function toyModel(calls: number[] = []) {
  const [width, height] = [6, 4];
  const decode: FilmModel['decode'] = (z, count, condition = 0) => {
    calls.push(count);
    const rgba = new Uint8Array(count * width * height * 4).fill(255);
    for (let i = 0; i < count; i++) {
      const from = i * width * height * 4;
      for (let at = from; at < from + width * height * 4; at += 4)
        rgba.fill(condition > 0 ? 255 - brightness(z[i]!) : brightness(z[i]!), at, at + 3);
    }
    return Promise.resolve({ count, width, height, rgba });
  };
  const prior = { kind: 'normal' } as const;
  return { id: 'toy', latent: { size: 1, prior }, picture: { width, height }, prior, decode };
}

export const key = (z: number, rest: Partial<Keyframe> = {}): Keyframe => ({
  z: Float32Array.of(z),
  seconds: 1,
  easing: 'linear',
  ...rest,
});
export const toyWalk = (rest: Partial<Walk> = {}): Walk => ({
  path: 'lerp',
  closed: false,
  keys: [key(0), key(1)],
  ...rest,
});
export const quiet: Progress = { cancellation: { cancelled: false }, send: () => undefined };
