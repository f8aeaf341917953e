// How much memory a training may take: half of the machine's, or less where a person says so.
import { totalmem } from 'node:os';
import { AppError } from '#shared/errors';

const SHARE = 0.5;
const GIGABYTE = 1e9;

export interface Machine {
  readonly totalBytes: number;
  /** LATENTSCAPE_TRAIN_MEMORY: gigabytes that a training may take at most. */
  readonly setting: string | undefined;
}

/** Also in a container, whose share of the machine is what there is. */
export function thisMachine(): Machine {
  const constrained = process.constrainedMemory();
  const totalBytes = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return { totalBytes, setting: process.env.LATENTSCAPE_TRAIN_MEMORY };
}

/** `asked`: gigabytes, from the one who starts it. @throws AppError usage/memory where the setting is no number. */
export function memoryLimitBytes(asked: number | null, machine: Machine = thisMachine()): number {
  const { totalBytes, setting } = machine;
  const half = SHARE * totalBytes;
  const limits = [half];
  if (asked !== null) limits.push(asked * GIGABYTE);
  if (setting !== undefined && setting !== '') {
    const gigabytes = Number(setting);
    if (!(gigabytes > 0)) {
      throw new AppError({
        code: 'usage/memory',
        headline: 'LATENTSCAPE_TRAIN_MEMORY is no amount of memory',
        cause: `it is '${setting.slice(0, 40)}'`,
        remedy: 'give the gigabytes that a training may take, or unset it',
      });
    }
    limits.push(gigabytes * GIGABYTE);
  }
  return Math.min(...limits);
}

/** @throws AppError engine/memory, with the numbers and what to turn down. */
export function checkMemory(needed: number, limit: number, how: 'at least' | 'measured'): void {
  if (needed <= limit) return;
  throw new AppError({
    code: 'engine/memory',
    headline: 'This training does not fit into memory',
    cause:
      how === 'measured'
        ? `its first steps took ${gigabytes(needed)}, and it may take ${gigabytes(limit)}`
        : `it needs at least ${gigabytes(needed)}, and it may take ${gigabytes(limit)}`,
    remedy: 'make the batch, the pictures or the network smaller',
  });
}

export const gigabytes = (bytes: number): string => `${(bytes / GIGABYTE).toPrecision(3)} GB`;

/** Why a run was paused that has nearly taken what it may; where nobody watches, nobody could let it go on. */
export const pausedForMemory = (
  { used, cap }: { readonly used: number; readonly cap: number },
  watched: boolean,
): string =>
  `It holds ${gigabytes(used)} of the ${gigabytes(cap)} of memory that a training may take, ` +
  (watched
    ? 'so it was paused before it is ended: it goes on when it is resumed; a smaller batch takes less.'
    : 'so a checkpoint was made in case it is ended; a smaller batch takes less.');
