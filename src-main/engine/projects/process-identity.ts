// Which process is which: a number alone is given out again after its process has ended, a number and the moment of its start is not.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { errorCode } from '../store/file-port';

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** As the system tells it; null where it does not. */
  readonly started: string | null;
}

export interface Processes {
  readonly host: string;
  readonly pid: number;
  /** Null where there is no such process, '' where the system does not tell when it started. */
  readonly startOf: (pid: number) => Promise<string | null>;
}

export const realProcesses: Processes = { host: hostname(), pid: process.pid, startOf };

async function startOf(pid: number): Promise<string | null> {
  if (!isAlive(pid)) return null;
  if (process.platform === 'linux') return startOnLinux(pid);
  if (process.platform === 'darwin') return startByPs(pid);
  // Windows tells it through slow tools only: there a process of that number is taken for the one that is meant
  return '';
}

/** Clock ticks from the start of the machine, and which start of the machine. */
async function startOnLinux(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ]);
    // the name in brackets may hold anything; the 22nd field of proc(5) is the 20th after it
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot.trim()} ${ticks ?? ''}`;
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? null : '';
  }
}

const startByPs = (pid: number): Promise<string | null> =>
  new Promise((resolve) => {
    execFile('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], (error, out) =>
      resolve(error === null ? out.trim() : ''),
    );
  });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
