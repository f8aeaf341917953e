// The engine process: a child of serve.ts (Node) or of app.ts (Electron's utility process). Never blocked by training.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { engineApi } from '#shared/api';
import type { Channel } from '#shared/channel';
import { serve } from '#shared/rpc';
import { acceptClients } from '#transport/child-process';
import { startHeartbeat } from '#transport/heartbeat';
import { inspectorsOf } from '#transport/inspector-channel';
import { messagePortChannel } from '#transport/message-port';
import { endWithParent, parentOfThisProcess } from '#transport/parent';

const parent = parentOfThisProcess();
startHeartbeat(new URL('./heartbeat.js', import.meta.url));

// loaded after the first beat: what is heavy is heavy in here
const { createEngine } = await import('#engine/engine');
const { userDataFolder } = await import('#engine/store/paths');
const { mapThreads } = await import('#engine/maps/map-threads');
const { trainersOf } = await import('#engine/jobs/trainers');

const appRoot = resolve(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const engine = createEngine({
  appRoot,
  userData: userDataFolder(),
  dataFolder: process.env.LATENTSCAPE_DATA ?? null,
  version,
  trainers: trainersOf(parent),
  startInspector: inspectorsOf(parent),
  mapJobs: mapThreads(new URL('./mapper.js', import.meta.url)),
});

endWithParent(parent, () => engine.dispose());
const serveClient = (channel: Channel): void => void serve(channel, engineApi, engine.handlers);
acceptClients(parent, serveClient);
parent.onPort((port) => serveClient(messagePortChannel(port)));
parent.post({ kind: 'ready' });
