/**
 * MP4 (H.264) and WebM (VP9) by the ffmpeg that a person has installed; none comes with the app. The window needs none: Chromium
 * encodes there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '#shared/errors';
import type { FilmPlan } from '#shared/film';
import { errorCode } from '../store/file-port';

const CODEC: Readonly<Record<'mp4' | 'webm', readonly string[]>> = {
  mp4: ['-c:v', 'libx264', '-crf', '16', '-preset', 'medium', '-movflags', '+faststart'],
  webm: ['-c:v', 'libvpx-vp9', '-crf', '20', '-b:v', '0', '-row-mt', '1'],
};

export async function video(
  format: 'mp4' | 'webm',
  plan: FilmPlan,
  frames: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
  // both containers are finished by going back to their start: a pipe will not do
  const folder = await mkdtemp(join(tmpdir(), 'latentscape-film-'));
  const file = join(folder, `film.${format}`);
  try {
    await runFfmpeg([...inputOf(plan), ...OUTPUT, ...CODEC[format], file], frames, format);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const inputOf = ({ width, height, fps }: FilmPlan): readonly string[] =>
  ['-hide_banner', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgba'].concat([
    '-video_size',
    `${width}x${height}`,
    '-framerate',
    String(fps),
    '-i',
    'pipe:0',
  ]);
/** Colour at half resolution plays everywhere and wants even sides; no date and no version go in. */
const OUTPUT = ['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-pix_fmt', 'yuv420p', '-an'].concat([
  '-fflags',
  '+bitexact',
  '-flags:v',
  '+bitexact',
  '-map_metadata',
  '-1',
]);

async function runFfmpeg(
  args: readonly string[],
  frames: AsyncIterable<Uint8Array>,
  format: string,
): Promise<void> {
  const child = spawn('ffmpeg', args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined); // it is awaited below, after the frames
  try {
    await once(child, 'spawn');
    // a program that gives up early closes the pipe; its exit code and its words say more than that
    await pipeline(Readable.from(frames), child.stdin).catch((error: unknown) => {
      if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes(errorCode(error))) throw error;
    });
    const [code] = await ended;
    if (code !== 0) throw failed(format, complaint);
  } catch (error) {
    child.kill('SIGKILL');
    throw errorCode(error) === 'ENOENT' && child.pid === undefined ? noCodec(format) : error;
  }
}

const noCodec = (format: string): AppError =>
  new AppError({
    code: 'usage/no-codec',
    headline: `${format === 'mp4' ? 'MP4' : 'WebM'} needs ffmpeg here, and there is none on the PATH`,
    remedy: 'install ffmpeg, take .gif or .webp, or export from the window',
  });

const failed = (format: string, complaint: string): AppError =>
  new AppError({
    code: 'engine/codec',
    headline: `ffmpeg could not make the ${format === 'mp4' ? 'MP4' : 'WebM'}`,
    cause: complaint.trim().split('\n').at(-1) ?? 'it gave no reason',
    remedy: 'take .gif or .webp, or an ffmpeg with H.264 and VP9',
  });
