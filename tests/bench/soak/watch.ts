// What is seen of the processes from outside, and what it amounts to: kills, resumes, steps lost, memory over time, tensors.
import { readFileSync } from 'node:fs';
import type { Child } from '#app/child';
import type { FromTrainer } from '#shared/trainer-messages';
import type { TrainEvent } from '#shared/training';
import { quantile } from '#shared/statistics';

/** What is promised of a training that is killed at any moment. */
const MOST_LOST = 200;
/** A process has loaded what it loads. */
const WARM_UP_MS = 60_000;
const MB = 2 ** 20;
const HOUR_MS = 3_600_000;
const PAGE = 4096;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** One process from fork to exit. */
interface Life {
  readonly kind: 'engine' | 'trainer';
  readonly bornAt: number;
  readonly memory: Sample[];
  readonly tensors: number[];
}

export interface Watch {
  engine(child: Child): void;
  trainer(child: Child): void;
  /** A process was ended on purpose. */
  killed(kind: Life['kind']): void;
  decoded(ms: number): void;
  /** Something failed that nobody caused. */
  failed(what: string): void;
  sample(pids: ReadonlyMap<number, Life['kind']>): void;
  line(): string;
  report(): Report;
}

export interface Report {
  readonly kills: { readonly engine: number; readonly trainer: number };
  readonly resumes: number;
  readonly mostStepsLost: number;
  readonly steps: number;
  readonly checkpoints: number;
  readonly decodes: number;
  readonly decodeMs: { readonly p50: number; readonly p95: number };
  /** The most that any process of its kind grew in tensors from its first to its last checkpoint. */
  readonly tensorGrowth: number;
  /** Least squares over each process that lived long enough after its warm-up; the longest one. */
  readonly memory: Readonly<Record<Life['kind'], MemoryReport | null>>;
  readonly failures: readonly string[];
  /** Promises that were broken; empty where all is well. */
  readonly broken: readonly string[];
}

interface MemoryReport {
  readonly minutes: number;
  readonly megabytes: number;
  readonly slopeMBperHour: number;
}

export function createWatch(): Watch {
  const lives = new Map<number, Life>();
  const kills = { engine: 0, trainer: 0 };
  const failures: string[] = [];
  const decodes: number[] = [];
  const reached = new Map<string, number>();
  let [resumes, mostLost, checkpoints, steps] = [0, 0, 0, 0];

  function born(child: Child, kind: Life['kind']): Life {
    const life: Life = { kind, bornAt: performance.now(), memory: [], tensors: [] };
    if (child.pid !== undefined) lives.set(child.pid, life);
    return life;
  }

  function heard(event: TrainEvent, life: Life, job: { id: string }): void {
    if (event.kind === 'start') {
      job.id = event.id;
      const before = reached.get(event.id);
      if (before !== undefined && event.step > 0) resumes++;
      if (before !== undefined) mostLost = Math.max(mostLost, before - event.step);
      reached.set(event.id, event.step);
    }
    if (event.kind === 'progress') {
      steps += Math.max(0, event.step - (reached.get(job.id) ?? event.step));
      reached.set(job.id, event.step);
    }
    // the next run of the same name begins anew
    if (event.kind === 'done') reached.delete(job.id);
    if (event.kind === 'checkpoint') {
      checkpoints++;
      life.tensors.push(event.tensors);
    }
  }

  function memoryOf(kind: Life['kind']): MemoryReport | null {
    const settled = [...lives.values()]
      .filter((life) => life.kind === kind)
      .map(({ memory, bornAt }) => memory.filter(({ at }) => at - bornAt > WARM_UP_MS))
      .filter((memory) => memory.length >= 10)
      .sort((a, b) => b.length - a.length)[0];
    if (settled === undefined) return null;
    const last = settled.at(-1)!;
    return {
      minutes: round((last.at - settled[0]!.at) / 60_000),
      megabytes: round(last.bytes / MB),
      slopeMBperHour: round((slope(settled) * HOUR_MS) / MB),
    };
  }

  return {
    engine: (child) => void born(child, 'engine'),
    trainer(child) {
      const life = born(child, 'trainer');
      const job = { id: '' };
      child.onMessage((raw) => {
        const message = raw as FromTrainer;
        if (message.kind === 'event') heard(message.event, life, job);
      });
    },
    killed(kind) {
      kills[kind]++;
    },
    decoded: (ms) => void decodes.push(ms),
    failed: (what) => void failures.push(what),
    sample(pids) {
      for (const pid of pids.keys()) {
        const bytes = residentBytes(pid);
        if (bytes !== null) lives.get(pid)?.memory.push({ at: performance.now(), bytes });
      }
    },
    line: () =>
      `${kills.trainer} trainers and ${kills.engine} engines killed, ${resumes} resumes, ${mostLost} steps lost at most, ${failures.length} failures`,
    report() {
      // a run that is told of a change records its steps anew, so a process is judged from its second checkpoint on
      const growth = [...lives.values()]
        .filter(({ tensors }) => tensors.length > 2)
        .map(({ tensors }) => tensors.at(-1)! - tensors[1]!);
      const tensorGrowth = Math.max(0, ...growth);
      const broken = [
        ...(mostLost > MOST_LOST ? [`${mostLost} steps were lost`] : []),
        ...(tensorGrowth > 0 ? [`${tensorGrowth} tensors were left over`] : []),
        ...(steps === 0 ? ['nothing was trained'] : []),
        ...(failures.length > 0 ? ['something failed that nobody caused'] : []),
      ];
      return {
        kills,
        resumes,
        mostStepsLost: mostLost,
        steps,
        checkpoints,
        decodes: decodes.length,
        decodeMs: { p50: round(quantile(decodes, 0.5)), p95: round(quantile(decodes, 0.95)) },
        tensorGrowth,
        memory: { engine: memoryOf('engine'), trainer: memoryOf('trainer') },
        failures: failures.slice(0, 20),
        broken,
      };
    },
  };
}

/** Only Linux tells it from outside. */
function residentBytes(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE;
  } catch {
    return null;
  }
}

/** Bytes per millisecond, by least squares. */
function slope(samples: readonly Sample[]): number {
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / samples.length;
  const mean = samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length;
  const over = samples.reduce((sum, { at, bytes }) => sum + (at - meanAt) * (bytes - mean), 0);
  return over / samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
}

const round = (value: number): number => Math.round(value * 100) / 100;
