// The thread that beats. It shares one number with the computing thread: the time of that thread's last turn.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { beatLine } from '#transport/heartbeat';

const BEAT_MS = 1_000;
const STDOUT = 1;
/** Beats that a process may live on without its parent: time for a last checkpoint, but a hang ends here. */
const ORPHAN_BEATS = 30;

const { turns } = workerData as { readonly turns: BigInt64Array };
const parent = process.ppid;
let orphaned = 0;

function beat(): void {
  const ageMs = Number(process.hrtime.bigint() - Atomics.load(turns, 0)) / 1e6;
  try {
    // not process.stdout: a worker's goes through the main thread, the very one that may hang
    writeSync(STDOUT, beatLine(ageMs));
  } catch {
    // nobody reads just now, or nobody is left
  }
  if (process.ppid !== parent && ++orphaned >= ORPHAN_BEATS) process.kill(process.pid, 'SIGKILL');
}

beat();
setInterval(beat, BEAT_MS);
