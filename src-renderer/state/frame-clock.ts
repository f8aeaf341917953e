// Which frame is due, and how many were not shown in time.

export class FrameClock {
  /** Frames that were due and never seen. */
  dropped = 0;
  shown = 0;
  readonly #startedAt: number;
  readonly #first: number;
  readonly #fps: number;
  #lastShown: number;

  /** `first` is the frame that is shown at `startedAt`, in milliseconds. */
  constructor(startedAt: number, first: number, fps: number) {
    this.#startedAt = startedAt;
    this.#first = first;
    this.#fps = fps;
    this.#lastShown = first - 1;
  }

  /** The frame of this moment, counted on without an end. The screen's own rhythm wavers around the frames: the nearest one is meant. */
  due(now: number): number {
    return this.#first + Math.round(((now - this.#startedAt) / 1000) * this.#fps);
  }

  /** Is it news? */
  isNew(due: number): boolean {
    return due > this.#lastShown;
  }

  show(due: number): void {
    this.dropped += due - this.#lastShown - 1;
    this.#lastShown = due;
    this.shown++;
  }

  /** At the end of a film: what came after the last shown frame was not seen. */
  end(last: number): void {
    this.dropped += Math.max(0, last - this.#lastShown);
    this.#lastShown = Math.max(this.#lastShown, last);
  }
}
