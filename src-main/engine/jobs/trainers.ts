// How the engine reaches the processes that train. They belong to its parent, so they outlive an engine that crashes.
import type { Undo } from '#shared/channel';
import { AppError } from '#shared/errors';
import type { TrainerNews, TrainerRequest } from '#shared/trainer-messages';
import type { TrainCommand } from '#shared/training';

export interface Trainers {
  start(id: string, job: object): void;
  tell(id: string, command: TrainCommand): void;
  kill(id: string): void;
  onNews(listener: (id: string, news: Extract<TrainerNews, { kind: 'trainer-news' }>['news']) => void): Undo;
  /** Trainings that go on, also those that an earlier engine started. */
  running(): Promise<readonly string[]>;
}

/** The pipe to the parent. */
export interface ParentLink {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Undo;
}

export function trainersOf(parent: ParentLink): Trainers {
  const post = (request: TrainerRequest): void => parent.post(request);
  const listen = (listener: (news: TrainerNews) => void): Undo =>
    parent.onMessage((message) => listener(message as TrainerNews));
  return {
    start: (id, job) => post({ kind: 'trainer-start', id, job }),
    tell: (id, command) => post({ kind: 'trainer-tell', id, command }),
    kill: (id) => post({ kind: 'trainer-kill', id }),
    onNews: (listener) =>
      listen((news) => {
        if (news.kind === 'trainer-news') listener(news.id, news.news);
      }),
    running: () =>
      new Promise((resolve) => {
        const undo = listen((news) => {
          if (news.kind !== 'trainers') return;
          undo();
          resolve(news.ids);
        });
        post({ kind: 'trainers' });
      }),
  };
}

/** In a process that has no parent to run them, such as the command line, where training is a command of its own. */
export const noTrainers: Trainers = {
  start: refuse,
  tell: refuse,
  kill: refuse,
  onNews: () => () => undefined,
  running: () => Promise.resolve([]),
};

function refuse(): never {
  throw new AppError({
    code: 'usage/training',
    headline: 'There is nothing here that could train',
    remedy: 'use the train command, or the window',
  });
}
