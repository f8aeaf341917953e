// The app without a window: the real engine and real trainers in processes of their own, under the parts that `serve` has.
import { join } from 'node:path';
import type { Child } from '#app/child';
import { forkNode } from '#app/fork-node';
import { Supervisor } from '#app/supervisor';
import { createTrainerHost } from '#app/trainer-host';
import type { EngineApi } from '#shared/api';
import { connect, type Client } from '#shared/rpc';
import type { Watch } from './watch';

export interface AppUnderTest {
  /** Connected again where its engine was killed. */
  client(): Promise<Client<EngineApi>>;
  readonly enginePid: number | undefined;
  /** Of the training that runs, if one does. */
  trainerPid(): number | undefined;
  /** Every process, by what it is. */
  pids(): ReadonlyMap<number, 'engine' | 'trainer'>;
  stop(): Promise<void>;
}

export async function createApp(out: string, home: string, watch: Watch): Promise<AppUnderTest> {
  const env = { ...process.env, LATENTSCAPE_HOME: home };
  const host = createTrainerHost({
    fork() {
      const child = forkNode(join(out, 'trainer.js'), { env });
      watch.trainer(child);
      return child;
    },
  });
  const supervisor = new Supervisor({
    fork(): Child {
      const child = forkNode(join(out, 'engine.js'), { env });
      watch.engine(child);
      host.attach(child);
      return child;
    },
    policy: { maxRestarts: Infinity }, // it is killed more often than a healthy one dies
  });
  supervisor.start();
  let client = connect<EngineApi>(await supervisor.connect());
  const trainings = (): readonly string[] => host.running.filter((id) => !id.startsWith('estimate'));
  return {
    async client() {
      if (client.closed) client = connect<EngineApi>(await supervisor.connect());
      return client;
    },
    get enginePid() {
      return supervisor.pid;
    },
    trainerPid() {
      const [id] = trainings();
      return id === undefined ? undefined : host.pidOf(id);
    },
    pids() {
      const pids = new Map<number, 'engine' | 'trainer'>();
      if (supervisor.pid !== undefined) pids.set(supervisor.pid, 'engine');
      for (const id of trainings()) {
        const pid = host.pidOf(id);
        if (pid !== undefined) pids.set(pid, 'trainer');
      }
      return pids;
    },
    async stop() {
      await host.stop();
      await supervisor.stop();
    },
  };
}
