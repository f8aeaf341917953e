// The heartbeat of a child process: one line on its stdout each second, written by a thread that computes nothing (entry/heartbeat.ts).
// It says how long ago the computing thread last took a turn of its event loop, so that a hang is told from a long silence.
import { Worker } from 'node:worker_threads';

const PREFIX = '\u0001beat ';
const TURN_MS = 250;

export const beatLine = (ageMs: number): string => `${PREFIX}${Math.max(0, Math.round(ageMs))}\n`;

/** Milliseconds since the last turn of the computing thread; null where the line is no beat. */
export function parseBeat(line: string): number | null {
  if (!line.startsWith(PREFIX)) return null;
  const ageMs = Number(line.slice(PREFIX.length));
  return Number.isFinite(ageMs) && ageMs >= 0 ? ageMs : null;
}

/** Called first in a child process, before anything heavy is loaded. `script` is the built entry/heartbeat.ts. */
export function startHeartbeat(script: URL): void {
  const turns = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  const takeTurn = (): void => void Atomics.store(turns, 0, process.hrtime.bigint());
  takeTurn();
  setInterval(takeTurn, TURN_MS).unref();
  const worker = new Worker(script, { workerData: { turns } });
  worker.on('error', () => undefined); // without a beat the supervisor still sees exits
  worker.unref();
}
