// A job as it lies on disk: about.json (what was asked for, never changed), state.json (where it stands), figures.jsonl (its history).
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type {
  DataOptions,
  DataSpec,
  FigureRow,
  JobInfo,
  JobState,
  TrainEvent,
  UnreadableJob,
} from '#shared/training';
import { AppError, type WireError } from '#shared/errors';
import { writeAtomic } from '../store/atomic';
import { errorCode } from '../store/file-port';
import { parseTrainConfig, type TrainConfig } from '../training/train-config';

export interface JobAbout {
  readonly formatVersion: 1;
  readonly id: string;
  readonly config: TrainConfig;
  readonly data: DataSpec;
  readonly options: DataOptions;
  readonly createdAt: number;
}

export interface JobStanding {
  readonly state: JobState;
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly error: WireError | null;
  readonly model: string | null;
  /** Why it is paused, for people. */
  readonly pausedWhy: string | null;
}

export interface JobRecord {
  readonly about: JobAbout;
  standing: JobStanding;
}

export type EpochEvent = Extract<TrainEvent, { kind: 'epoch' }>;
export type DiagnosisEvent = Extract<TrainEvent, { kind: 'diagnosis' }>;
export interface JobHistory {
  readonly rows: readonly FigureRow[];
  readonly epochs: readonly EpochEvent[];
  readonly diagnoses: readonly DiagnosisEvent[];
}

const FORMAT_VERSION = 1;
const versionSchema = z.looseObject({ formatVersion: z.number() });
const aboutSchema = z.looseObject({
  formatVersion: z.literal(FORMAT_VERSION),
  id: z.string(),
  config: z.unknown(),
  createdAt: z.number(),
});
const NEW: JobStanding = {
  state: 'queued',
  step: 0,
  steps: 0,
  epoch: 0,
  error: null,
  model: null,
  pausedWhy: null,
};
/** Rows that a window is sent at most; a longer history is thinned evenly. */
const MAX_ROWS = 4000;

export async function createRecord(folder: string, about: JobAbout): Promise<JobRecord> {
  await mkdir(folder, { recursive: true });
  await writeJson(join(folder, 'about.json'), about);
  await writeJson(join(folder, 'state.json'), NEW);
  return { about, standing: NEW };
}

export const saveStanding = (folder: string, standing: JobStanding): Promise<unknown> =>
  writeJson(join(folder, 'state.json'), standing);

/** Every job of the folder; one that cannot be read is left alone, with the reason. */
export async function readRecords(
  jobs: string,
): Promise<{ readonly records: readonly JobRecord[]; readonly unreadable: readonly UnreadableJob[] }> {
  const names = await readdir(jobs).catch(() => []);
  const records: JobRecord[] = [];
  const unreadable: UnreadableJob[] = [];
  for (const id of names) {
    try {
      const record = await readRecord(join(jobs, id));
      if (record !== null) records.push(record);
    } catch (error) {
      unreadable.push({ id, sentence: sentenceOf(error, join(jobs, id)) });
    }
  }
  return { records, unreadable };
}

/**
 * What was asked for in every job of the folder, as texts, also where it is of a newer version: whatever stands in none of them is named by
 * no job. @throws where one is damaged or cannot be read, and may name anything
 */
export async function readAbouts(jobs: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const id of (await unlessMissing(readdir(jobs))) ?? []) {
    const text = await unlessMissing(readFile(join(jobs, id, 'about.json'), 'utf8'));
    if (text === null) continue;
    JSON.parse(text); // a text that was cut has lost its end
    texts.push(text);
  }
  return texts;
}

const unlessMissing = <T>(read: Promise<T>): Promise<T | null> =>
  read.catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return null;
    throw error;
  });

/** Null where nothing was asked for: what is no folder, or one that was just being made. */
async function readRecord(folder: string): Promise<JobRecord | null> {
  const text = await readFile(join(folder, 'about.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const json: unknown = JSON.parse(text);
  const version = versionSchema.safeParse(json);
  if (version.success && version.data.formatVersion > FORMAT_VERSION) throw newer(folder);
  const about = aboutSchema.parse(json) as unknown as JobAbout;
  const standing = await readFile(join(folder, 'state.json'), 'utf8').then(
    (state) => ({ ...NEW, ...(JSON.parse(state) as Partial<JobStanding>) }),
    () => ({ ...NEW, state: 'stopped' as const }),
  );
  return { about: { ...about, config: parseTrainConfig(about.config) }, standing };
}

const newer = (where: string): AppError =>
  new AppError({
    code: 'store/newer',
    headline: 'This training was made by a newer Latentscape',
    where,
    remedy: 'open it there; nothing in it was changed',
  });

const sentenceOf = (error: unknown, where: string): string =>
  (error instanceof AppError
    ? error
    : new AppError({
        code: 'store/damaged',
        headline: 'What this training was asked for cannot be read any more',
        where,
        remedy: 'its checkpoints and models are still in that folder; nothing in it was changed',
      })
  ).sentence;

/** It brings its own start: what a crash or a full disk left of the line before is then a line of its own. */
const lineOf = (value: unknown): string => `\n${JSON.stringify(value)}\n`;

/** A line of the history. A line that was cut by a crash is skipped when it is read. */
export async function appendHistory(folder: string, event: TrainEvent): Promise<void> {
  if (event.kind === 'progress') {
    const { step, figures, updateRatio, klPerDimension } = event;
    const row = { step, figures, updateRatio, klPerDimension }; // JSON leaves out what was not measured
    await appendFile(join(folder, 'figures.jsonl'), lineOf(row));
  }
  if (event.kind === 'epoch' || event.kind === 'diagnosis')
    await appendFile(join(folder, 'figures.jsonl'), lineOf(event));
}

/** What happened, as far as the run that goes on knows it: what came after the step that was resumed from is not counted twice. */
export async function readHistory(folder: string): Promise<JobHistory> {
  const text = await readFile(join(folder, 'figures.jsonl'), 'utf8').catch(() => '');
  const rows = new Map<number, FigureRow>();
  const epochs = new Map<number, EpochEvent>();
  const diagnoses = new Map<string, DiagnosisEvent>();
  for (const line of text.split('\n')) {
    const row = parseLine(line);
    if (row === null) continue;
    if ('kind' in row && row.kind === 'diagnosis')
      diagnoses.set(`${row.diagnosis.step} ${row.diagnosis.kind}`, row);
    else if ('kind' in row) epochs.set(row.epoch, row);
    else rows.set(row.step, row);
  }
  const sorted = [...rows.values()].sort((a, b) => a.step - b.step);
  const every = Math.ceil(sorted.length / MAX_ROWS);
  const last = sorted.at(-1);
  return {
    // of the KL by dimension only the last is looked at, and a hundred numbers a row would be most of what is sent
    rows: sorted
      .filter((row, i) => i % every === 0 || row === last)
      .map(({ klPerDimension, ...row }) =>
        row.step === last?.step && klPerDimension !== undefined ? { ...row, klPerDimension } : row,
      ),
    epochs: [...epochs.values()].sort((a, b) => a.epoch - b.epoch),
    diagnoses: [...diagnoses.values()],
  };
}

function parseLine(line: string): FigureRow | EpochEvent | DiagnosisEvent | null {
  try {
    return line === '' ? null : (JSON.parse(line) as FigureRow | EpochEvent | DiagnosisEvent);
  } catch {
    return null;
  }
}

export function infoOf({ about, standing }: JobRecord, checkpoints: JobInfo['checkpoints']): JobInfo {
  const { id, config, data, createdAt } = about;
  const { pausedWhy: _, ...stands } = standing;
  return {
    id,
    title: config.title,
    family: config.family,
    ...stands,
    epochs: config.epochs,
    dataTitle:
      data.kind === 'builtin' ? data.name : (data.path.split(/[\\/]/).filter(Boolean).at(-1) ?? data.path),
    createdAt,
    checkpoints,
    config: { ...config },
  };
}

const writeJson = (path: string, value: unknown): Promise<unknown> =>
  writeAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`));
