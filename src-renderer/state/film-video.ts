// Video, made in the window: Chromium encodes, mediabunny writes the file. Loaded when the first video is asked for.
import type { FilmPlan } from '#shared/film';
import type { Pictures } from '#shared/domain';
import { AppError, cancelled } from '#shared/errors';

export type VideoFormat = 'mp4' | 'webm';

export const CODEC_NAMES: Readonly<Record<VideoFormat, string>> = { mp4: 'H.264', webm: 'VP9' };
const CODEC = { mp4: 'avc', webm: 'vp9' } as const;
/** Colour at half resolution wants even sides. */
const even = (side: number): number => side + (side % 2);
const KEY_FRAME_SECONDS = 2;

/** Can this machine encode it? */
export async function canEncode(format: VideoFormat, { width, height, fps }: FilmPlan): Promise<boolean> {
  if (!('VideoEncoder' in globalThis)) return false;
  const { canEncodeVideo, Quality } = await import('mediabunny');
  const quality = new Quality('high');
  return canEncodeVideo(CODEC[format], { width: even(width), height: even(height), quality, frameRate: fps });
}

export interface VideoWork {
  readonly onFrame: (done: number) => void;
  readonly isCancelled: () => boolean;
}

/** The whole file, or an error and nothing. */
export async function videoOf(
  format: VideoFormat,
  plan: FilmPlan,
  frames: AsyncIterable<Pictures>,
  { onFrame, isCancelled }: VideoWork,
): Promise<Uint8Array> {
  const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, Quality, WebMOutputFormat } =
    await import('mediabunny');
  const { width, height, fps } = plan;
  const canvas = new OffscreenCanvas(even(width), even(height));
  const paint = painter(canvas, plan);
  const target = new BufferTarget();
  const output = new Output({
    format: format === 'mp4' ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : new WebMOutputFormat(),
    target,
  });
  const source = new CanvasSource(canvas, {
    codec: CODEC[format],
    quality: new Quality('high'),
    keyFrameInterval: KEY_FRAME_SECONDS,
  });
  output.addVideoTrack(source, { frameRate: fps });
  try {
    await output.start();
    let done = 0;
    for await (const picture of frames) {
      if (isCancelled()) throw cancelled();
      paint(picture);
      await source.add(done / fps, 1 / fps);
      onFrame(++done);
    }
    await output.finalize();
  } catch (error) {
    await output.cancel();
    throw error instanceof AppError ? error : notEncoded(format, error);
  }
  if (target.buffer === null) throw notEncoded(format, 'no bytes came out');
  return new Uint8Array(target.buffer);
}

/** Squares of pixels where the plan says so, smoothed otherwise; as the engine scales, to what a video keeps of it. */
function painter(canvas: OffscreenCanvas, { width, height, scale }: FilmPlan): (picture: Pictures) => void {
  const context = canvas.getContext('2d', { alpha: false });
  const small = new OffscreenCanvas(1, 1);
  const smallContext = small.getContext('2d');
  if (context === null || smallContext === null)
    throw new AppError({ code: 'engine/codec', headline: 'This window cannot draw the frames of a video' });
  context.imageSmoothingEnabled = scale === null;
  context.imageSmoothingQuality = 'high';
  return (picture) => {
    if (small.width !== picture.width) small.width = picture.width;
    if (small.height !== picture.height) small.height = picture.height;
    const { rgba } = picture;
    const pixels = new Uint8ClampedArray(rgba.buffer as ArrayBuffer, rgba.byteOffset, rgba.byteLength);
    smallContext.putImageData(new ImageData(pixels, picture.width, picture.height), 0, 0);
    context.drawImage(small, 0, 0, width, height);
  };
}

const notEncoded = (format: VideoFormat, error: unknown): AppError =>
  new AppError({
    code: 'engine/codec',
    headline: `The video could not be encoded as ${CODEC_NAMES[format]}`,
    cause: error instanceof Error ? error.message : String(error),
    remedy: `take ${format === 'mp4' ? 'WebM' : 'GIF or WebP'}, or a smaller size`,
  });
