import sharp from 'sharp';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { checkInMemory, frameDelays } from '#engine/films/animated-picture';
import { makeFilm, planned } from '#engine/films/make-film';
import { stripColumns } from '#engine/films/png-frames';
import { MAX_FILM_IN_MEMORY_BYTES, MAX_FILM_JSON_NUMBERS, MAX_PICTURE_SIDE } from '#engine/store/limits';
import { AppError } from '#shared/errors';
import { ASK_FROM_BYTES, askIfLarge, planFilm, type FilmRequest } from '#shared/film';
import { frameTimes, latentAt } from '#shared/walk';
import { walkFromJson } from '#shared/walk-schema';
import { brightness, key, quiet, toyModel, toyWalk } from './toy-model';

const request = (rest: Partial<FilmRequest> = {}): FilmRequest => ({
  walk: toyWalk(),
  format: 'gif',
  fps: 25,
  frames: 12,
  size: 24,
  loop: true,
  ...rest,
});
const film = (rest: Partial<FilmRequest> = {}) => makeFilm(request(rest), toyModel(), quiet);
const refusal = (rest: Partial<FilmRequest>) =>
  film(rest).then(
    () => expect.unreachable(),
    (error: unknown) => error as AppError,
  );
const expected = (count: number): number[] =>
  [...frameTimes(toyWalk(), count)].map((seconds) => brightness(latentAt(toyWalk(), seconds).z[0]!));

describe('a film', () => {
  it('is a GIF with every frame in its grey, its time and its size', async () => {
    const { bytes, plan } = await film();
    expect(plan).toMatchObject({ frames: 12, width: 24, height: 16, scale: 4 });
    const meta = await sharp(bytes, { animated: true }).metadata();
    expect(meta).toMatchObject({ format: 'gif', pages: 12, width: 24, pageHeight: 16, loop: 0 });
    expect(meta.delay).toEqual(new Array(12).fill(40));
    const pixels = await sharp(bytes, { animated: true }).greyscale().raw().toBuffer();
    expect(Array.from({ length: 12 }, (_, i) => pixels[i * 24 * 16])).toEqual(expected(12));
  });

  it('keeps the frames of a GIF where the walk stands', async () => {
    const { bytes } = await film({ walk: toyWalk({ keys: [key(0, { hold: 2 }), key(1)] }) });
    expect((await sharp(bytes, { animated: true }).metadata()).pages).toBe(12);
  });

  it('is a WebP with every frame; once where it does not loop', async () => {
    const { bytes } = await film({ format: 'webp', fps: 30, frames: undefined, loop: false });
    const { pages, delay, loop } = await sharp(bytes, { animated: true }).metadata();
    // frames of one grey are joined, their time is not lost
    expect(pages).toBe(new Set(expected(30)).size);
    expect(delay?.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
    expect(loop).toBe(1);
    const pixels = await sharp(bytes, { animated: true }).greyscale().raw().toBuffer();
    const greys = Array.from({ length: pages ?? 0 }, (_, i) => pixels[i * 24 * 16]);
    expect(greys).toEqual([...new Set(expected(30))]);
  });

  it('is a zip of numbered PNGs', async () => {
    const { bytes } = await film({ format: 'png-sequence' });
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(
      Array.from({ length: 12 }, (_, i) => `frame-000${String(i + 1).padStart(2, '0')}.png`),
    );
    for (const [i, png] of Object.values(files).entries()) {
      const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, data[0]]).toEqual([24, 16, expected(12)[i]]);
    }
  });

  it('is a strip that says how to make it again', async () => {
    const { bytes } = await film({ format: 'strip' });
    const { width, height, comments } = await sharp(bytes).metadata();
    expect([width, height]).toEqual([12 * 24, 16]);
    const recipe: unknown = JSON.parse(
      comments?.find(({ keyword }) => /Latentscape/.test(keyword))?.text ?? '',
    );
    expect(walkFromJson(recipe, 'strip').walk).toEqual(toyWalk());
  });

  it('is JSON: the walk to the bit, and the latents of its frames', async () => {
    const { bytes } = await film({ format: 'json', frames: 3 });
    const document = JSON.parse(Buffer.from(bytes).toString()) as { z: number[][]; film: unknown };
    expect(document.z).toEqual([[0], [0.5], [1]]);
    expect(document.film).toEqual({ frames: 3, fps: 25 });
    expect(walkFromJson(document, 'walk')).toEqual({ model: 'toy', walk: toyWalk() });
  });

  it.each(['gif', 'webp', 'png-sequence', 'strip', 'json'] as const)(
    '%s: the same bytes twice',
    async (format) => {
      expect((await film({ format })).bytes).toEqual((await film({ format })).bytes);
    },
  );

  it('says that a GIF cannot play so fast', async () => {
    expect((await film({ fps: 100, frames: 100 })).notes).toEqual([
      'A GIF shows at most 50 frames a second, so it takes 2.0 s and not 1.0 s; take WebP or a video for more.',
    ]);
    expect((await film({ fps: 50 })).notes).toEqual([]);
    expect((await film({ fps: 60, format: 'webp' })).notes).toEqual([]);
  });
});

describe('Cancel', () => {
  it('lets go of a film that was cancelled while it was encoded', async () => {
    const progress = {
      cancellation: { cancelled: false },
      send: () => (progress.cancellation.cancelled = true),
    };
    await expect(makeFilm(request(), toyModel(), progress)).rejects.toMatchObject({
      code: 'engine/cancelled',
    });
  });
});

describe('time in whole units', () => {
  it.each([
    [30, 10],
    [24, 10],
    [7, 10],
    [60, 1],
    [29.97, 1],
  ])('%d frames a second in %d ms sum up without drift', (fps, unit) => {
    const delays = frameDelays({ frames: 100, fps }, unit);
    delays.forEach((delay) => expect(Math.abs(delay - 1000 / fps)).toBeLessThanOrEqual(unit));
    expect(delays.every((delay) => Number.isInteger(delay / unit))).toBe(true);
    expect(Math.abs(delays.reduce((sum, delay) => sum + delay, 0) - 100_000 / fps)).toBeLessThanOrEqual(
      unit / 2,
    );
  });
});

describe('size', () => {
  const picture = { width: 28, height: 14 };
  const plan = (size: number, smooth = false) => planFilm({ ...request(), size, smooth }, picture);

  it('is the largest whole multiple, smoothed exactly, or smaller than the picture', () => {
    expect(plan(512)).toMatchObject({ width: 504, height: 252, scale: 18 });
    expect(plan(28)).toMatchObject({ width: 28, scale: 1 });
    expect(plan(512, true)).toMatchObject({ width: 512, height: 256, scale: null });
    expect(plan(10)).toMatchObject({ width: 10, height: 5, scale: null });
  });

  it('smoothed frames have that size', async () => {
    const { bytes } = await film({ size: 15, smooth: true });
    expect(await sharp(bytes, { animated: true }).metadata()).toMatchObject({
      width: 15,
      pageHeight: 10,
      pages: 12,
    });
  });

  it('is asked about from 2 GB of pixels on, and not before', () => {
    const at = { frames: 1, fps: 25, width: 1, height: 1, scale: 1, pixelBytes: ASK_FROM_BYTES };
    expect(() => askIfLarge(at, false)).not.toThrow();
    expect(() => askIfLarge({ ...at, pixelBytes: ASK_FROM_BYTES + 1 }, false)).toThrow(AppError);
    expect(() => askIfLarge({ ...at, pixelBytes: ASK_FROM_BYTES + 1 }, true)).not.toThrow();
  });
});

describe('limits', () => {
  const plan = (frames: number, width: number, height: number) =>
    ({ frames, fps: 25, width, height, scale: 1, pixelBytes: frames * width * height * 4 }) as const;
  const json = (frames: number) => () => planned(request({ format: 'json', frames }), toyModel());

  it.each([
    ['frames in memory', (extra: number) => () => checkInMemory('gif', MAX_FILM_IN_MEMORY_BYTES + extra)],
    ['numbers of a JSON', (extra: number) => json(MAX_FILM_JSON_NUMBERS + extra)],
    ['the side of a strip', (extra: number) => () => stripColumns(plan(1, 1, MAX_PICTURE_SIDE + extra))],
    [
      'the rows of a strip',
      (extra: number) => () => stripColumns(plan(4 * MAX_PICTURE_SIDE + extra, MAX_PICTURE_SIDE / 4, 1)),
    ],
  ])('%s: one below and at pass, one above does not', (_, at) => {
    expect(at(-1)).not.toThrow();
    expect(at(0)).not.toThrow();
    expect(at(1)).toThrow(AppError);
  });
});

describe('what cannot be', () => {
  it.each([
    [
      '10,000 frames at 4,096 pixels',
      { frames: 10_000, size: 4096 },
      'usage/too-large',
      /10,000 frames of 4,092 x 2,728 pixels are 415\.9 GB/,
    ],
    [
      'the same with yes, as a GIF',
      { frames: 10_000, size: 4096, yes: true },
      'usage/film-memory',
      /at once/,
    ],
    [
      'a strip that is too long',
      { format: 'strip', frames: 500, size: 4096, yes: true },
      'usage/strip',
      /fewer frames/,
    ],
    [
      'a walk of another model',
      { walk: toyWalk({ keys: [key(0), { ...key(1), z: Float32Array.of(1, 2) }] }) },
      'input/latent',
      /key 2/,
    ],
  ] as const)('%s: one sentence', async (_, rest, code, sentence) => {
    const error = await refusal(rest);
    expect(error.code).toBe(code);
    expect(error.sentence).toMatch(sentence);
  });
});
