/** How the numbers of a picture lie in a network's output or input: from a layout to a shape and an order of channels. */
import type { PictureLayout } from '#shared/importing';

export interface PictureSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Channels of a pixel side by side, or one channel after another. */
export type ChannelOrder = 'NHWC' | 'NCHW';

export function channelOrder(layout: PictureLayout): ChannelOrder {
  return layout === 'NCHW' || layout === 'CHW' || layout === 'flat-channels-first' ? 'NCHW' : 'NHWC';
}

/** Can many pictures be in one output? A flat one may or may not; its port says. */
export const holdsBatch = (layout: PictureLayout): boolean => layout.startsWith('N');

/** Shape of `rows` pictures; `batched` decides only where the layout does not. */
export function pictureShape(
  layout: PictureLayout,
  { height, width, channels }: PictureSize,
  rows: number,
  batched: boolean,
): readonly number[] {
  switch (layout) {
    case 'NHWC':
      return [rows, height, width, channels];
    case 'NCHW':
      return [rows, channels, height, width];
    case 'NHW':
      return [rows, height, width];
    case 'HWC':
      return [height, width, channels];
    case 'CHW':
      return [channels, height, width];
    case 'HW':
      return [height, width];
    case 'flat':
    case 'flat-channels-first':
      return batched ? [rows, height * width * channels] : [height * width * channels];
  }
}

/** The same pictures with the channels of a pixel side by side. // [count, height, width, channels] */
export function toChannelsLast(
  values: Float32Array,
  { height, width, channels }: PictureSize,
  order: ChannelOrder,
): Float32Array {
  if (order === 'NHWC' || channels === 1) return values;
  const pixels = height * width;
  const last = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += pixels * channels) {
    for (let channel = 0; channel < channels; channel++) {
      const from = start + channel * pixels;
      for (let pixel = 0; pixel < pixels; pixel++)
        last[start + pixel * channels + channel] = values[from + pixel] ?? 0;
    }
  }
  return last;
}
