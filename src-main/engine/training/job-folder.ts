// The folder of one training run:
//   job.json          what is being trained (the whole config), written at the start
//   checkpoint.bin    weights, optimiser, step; two generations
//   epochs/           the model of each epoch as a pack, where somebody watches
//   pack/             the finished model pack

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '#shared/errors';
import { cleanStale, writeAtomic } from '../store/atomic';
import { realFilePort } from '../store/file-port';
import { parseTrainConfig, type TrainConfig } from './train-config';

export interface JobFolder {
  readonly folder: string;
  readonly job: string;
  readonly checkpoint: string;
  readonly epochs: string;
  readonly pack: string;
}

export const jobFolderOf = (folder: string): JobFolder => ({
  folder,
  job: join(folder, 'job.json'),
  checkpoint: join(folder, 'checkpoint.bin'),
  epochs: join(folder, 'epochs'),
  pack: join(folder, 'pack'),
});

/** Makes the folder ready; refuses to mix two runs in one place. Returns whether there is a checkpoint to go on from. */
export async function openJobFolder(folder: string, config: TrainConfig, resume: boolean): Promise<boolean> {
  const paths = jobFolderOf(folder);
  await mkdir(folder, { recursive: true });
  await cleanStale(folder);
  const hasCheckpoint = await realFilePort.exists(paths.checkpoint);
  if (hasCheckpoint && !resume) {
    throw new AppError({
      code: 'usage/folder',
      headline: 'This folder already holds a training',
      where: folder,
      remedy: 'go on with it by --resume, or name another folder',
    });
  }
  if (hasCheckpoint && !isDeepStrictEqual(await readJobConfig(folder), config)) {
    throw new AppError({
      code: 'usage/folder',
      headline: 'This folder holds a training with another configuration',
      where: folder,
      remedy: 'resume it with its own configuration, or name another folder',
    });
  }
  if (!hasCheckpoint) {
    await writeAtomic(
      paths.job,
      new TextEncoder().encode(JSON.stringify({ formatVersion: 1, config }, null, 2)),
    );
  }
  return hasCheckpoint;
}

/** The configuration of a run from its folder, e.g. to resume it. */
export async function readJobConfig(folder: string): Promise<TrainConfig> {
  const { job } = jobFolderOf(folder);
  const text = await readFile(job, 'utf8').catch(() => null);
  const parsed: unknown = text === null ? null : parseOrNull(text);
  if (typeof parsed === 'object' && parsed !== null && 'config' in parsed) return parseTrainConfig(parsed);
  throw new AppError({
    code: 'input/job',
    headline: 'This folder holds no training',
    where: job,
    cause: text === null ? 'there is no such file' : 'it is not a job description',
    remedy: 'start a new training, or name another folder',
  });
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
