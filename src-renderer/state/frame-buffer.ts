// Frames of a film decoded ahead of the one that is shown, in a ring: what lies behind makes room for what comes.
import type { Pictures } from '#shared/domain';

export interface FrameSource {
  readonly count: number;
  /** Pictures of the frames with these numbers, in that order. */
  readonly decode: (frames: readonly number[]) => Promise<readonly Pictures[]>;
  /** Frames held at once, and asked for at once. */
  readonly capacity: number;
  readonly batch: number;
  readonly onError: (error: unknown) => void;
}

export class FrameBuffer {
  readonly #source: FrameSource;
  readonly #held = new Map<number, Pictures>();
  #from = 0;
  #loops = false;
  #running = false;
  #stopped = false;
  #told: (() => void)[] = [];

  constructor(source: FrameSource) {
    this.#source = source;
  }

  get count(): number {
    return this.#source.count;
  }

  at(frame: number): Pictures | null {
    return this.#held.get(frame) ?? null;
  }

  /** How many frames in a row are there from the wanted one on. */
  get ahead(): number {
    let ready = 0;
    for (const frame of this.#window()) {
      if (!this.#held.has(frame)) break;
      ready++;
    }
    return ready;
  }

  /** This frame comes next, and those after it; past the last the first again where it loops. */
  want(from: number, loops: boolean): void {
    this.#from = from;
    this.#loops = loops;
    if (!this.#running && !this.#stopped) void this.#fill();
  }

  /** Resolves when so many frames are there, or no more can come. */
  async untilAhead(frames: number): Promise<void> {
    const wanted = Math.min(frames, this.#window().length);
    while (!this.#stopped && this.ahead < wanted && this.#running)
      await new Promise<void>((resolve) => this.#told.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#tell();
  }

  /** The numbers of the frames that should be held, nearest first. */
  #window(): readonly number[] {
    const { count, capacity } = this.#source;
    const most = Math.min(capacity, this.#loops ? count : count - this.#from);
    return Array.from({ length: Math.max(0, most) }, (_, i) => (this.#from + i) % count);
  }

  async #fill(): Promise<void> {
    this.#running = true;
    const { batch, decode, capacity, count, onError } = this.#source;
    try {
      while (!this.#stopped) {
        const wanted = this.#window();
        const missing = wanted.filter((frame) => !this.#held.has(frame)).slice(0, batch);
        // a full batch, or none yet: frames pass one by one, and calls of one picture cost more
        if (missing.length === 0 || (missing.length < batch && this.ahead > capacity / 2)) break;
        const pictures = await decode(missing);
        if (this.#stopped) break;
        missing.forEach((frame, i) => this.#held.set(frame, pictures[i]!));
        if (capacity < count) this.#forget();
        this.#tell();
      }
    } catch (error) {
      this.#stopped = true;
      onError(error);
    } finally {
      this.#running = false;
      this.#tell();
    }
  }

  #forget(): void {
    const wanted = new Set(this.#window());
    for (const frame of this.#held.keys()) if (!wanted.has(frame)) this.#held.delete(frame);
  }

  #tell(): void {
    const told = this.#told;
    this.#told = [];
    for (const resolve of told) resolve();
  }
}
