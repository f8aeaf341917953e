// Numbers follow the hand at half the pace of the picture: no one reads faster, and they cost the frame that the picture needs. They
// change on one beat, so that the browser lays the page out once for all of them.
export const BEAT_MS = 32;

/** Milliseconds until the next beat, or the next of every so many. */
export function untilBeat(every: number, now: number = performance.now()): number {
  const period = every * BEAT_MS;
  return period - (now % period);
}
