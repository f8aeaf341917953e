// The heartbeat of a child process: one line on its stdout each second, written by a thread that computes nothing (entry/heartbeat.ts).
// It says how long ago the computing thread last took a turn of its event loop, so that a hang is told from a long silence. The same
// thread watches how much memory the process holds, because the computing thread is busy in the very call that allocates it.
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

const TOO_MUCH = '\u0001memory ';

/** The last words of a process that ends itself because it holds more memory than it may. */
export const tooMuchLine = ({ used, cap }: MemoryUse): string => `${TOO_MUCH}${used} ${cap}\n`;

export interface MemoryUse {
  /** Bytes of the whole process that lie in memory. */
  readonly used: number;
  readonly cap: number;
}

/** null where the line is something else. */
export function parseTooMuch(line: string): MemoryUse | null {
  if (!line.startsWith(TOO_MUCH)) return null;
  const [used, cap] = line.slice(TOO_MUCH.length).split(' ').map(Number);
  return used !== undefined && cap !== undefined && used > 0 && cap > 0 ? { used, cap } : null;
}

/** What the two threads share: the time of the computing thread's last turn, and how much memory the process may hold (0: no matter). */
export const SHARED = { turn: 0, cap: 1, size: 2 } as const;

export interface Heartbeat {
  /** From now on: `onTight` once above 80 % of the cap, and again after it fell; the end of the process at the cap. */
  limitMemory(cap: number, onTight: (use: MemoryUse) => void): void;
}

/** Called first in a child process, before anything heavy is loaded. `script` is the built entry/heartbeat.ts. */
export function startHeartbeat(script: URL): Heartbeat {
  const shared = new BigInt64Array(new SharedArrayBuffer(SHARED.size * BigInt64Array.BYTES_PER_ELEMENT));
  const takeTurn = (): void => void Atomics.store(shared, SHARED.turn, process.hrtime.bigint());
  takeTurn();
  setInterval(takeTurn, TURN_MS).unref();
  const worker = new Worker(script, { workerData: { shared } });
  worker.on('error', () => undefined); // without a beat the supervisor still sees exits
  worker.unref();
  return {
    limitMemory(cap, onTight) {
      worker.on('message', onTight);
      worker.unref(); // listening holds the process open
      Atomics.store(shared, SHARED.cap, BigInt(Math.round(cap)));
    },
  };
}
