// How long the picture takes to follow the hand: from the move of the pointer to the pixels, for every answer that is drawn.

import { untilBeat } from './beat';
import { figuresOf, type Frame, type LatencyFigures } from './latency-figures';

const KEPT = 200;
/** The browser keeps measures until told otherwise. */
const MEASURES_KEPT = 2_000;

export class LatencyMeter {
  figures = $state.raw<LatencyFigures | null>(null);
  /** The last frames in milliseconds, oldest first. */
  recent = $state.raw<readonly number[]>([]);
  #frames: Frame[] = [];
  #measures = 0;
  #scheduled = false;

  /** Cheap: figures are worked out ten times a second at most. */
  add(frame: Frame): void {
    if (++this.#measures > MEASURES_KEPT) {
      performance.clearMeasures('drag');
      this.#measures = 1;
    }
    const { engineMs, networkMs, z } = frame;
    performance.measure('drag', {
      start: frame.movedAt,
      end: frame.drawnAt,
      detail: { engineMs, networkMs, z },
    });
    this.#frames.push(frame);
    if (this.#frames.length > 2 * KEPT) this.#frames = this.#frames.slice(-KEPT);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.recent = this.#frames.slice(-KEPT).map((each) => each.drawnAt - each.movedAt);
      this.figures = figuresOf(this.#frames.slice(-KEPT));
    }, untilBeat(3));
  }

  clear(): void {
    this.#frames = [];
    this.recent = [];
    this.figures = null;
  }
}
