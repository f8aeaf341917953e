// The trainings of a person: queued, run one after another in processes of their own, watched, stopped, resumed, removed.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toWireError, type WireError } from '#shared/errors';
import type { Undo } from '#shared/channel';
import type {
  DataOptions,
  DataSpec,
  JobEvent,
  JobInfo,
  TrainCommand,
  TrainEvent,
  UnreadableJob,
} from '#shared/training';
import { readPack, readPackFile, writePack, type Pack } from '../pack';
import type { TrainResult } from '../training/train';
import { parseTrainConfig, type TrainConfig } from '../training/train-config';
import {
  appendHistory,
  createRecord,
  infoOf,
  readAbouts,
  readHistory,
  readRecords,
  saveStanding,
  type JobRecord,
  type JobStanding,
} from './job-record';
import { createKeptPreviews } from './kept-previews';
import { noTrainers, type Trainers } from './trainers';

export interface Jobs {
  list(): Promise<readonly JobInfo[]>;
  unreadable(): Promise<readonly UnreadableJob[]>;
  start(config: TrainConfig, data: DataSpec, options: DataOptions): Promise<string>;
  /** First the job and its history, then what happens. */
  watch(id: string, send: (event: JobEvent) => void): Promise<Undo>;
  command(id: string, command: TrainCommand): Promise<void>;
  resume(id: string): Promise<void>;
  /** @returns what it was trained on. */
  remove(id: string): Promise<DataSpec>;
  /** See readAbouts. */
  abouts(): Promise<readonly string[]>;
  /** Folders of packs that show moments of runs. */
  epochFolders(): Promise<readonly string[]>;
}

export interface JobPlaces {
  readonly jobs: string;
  readonly library: string;
}

/** Jobs that train at the same time. Each takes every core there is. */
const MAX_RUNNING = 1;
const SAVE_MS = 1000;

export function createJobs({ jobs, library }: JobPlaces, trainers: Trainers): Jobs {
  const records = new Map<string, JobRecord>();
  const watchers = new Map<string, Set<(event: JobEvent) => void>>();
  const savedAt = new Map<string, number>();
  let newest = 0;
  let unreadable: readonly UnreadableJob[] = [];
  const folderOf = (id: string): string => join(jobs, id);
  const previews = createKeptPreviews(folderOf, () => performance.now());
  /** News of a job is taken in one after another: what came first must not overtake what came last. */
  const inOrder = new Map<string, Promise<void>>();
  trainers.onNews((id, news) => {
    const before = inOrder.get(id) ?? loaded;
    const taken = before.then(async () => {
      const record = records.get(id);
      if (record === undefined) return;
      if (news.kind === 'event') await onEvent(record, news.event);
      if (news.kind === 'result') await onResult(record, news.result as TrainResult);
      if (news.kind === 'error') await onError(record, news.error);
    });
    inOrder.set(
      id,
      taken.catch(() => undefined),
    );
  });
  const loaded = load();
  // an engine that can train nothing, such as that of a command, leaves the queue to the one that can
  if (trainers !== noTrainers) void loaded.then(startNext);

  async function load(): Promise<void> {
    const [found, running] = await Promise.all([readRecords(jobs), trainers.running()]);
    unreadable = found.unreadable;
    for (const record of found.records) {
      const { id } = record.about;
      const goesOn = running.includes(id);
      const { state } = record.standing;
      if (goesOn) record.standing = { ...record.standing, state: state === 'paused' ? 'paused' : 'running' };
      else if (state === 'running' || state === 'paused')
        record.standing = { ...record.standing, state: 'stopped' };
      newest = Math.max(newest, record.about.createdAt);
      records.set(id, record);
    }
  }

  async function recordOf(id: string): Promise<JobRecord> {
    await loaded;
    const record = records.get(id);
    if (record !== undefined) return record;
    throw new AppError({
      code: 'usage/job',
      headline: 'There is no such training',
      where: id,
      remedy: 'choose one of the list',
    });
  }

  async function stand(record: JobRecord, change: Partial<JobStanding>, always = true): Promise<void> {
    const { id } = record.about;
    const news = change.state !== undefined && change.state !== record.standing.state;
    record.standing = { ...record.standing, ...change };
    const now = performance.now();
    if (!always && now - (savedAt.get(id) ?? -Infinity) < SAVE_MS) return;
    savedAt.set(id, now);
    // where it stands is told anyway; a disk that takes nothing now takes the next
    await saveStanding(folderOf(id), record.standing).catch(() => savedAt.delete(id));
    if (news || always) tell(id, { kind: 'job', job: await info(record) });
  }

  const tell = (id: string, event: JobEvent): void => watchers.get(id)?.forEach((send) => send(event));

  async function info(record: JobRecord): Promise<JobInfo> {
    const names = await readdir(join(folderOf(record.about.id), 'epochs')).catch(() => []);
    const checkpoints = names
      .map((model) => ({ model, epoch: Number(/-epoch-(\d+)$/.exec(model)?.[1]) }))
      .filter(({ epoch }) => Number.isInteger(epoch))
      .sort((a, b) => a.epoch - b.epoch);
    return infoOf(record, checkpoints);
  }

  async function onEvent(record: JobRecord, event: TrainEvent): Promise<void> {
    const { id } = record.about;
    if (event.kind === 'preview') previews.put(id, event.preview);
    tell(id, event);
    void appendHistory(folderOf(id), event).catch(() => undefined); // the history is for the eye; the run itself goes on
    if (event.kind === 'start')
      await stand(record, { step: event.step, steps: event.steps, state: 'running' });
    if (event.kind === 'progress')
      await stand(record, { step: event.step, steps: event.steps, epoch: event.epoch }, false);
    if (event.kind === 'paused' || event.kind === 'stopped' || event.kind === 'done') await previews.rest(id);
    if (event.kind === 'paused') await stand(record, { state: 'paused', pausedWhy: event.why });
    if (event.kind === 'resumed') await stand(record, { state: 'running', pausedWhy: null });
    if (event.kind === 'epoch') await stand(record, { step: event.step, epoch: event.epoch });
  }

  async function onResult(record: JobRecord, result: TrainResult): Promise<void> {
    if (record.standing.state === 'done') return; // told again, to an engine that was started again
    try {
      const done = result.kind === 'done';
      const model = done && result.pack !== null ? await intoLibrary(record, result.pack) : null;
      const step = done ? record.standing.steps : result.step;
      await stand(record, { state: done ? 'done' : 'stopped', step, model, pausedWhy: null });
    } catch (error) {
      await stand(record, { state: 'failed', error: toWireError(error), pausedWhy: null });
    }
    await startNext();
  }

  async function onError(record: JobRecord, error: WireError): Promise<void> {
    await previews.rest(record.about.id);
    await stand(record, { state: 'failed', error, pausedWhy: null });
    await startNext();
  }

  /** A name that neither a training nor a model has, also one that cannot be read: what is there is never written over. */
  async function nameFor(wanted: string): Promise<string> {
    const folders = await Promise.all([jobs, library].map((place) => readdir(place).catch(() => [])));
    return freeId(wanted, new Set([...records.keys(), ...folders.flat()]));
  }

  /** The finished pack as a model of the person's own; the job's folder can then go. */
  async function intoLibrary({ about }: JobRecord, folder: string): Promise<string> {
    const pack = await readPack(folder);
    const files = new Map<string, Uint8Array>();
    for (const name of Object.keys(pack.manifest.files)) files.set(name, await readPackFile(pack, name));
    await mkdir(library, { recursive: true });
    const id = (await isOther(join(library, about.id), pack)) ? await nameFor(about.id) : about.id;
    await writePack(join(library, id), { manifest: { ...pack.manifest, id }, files });
    return id;
  }

  async function startNext(): Promise<void> {
    const all = [...records.values()];
    const running = all.filter(({ standing: { state } }) => state === 'running' || state === 'paused').length;
    const next = all
      .filter(({ standing }) => standing.state === 'queued')
      .sort((a, b) => a.about.createdAt - b.about.createdAt)[0];
    if (running >= MAX_RUNNING || next === undefined) return;
    const { id, config, data, options } = next.about;
    await stand(next, { state: 'running', error: null });
    trainers.start(id, { config, data, options, outFolder: folderOf(id), resume: true, watched: true });
  }

  return {
    async list() {
      await loaded;
      const infos = await Promise.all([...records.values()].map(info));
      return infos.sort((a, b) => b.createdAt - a.createdAt);
    },
    async unreadable() {
      await loaded;
      return unreadable;
    },
    async start(config, data, options) {
      await loaded;
      const id = await nameFor(config.id);
      const about = {
        formatVersion: 1,
        id,
        config: parseTrainConfig({ ...config, id }),
        data,
        options,
        createdAt: (newest = Math.max(Date.now(), newest + 1)), // the queue keeps its order when the clock is set back
      } as const;
      records.set(id, await createRecord(folderOf(id), about));
      await startNext();
      return id;
    },
    async watch(id, send) {
      const record = await recordOf(id);
      const sends = watchers.get(id) ?? new Set();
      watchers.set(id, sends);
      send({ kind: 'job', job: await info(record) });
      const [{ rows, epochs, diagnoses }, preview] = await Promise.all([
        readHistory(folderOf(id)),
        previews.get(id),
      ]);
      send({ kind: 'history', rows, epochs });
      diagnoses.forEach(send);
      if (preview !== null) send({ kind: 'preview', preview });
      const { state, pausedWhy } = record.standing;
      if (state === 'paused' && pausedWhy !== null) send({ kind: 'paused', why: pausedWhy });
      sends.add(send);
      return () => sends.delete(send);
    },
    async command(id, command) {
      const record = await recordOf(id);
      if (command.kind === 'stop' && record.standing.state === 'queued')
        return stand(record, { state: 'stopped' });
      trainers.tell(id, command);
    },
    async resume(id) {
      const record = await recordOf(id);
      const { state } = record.standing;
      if (state === 'paused') return trainers.tell(id, { kind: 'resume' });
      if (state !== 'stopped' && state !== 'failed') return;
      await stand(record, { state: 'queued', error: null });
      await startNext();
    },
    async remove(id) {
      const record = await recordOf(id);
      records.delete(id);
      if (record.standing.state === 'running' || record.standing.state === 'paused') trainers.kill(id);
      await previews.rest(id);
      previews.forget(id);
      await rm(folderOf(id), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      await startNext();
      return record.about.data;
    },
    abouts: () => readAbouts(jobs),
    async epochFolders() {
      const names = await readdir(jobs).catch(() => []);
      return names.map((name) => join(jobs, name, 'epochs'));
    },
  };
}

/** Is a model there that is not this one? The same may be, where an engine ended after it was written. */
async function isOther(folder: string, { manifest }: Pack): Promise<boolean> {
  const there = await readPack(folder).catch((error: unknown) => error);
  if (there instanceof Error) return existsSync(folder);
  return hashes(manifest) !== hashes((there as Pack).manifest);
}
const hashes = ({ files }: Pack['manifest']): string => JSON.stringify(Object.entries(files).sort());

/** The name itself, or the first number after it that is free. */
function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.slice(0, 44).replace(/-\d+$/, '');
  for (let i = 1; ; i++) {
    const id = `${base}-${i}`;
    if (!taken.has(id)) return id;
  }
}
