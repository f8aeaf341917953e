// engine/*: what the engine says of itself.
import { availableParallelism } from 'node:os';
import type { EngineApi } from '#shared/api';
import type { EngineStats } from '#shared/domain';
import type { Handlers } from '#shared/rpc';
import { readNativeRecord } from '../backends/native-record';
import { loadedTensorCount } from '../backends/select';

export function engineHandlers(version: string): Pick<Handlers<EngineApi>, 'engine/info' | 'engine/watch'> {
  return {
    'engine/info': () => {
      const record = readNativeRecord();
      return {
        version,
        pid: process.pid,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
        cores: availableParallelism(),
        native: record.state === 'native',
        banner:
          record.state === 'native'
            ? null
            : `Training runs on the slower WASM backend: ${record.why}; ${record.remedy}. Decoding is not affected.`,
      };
    },
    'engine/watch': ({ everyMs }, { send, cancellation }) =>
      new Promise((resolve) => {
        const timer = setInterval(() => send(currentStats()), everyMs);
        send(currentStats());
        cancellation.onCancel(() => {
          clearInterval(timer);
          resolve(null);
        });
      }),
  };
}

function currentStats(): EngineStats {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    tensors: loadedTensorCount(),
    uptimeSeconds: process.uptime(),
  };
}
