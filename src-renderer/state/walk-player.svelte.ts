// Plays a walk, and shows any moment of it: frames come from a buffer that is decoded ahead, a moment under the hand from the engine.
import type { Undo } from '#shared/channel';
import type { Decoded, Pictures } from '#shared/domain';
import { latest } from '#shared/latest';
import { frameCount, frameTimes, latentAt, walkSeconds, type Walk, type WalkPoint } from '#shared/walk';
import { untilBeat } from './beat';
import { FrameBuffer } from './frame-buffer';
import { FrameClock } from './frame-clock';
import { Settling } from './settling.svelte';
import { decodePoints, type Caller } from './walk-pictures.svelte';

export const FRAME_RATES = [30, 60] as const;
export type FrameRate = (typeof FRAME_RATES)[number];

const MOST_FRAMES = 240;
const MOST_BYTES = 96 * 2 ** 20;
const BATCH = 12;
/** So many seconds are there before the first frame is shown. */
const AHEAD_SECONDS = 0.5;

interface Shown {
  readonly model: string;
  readonly walk: Walk;
  readonly frameBytes: number;
}

interface Look {
  readonly source: Shown;
  readonly seconds: number;
  readonly point: WalkPoint;
}

export class WalkPlayer {
  /** Where it stands, as the window shows it; `moment` is where it stands now. */
  seconds = $state(0);
  playing = $state(false);
  /** Decoding ahead before the first frame. */
  preparing = $state(false);
  loop = $state(true);
  fps = $state<FrameRate>(30);
  /** Of the playing that goes on, or the last one. */
  dropped = $state(0);
  shown = $state(0);
  hasPicture = $state(false);
  #moment = 0;
  #picture: Pictures | null = null;
  /** The moment that the picture is of; null where that is another walk's. */
  #pictureOf: number | null = null;
  #source = $state.raw<Shown | null>(null);
  readonly total: number = $derived.by(() => (this.#source === null ? 0 : walkSeconds(this.#source.walk)));
  #buffer: FrameBuffer | null = null;
  #clock: FrameClock | null = null;
  readonly #settling = new Settling();
  #ticking = 0;
  #playings = 0;
  #showing = false;
  #pictureListeners = new Set<(picture: Pictures) => void>();
  #momentListeners = new Set<(seconds: number) => void>();
  readonly #session: Caller;
  readonly #onError: (error: unknown) => void;

  readonly #looks = latest<Look, Decoded>({
    run: ({ source: { model }, point: { z, condition } }) =>
      this.#session.call('latent/decode', { model, z, condition }),
    onResult: (decoded, { source, seconds }) => {
      // once frames follow each other, this is one of the past
      if (source === this.#source && (!this.playing || this.preparing)) this.#draw(decoded, seconds);
    },
    onError: (error) => this.#onError(error),
  });

  constructor(session: Caller, onError: (error: unknown) => void) {
    this.#session = session;
    this.#onError = onError;
  }

  get moment(): number {
    return this.#moment;
  }
  /** The point of this very moment. */
  get point(): WalkPoint | null {
    return this.#source === null ? null : latentAt(this.#source.walk, this.#moment);
  }
  /** No picture of a moment is on its way. */
  get settled(): boolean {
    return this.#settling.done;
  }
  get picture(): Pictures | null {
    return this.#picture;
  }

  onPicture(listener: (picture: Pictures) => void): Undo {
    this.#pictureListeners.add(listener);
    if (this.#picture !== null) listener(this.#picture);
    return () => this.#pictureListeners.delete(listener);
  }

  onMoment(listener: (seconds: number) => void): Undo {
    this.#momentListeners.add(listener);
    listener(this.#moment);
    return () => this.#momentListeners.delete(listener);
  }

  /** Another walk, or the same one changed: the place in it stays. */
  show(model: string, walk: Walk | null, frameBytes: number): void {
    const wasPlaying = this.playing;
    this.pause();
    this.#looks.clear();
    this.#drop();
    if (walk === null) {
      this.#source = null;
      this.#picture = this.#pictureOf = null;
      this.hasPicture = false;
      this.#place(0);
      return;
    }
    this.#source = { model, walk, frameBytes };
    this.#pictureOf = null;
    this.#place(Math.min(this.#moment, this.total));
    this.#look();
    if (wasPlaying) void this.play();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else void this.play();
  }

  async play(): Promise<void> {
    const source = this.#source;
    if (source === null || this.playing) return;
    const mine = ++this.#playings;
    this.playing = true;
    this.preparing = true;
    const { fps } = this;
    const count = frameCount(source.walk, fps);
    const times = frameTimes(source.walk, count);
    const buffer = this.#bufferOf(source, times);
    let first = this.#frameAt(times, this.#moment);
    if (first >= count - 1) first = 0;
    buffer.want(first, this.loop);
    await buffer.untilAhead(Math.ceil(fps * AHEAD_SECONDS));
    if (mine !== this.#playings) return;
    this.preparing = false;
    this.dropped = this.shown = 0;
    this.#clock = null;
    this.#ticking = requestAnimationFrame((now) => this.#tick(now, buffer, times, first));
  }

  pause(): void {
    this.#playings++;
    if (!this.playing) return;
    this.playing = this.preparing = false;
    cancelAnimationFrame(this.#ticking);
    this.#tellCount();
    // it stands where no frame came in time
    if (this.#pictureOf !== this.#moment) this.#look();
  }

  setFps(fps: FrameRate): void {
    if (fps === this.fps) return;
    const wasPlaying = this.playing;
    this.pause();
    this.fps = fps;
    this.#drop();
    if (wasPlaying) void this.play();
  }

  /** To a moment, by hand. */
  seek(seconds: number): void {
    if (this.#source === null) return;
    this.pause();
    this.#place(Math.max(0, Math.min(this.total, seconds)));
    this.#look();
  }

  /** So many frames on, from the frame that is nearest. */
  step(frames: number): void {
    this.seek((Math.round(this.#moment * this.fps) + frames) / this.fps);
  }

  /** The engine is a new one. */
  lookAgain(): void {
    this.#drop();
    this.#look();
  }

  #tick(now: number, buffer: FrameBuffer, times: Float64Array, first: number): void {
    const clock = (this.#clock ??= new FrameClock(now, first, this.fps));
    const due = clock.due(now);
    const { count } = buffer;
    if (!this.loop && due > count - 1) {
      const last = buffer.at(count - 1);
      if (last !== null && clock.isNew(count - 1)) {
        clock.show(count - 1);
        this.#draw(last, times[count - 1] ?? 0);
      }
      clock.end(count - 1);
      this.#place(times[count - 1] ?? 0);
      return this.pause();
    }
    const frame = due % count;
    const picture = clock.isNew(due) ? buffer.at(frame) : null;
    if (picture !== null) {
      clock.show(due);
      this.#draw(picture, times[frame] ?? 0);
      this.#place(times[frame] ?? 0);
    }
    buffer.want(frame, this.loop);
    this.#ticking = requestAnimationFrame((next) => this.#tick(next, buffer, times, first));
  }

  #bufferOf({ model, walk, frameBytes }: Shown, times: Float64Array): FrameBuffer {
    const capacity = Math.min(MOST_FRAMES, Math.max(2 * BATCH, Math.floor(MOST_BYTES / frameBytes)));
    this.#buffer ??= new FrameBuffer({
      count: times.length,
      capacity,
      batch: BATCH,
      decode: (frames) =>
        decodePoints(
          this.#session,
          model,
          frames.map((frame) => latentAt(walk, times[frame]!)),
        ),
      onError: (error) => {
        this.pause();
        this.#drop();
        this.#onError(error);
      },
    });
    return this.#buffer;
  }

  #frameAt(times: Float64Array, seconds: number): number {
    const after = times.findIndex((time) => time >= seconds - 1e-9);
    return after < 0 ? times.length - 1 : after;
  }

  #drop(): void {
    this.#buffer?.stop();
    this.#buffer = null;
  }

  #look(): void {
    const [source, seconds, point] = [this.#source, this.#moment, this.point];
    if (source === null || point === null) return;
    this.#looks.request({ source, seconds, point });
    this.#settling.until(this.#looks.settled());
  }

  #place(seconds: number): void {
    this.#moment = seconds;
    for (const listener of this.#momentListeners) listener(seconds);
    if (this.#showing) return;
    this.#showing = true;
    setTimeout(
      () => {
        this.#showing = false;
        this.seconds = this.#moment;
        this.#tellCount();
      },
      untilBeat(this.playing ? 3 : 1),
    );
  }

  #tellCount(): void {
    if (this.#clock === null) return;
    this.dropped = this.#clock.dropped;
    this.shown = this.#clock.shown;
  }

  #draw(picture: Pictures, seconds: number): void {
    this.#picture = picture;
    this.#pictureOf = seconds;
    for (const listener of this.#pictureListeners) listener(picture);
    this.hasPicture = true;
  }
}
