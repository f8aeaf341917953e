// The thread that beats and watches the memory. It shares two numbers with the computing thread: see transport/heartbeat.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { beatLine, SHARED, tooMuchLine } from '#transport/heartbeat';
import { watchMemory } from '#transport/memory-watch';

const BEAT_MS = 1_000;
const MEMORY_MS = 250;
const STDOUT = 1;
/** Beats that a process may live on without its parent: time for a last checkpoint, but a hang ends here. */
const ORPHAN_BEATS = 30;
/** Time for last words to be read. */
const LAST_WORDS_MS = 50;

const { shared } = workerData as { readonly shared: BigInt64Array };
const parent = process.ppid;
let orphaned = 0;

function say(line: string): void {
  try {
    // not process.stdout: a worker's goes through the main thread, the very one that may hang
    writeSync(STDOUT, line);
  } catch {
    // nobody reads just now, or nobody is left
  }
}

function beat(): void {
  const ageMs = Number(process.hrtime.bigint() - Atomics.load(shared, SHARED.turn)) / 1e6;
  say(beatLine(ageMs));
  if (process.ppid !== parent && ++orphaned >= ORPHAN_BEATS) process.kill(process.pid, 'SIGKILL');
}

const look = watchMemory({
  onTight: (use) => parentPort?.postMessage(use),
  onFull(use) {
    say(tooMuchLine(use));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WORDS_MS);
    process.kill(process.pid, 'SIGKILL');
  },
});

beat();
setInterval(beat, BEAT_MS);
setInterval(() => {
  const cap = Number(Atomics.load(shared, SHARED.cap));
  if (cap > 0) look({ used: process.memoryUsage.rss(), cap });
}, MEMORY_MS);
