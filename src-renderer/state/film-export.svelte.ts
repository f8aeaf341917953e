// A walk as a file: what it will be is said first, what is very large is asked for, and it is saved whole or not at all. Pictures are made
// by the engine, as on the command line; video by this window.
import { cancelled, isCancelled, toWireError } from '#shared/errors';
import { ASK_FROM_BYTES, FILM_SIZE, planFilm, type FilmFormat, type FilmPlan } from '#shared/film';
import type { Pictures } from '#shared/domain';
import type { Call } from '#shared/rpc';
import { frameTimes, latentAt, type Walk } from '#shared/walk';
import type { Clipboard } from './clipboard';
import type { Explorer } from './explorer.svelte';
import { fetchedFile } from './fetched-file';
import { canEncode, CODEC_NAMES, videoOf, type VideoFormat } from './film-video';
import type { Notices } from './notices.svelte';
import { WALK_FILE, walkCommand, type FilmSetting } from './walk-command';
import { walkFile } from './walk-file';
import { decodePoints } from './walk-pictures.svelte';
import type { Walks } from './walks.svelte';

export const FILM_CHOICES: readonly { readonly value: FilmFormat; readonly name: string }[] = [
  { value: 'gif', name: 'GIF' },
  { value: 'mp4', name: 'MP4 video (H.264)' },
  { value: 'webm', name: 'WebM video (VP9)' },
  { value: 'webp', name: 'Animated WebP' },
  { value: 'png-sequence', name: 'PNG pictures, zipped' },
  { value: 'strip', name: 'Strip: one PNG' },
  { value: 'json', name: 'JSON: the walk in numbers' },
];
/** As in shared/schema. */
export const FILM_LIMITS = { rate: 120, frames: 100_000, side: 4096 } as const;
const MIME: Readonly<Record<FilmFormat, string>> = {
  gif: 'image/gif',
  webp: 'image/webp',
  mp4: 'video/mp4',
  webm: 'video/webm',
  'png-sequence': 'application/zip',
  strip: 'image/png',
  json: 'application/json',
};
const BATCH = 16;

export interface FilmRun {
  readonly done: number;
  readonly total: number;
  /** Null until it can be told. */
  readonly secondsLeft: number | null;
}

const isVideo = (format: FilmFormat): format is VideoFormat => format === 'mp4' || format === 'webm';

export class FilmExport {
  open = $state(false);
  setting = $state.raw<FilmSetting>({
    format: 'gif',
    fps: 30,
    frames: null,
    size: FILM_SIZE,
    smooth: false,
    repeat: true,
  });
  run = $state.raw<FilmRun | null>(null);
  problem = $state<string | null>(null);
  /** The person was told how large it is, and wants it. */
  agreed = $state(false);
  /** What this machine cannot encode, in a sentence; for videos only. */
  missing = $state<string | null>(null);
  readonly #walks: Walks;
  readonly #explorer: Explorer;
  readonly #clipboard: Clipboard;
  readonly #notices: Notices;
  #call: { cancel(): void } | null = null;
  #runs = 0;
  #asked = 0;

  readonly plan: FilmPlan | null = $derived.by(() => {
    const picture = this.#explorer.opened?.info.output;
    const { walk } = this.#walks;
    if (walk === null || picture === undefined) return null;
    const { fps, frames, size, smooth } = this.setting;
    return planFilm({ walk, fps, size, smooth, ...(frames === null ? {} : { frames }) }, picture);
  });
  /** More than is made without asking. */
  readonly isLarge: boolean = $derived(
    this.plan !== null && this.setting.format !== 'json' && this.plan.pixelBytes > ASK_FROM_BYTES,
  );
  /** A closed walk has no end to stop at. */
  readonly repeats: boolean = $derived.by(() => this.setting.repeat || this.#walks.spec.closed);
  /** The pace is being evened: what would be made now is not what was asked for. */
  readonly isWaiting: boolean = $derived.by(() => {
    const { spec, measures } = this.#walks;
    return spec.pace !== 'set' && measures.even === null && measures.busy !== null;
  });

  constructor(walks: Walks, explorer: Explorer, clipboard: Clipboard, notices: Notices) {
    this.#walks = walks;
    this.#explorer = explorer;
    this.#clipboard = clipboard;
    this.#notices = notices;
  }

  set(change: Partial<FilmSetting>): void {
    this.setting = { ...this.setting, ...change };
    this.agreed = false;
    this.problem = null;
    void this.#askCodec();
  }
  show(): void {
    this.open = true;
    this.problem = null;
    void this.#askCodec();
  }
  close(): void {
    this.cancel();
    this.open = false;
  }
  cancel(): void {
    this.#runs++;
    this.#call?.cancel();
    this.#call = null;
    this.run = null;
  }

  /** The line that makes the same file; where words do not say the walk, it reads it from a file that is offered. */
  async copyCommand(): Promise<void> {
    const [model, walk, latent] = [this.#walks.model, this.#walks.walk, this.#explorer.opened?.info.latent];
    if (model === null || walk === null || latent === undefined) return;
    const { spec, measures } = this.#walks;
    const isOther = spec.pace !== 'set' && measures.even === null;
    const { words, needsFile } = walkCommand(model, latent, spec, this.setting, isOther);
    const what = isVideo(this.setting.format)
      ? 'It makes the same film, by ffmpeg.'
      : 'It makes the same film, byte for byte.';
    await this.#clipboard.copyWords(words, what);
    if (!needsFile) return;
    this.#notices.offer(`The command reads the walk from ${WALK_FILE}.`, {
      name: `Save ${WALK_FILE}`,
      run: () => void this.#saveWalk(model, walk),
    });
  }

  async #saveWalk(model: string, walk: Walk): Promise<void> {
    try {
      const bytes = new TextEncoder().encode(walkFile(model, walk));
      const saved = await this.#explorer.session.host.saveFile(WALK_FILE, bytes, 'application/json');
      if (saved !== null) this.#notices.done(`Saved ${saved}`);
    } catch (error) {
      this.#notices.failed(error);
    }
  }

  async save(): Promise<void> {
    const { plan, setting } = this;
    const [model, walk] = [this.#walks.model, this.#walks.walk];
    if (plan === null || model === null || walk === null || this.run !== null) return;
    const mine = ++this.#runs;
    this.problem = null;
    this.run = { done: 0, total: plan.frames, secondsLeft: null };
    const { session } = this.#explorer;
    try {
      const { name, bytes, notes } = isVideo(setting.format)
        ? await this.#video(mine, model, walk, setting.format, plan)
        : await this.#byEngine(mine, model, walk);
      if (mine !== this.#runs) return;
      const saved = await session.host.saveFile(name, bytes, MIME[setting.format]);
      if (saved !== null) {
        this.open = false;
        this.#notices.done([`Saved ${saved}: ${plan.frames} frames.`, ...notes].join(' '));
      }
    } catch (error) {
      if (mine === this.#runs && !isCancelled(error)) this.problem = toWireError(error).sentence;
    } finally {
      if (mine === this.#runs) this.run = null;
    }
  }

  async #byEngine(mine: number, model: string, walk: Walk) {
    const { format, fps, frames, size, smooth } = this.setting;
    const tell = this.#teller(mine);
    const call = this.#explorer.session.call(
      'walks/export',
      {
        model,
        walk,
        format,
        fps,
        ...(frames === null ? {} : { frames }),
        size,
        ...(smooth ? { smooth } : {}),
        loop: this.repeats,
        ...(this.agreed ? { yes: true } : {}),
      },
      ({ done, total }) => tell(done, total),
    );
    this.#call = call;
    const made = await (call as Call<Awaited<typeof call>>);
    return {
      name: made.name,
      bytes: await fetchedFile(this.#explorer.session, made),
      notes: made.notes,
    };
  }

  async #video(mine: number, model: string, walk: Walk, format: VideoFormat, plan: FilmPlan) {
    const tell = this.#teller(mine);
    const bytes = await videoOf(format, plan, this.#frames(mine, model, walk, plan.frames), {
      onFrame: (done) => tell(done, plan.frames),
      isCancelled: () => mine !== this.#runs,
    });
    return { name: `${model}-walk.${format}`, bytes, notes: [] as readonly string[] };
  }

  async *#frames(mine: number, model: string, walk: Walk, count: number): AsyncGenerator<Pictures> {
    const times = frameTimes(walk, count);
    const batch = (from: number) =>
      decodePoints(
        this.#explorer.session,
        model,
        Array.from(times.subarray(from, from + BATCH), (seconds) => latentAt(walk, seconds)),
      );
    // the next pictures are made while these are encoded
    let next = batch(0);
    for (let from = 0; from < count; from += BATCH) {
      const pictures = await next;
      if (mine !== this.#runs) throw cancelled();
      if (from + BATCH < count) {
        next = batch(from + BATCH);
        next.catch(() => undefined); // it is awaited in the next round
      }
      yield* pictures;
    }
  }

  #teller(mine: number): (done: number, total: number) => void {
    const start = performance.now();
    return (done, total) => {
      if (mine !== this.#runs) return;
      const secondsLeft = done === 0 ? null : ((performance.now() - start) / 1000 / done) * (total - done);
      this.run = { done, total, secondsLeft };
    };
  }

  async #askCodec(): Promise<void> {
    const { format } = this.setting;
    const mine = ++this.#asked;
    this.missing = null;
    if (!isVideo(format) || this.plan === null) return;
    const other = format === 'mp4' ? 'webm' : 'mp4';
    const isThere = await canEncode(format, this.plan);
    if (mine !== this.#asked || isThere) return;
    const { width, height } = this.plan;
    const offers = (await canEncode(other, this.plan))
      ? `take ${other === 'mp4' ? 'MP4' : 'WebM'} (${CODEC_NAMES[other]}), or a smaller size`
      : 'take GIF or WebP, or a smaller size';
    if (mine === this.#asked)
      this.missing = `This machine cannot encode ${CODEC_NAMES[format]} at ${width} × ${height}; ${offers}.`;
  }
}
