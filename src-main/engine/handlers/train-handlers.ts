// data/summary, data/upload, train/* and jobs/*: everything about training that a window asks for.
import type { EngineApi } from '#shared/api';
import type { PresetInfo } from '#shared/training';
import type { Handlers } from '#shared/rpc';
import { changesAnything } from '../datasets/augmented-source';
import type { LeftUploads } from '../datasets/left-uploads';
import type { Receive } from '../datasets/uploads';
import { summarise } from '../datasets/summary';
import type { Estimator } from '../jobs/estimates';
import type { Jobs } from '../jobs/jobs';
import { openTrainingData } from '../training/data';
import { PRESETS } from '../training/presets';
import { parseTrainConfig } from '../training/train-config';

type Names = Extract<keyof EngineApi, `jobs/${string}` | `train/${string}` | 'data/summary' | 'data/upload'>;

export function trainHandlers(
  jobs: Jobs,
  estimate: Estimator,
  receive: Receive,
  uploads: LeftUploads,
): Pick<Handlers<EngineApi>, Names> {
  return {
    'data/summary': async ({ data, options }, { send, cancellation }) => {
      await uploads.seen(data);
      const opened = await openTrainingData(data, options, 0, [], {
        onProgress: (done, total) => send({ done, total }),
        isCancelled: () => cancellation.cancelled,
      });
      const { augmentation } = options;
      return summarise(opened, augmentation !== undefined && changesAnything(augmentation));
    },
    'data/upload': async (piece) => {
      const received = await receive(piece);
      // room is made as it is taken: an engine may run for months
      if (received.path !== null) void uploads.sweep();
      return received;
    },
    'train/presets': () => PRESETS.map(toInfo),
    'train/estimate': async ({ config, data, options }, { cancellation }) => {
      await uploads.seen(data);
      return estimate({ config: parseTrainConfig(config), data, options }, cancellation);
    },
    'jobs/list': () => jobs.list(),
    'jobs/unreadable': () => jobs.unreadable(),
    'jobs/start': async ({ config, data, options }) => {
      await uploads.seen(data);
      return { id: await jobs.start(parseTrainConfig(config), data, options) };
    },
    'jobs/watch': async ({ job }, { send, cancellation }) => {
      const undo = await jobs.watch(job, send);
      return new Promise((resolve) => {
        cancellation.onCancel(() => {
          undo();
          resolve(null);
        });
      });
    },
    'jobs/command': async ({ job, command }) => {
      await jobs.command(job, command);
      return null;
    },
    'jobs/resume': async ({ job }) => {
      await jobs.resume(job);
      return null;
    },
    'jobs/remove': async ({ job, prepared = null }) => {
      await uploads.left(await jobs.remove(job), prepared);
      return null;
    },
  };
}

const toInfo = ({ name, pace, summary, config }: (typeof PRESETS)[number]): PresetInfo => ({
  name,
  title: config.title,
  family: config.family,
  pace,
  summary,
  config: { ...config },
});
