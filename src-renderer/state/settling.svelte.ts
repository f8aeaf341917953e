// Has all that was asked for come? No at once, yes on the beat: under a hand that drags it does not waver, and costs no frame.
import { untilBeat } from './beat';

export class Settling {
  done = $state(true);
  #asked = 0;

  /** Something was asked for; it has come when this resolves. */
  until(answered: Promise<void>): void {
    const mine = ++this.#asked;
    this.done = false;
    void answered.then(() =>
      setTimeout(() => {
        if (mine === this.#asked) this.done = true;
      }, untilBeat(1)),
    );
  }
}
