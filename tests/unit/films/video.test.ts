import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFilm } from '#engine/films/make-film';
import { quiet, toyModel, toyWalk } from './toy-model';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-video-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A program named ffmpeg that does what is asked here: what it is given and how it ends is what matters. */
async function ffmpegThat(script: string): Promise<void> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  await writeFile(join(bin, 'ffmpeg'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'ffmpeg'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
}
const film = (format: 'mp4' | 'webm', cancelled = false) =>
  makeFilm({ walk: toyWalk(), format, fps: 25, frames: 12, size: 24, loop: false }, toyModel(), {
    ...quiet,
    cancellation: { cancelled },
  });
const leftovers = async () => (await readdir(folder)).filter((name) => name.startsWith('latentscape-film-'));

describe.skipIf(process.platform === 'win32')('video by ffmpeg', () => {
  it('pipes every frame in, and gives the file that came out', async () => {
    await ffmpegThat('for last; do :; done; { echo "$@"; wc -c; } > "$last"');
    const text = Buffer.from((await film('mp4')).bytes).toString();
    expect(text).toMatch(/-video_size 24x16 -framerate 25 .*libx264/);
    expect(Number(text.trim().split('\n').at(-1))).toBe(12 * 24 * 16 * 4);
    expect(Buffer.from((await film('webm')).bytes).toString()).toMatch(/libvpx-vp9/);
    expect(await leftovers()).toEqual([]);
  });

  it('says in one sentence that there is none', async () => {
    vi.stubEnv('PATH', folder);
    await expect(film('mp4')).rejects.toMatchObject({
      code: 'usage/no-codec',
      sentence: expect.stringMatching(/^MP4 needs ffmpeg.*\.$/) as string,
    });
  });

  it('says why ffmpeg failed, also where it gave up before all frames were in', async () => {
    await ffmpegThat('echo "Unknown encoder libvpx-vp9" >&2; exit 1');
    await expect(film('webm')).rejects.toMatchObject({
      code: 'engine/codec',
      sentence: expect.stringContaining('Unknown encoder libvpx-vp9') as string,
    });
    expect(await leftovers()).toEqual([]);
  });

  it('ends it where the film is cancelled', async () => {
    await ffmpegThat('cat > /dev/null');
    await expect(film('mp4', true)).rejects.toMatchObject({ code: 'engine/cancelled' });
    expect(await leftovers()).toEqual([]);
  });
});
