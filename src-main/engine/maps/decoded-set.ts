// Many latents decoded to bytes in the model's own channels, in pieces that let a drag through; and pictures out of such bytes.
import { cancelled } from '#shared/errors';
import type { PictureFormat, Pictures } from '#shared/domain';
import type { OpenModel } from '../open-model';
import { bytesToRgba } from '../pictures';
import { checkPictureBytes, type Progress } from './point-set';

const AT_ONCE = 128;

/** In a shared buffer. // z [count, size] -> [count, height, width, channels] */
export async function decodedBytes(
  { info, decode }: OpenModel,
  z: Float32Array,
  condition: number | undefined,
  { cancellation, send }: Progress,
): Promise<Uint8Array> {
  const { size } = info.latent;
  const { height, width, channels } = info.output;
  const count = z.length / size;
  const each = height * width * channels;
  checkPictureBytes(count * each);
  const bytes = new Uint8Array(new SharedArrayBuffer(count * each));
  for (let from = 0; from < count; from += AT_ONCE) {
    if (cancellation.cancelled) throw cancelled();
    send({ stage: 'Decoding', done: from, total: count });
    const some = Math.min(AT_ONCE, count - from);
    const { rgba } = await decode(z.subarray(from * size, (from + some) * size), some, condition);
    withoutAlpha(rgba, channels, bytes.subarray(from * each, (from + some) * each));
  }
  return bytes;
}

/** RGBA -> grey, RGB or RGBA. */
export function withoutAlpha(rgba: Uint8Array, channels: number, target: Uint8Array): Uint8Array {
  for (let pixel = 0; pixel < rgba.length / 4; pixel++)
    for (let channel = 0; channel < channels; channel++)
      target[pixel * channels + channel] = rgba[4 * pixel + channel]!;
  return target;
}

/** Some pictures of a set, in this order. */
export function picturesAt(
  bytes: Uint8Array,
  { height, width, channels }: PictureFormat,
  rows: ArrayLike<number>,
): Pictures {
  const each = height * width * channels;
  const chosen = new Uint8Array(rows.length * each);
  for (let at = 0; at < rows.length; at++)
    chosen.set(bytes.subarray(rows[at]! * each, (rows[at]! + 1) * each), at * each);
  return { count: rows.length, width, height, rgba: bytesToRgba(chosen, channels) };
}
