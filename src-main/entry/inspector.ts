// A process for one import: it reads a stranger's file, runs what is in it, and ends with the import. Killed when it takes too long, ended
// when it takes too much.
import { totalmem } from 'node:os';
import { serve } from '#shared/rpc';
import { acceptClients } from '#transport/child-process';
import { startHeartbeat } from '#transport/heartbeat';
import { endWithParent, parentOfThisProcess } from '#transport/parent';

/** The largest model that is read takes 2 GiB, once as bytes and once as a session. */
const MOST_MEMORY = 6e9;
const SHARE_OF_MACHINE = 0.5;

const parent = parentOfThisProcess();
const heartbeat = startHeartbeat(new URL('./heartbeat.js', import.meta.url));
const constrained = process.constrainedMemory();
const machine = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
heartbeat.limitMemory(Math.min(MOST_MEMORY, SHARE_OF_MACHINE * machine), () => undefined);

// loaded after the watch: what is heavy is heavy in here
const { inspectorApi, inspectorHandlers } = await import('#engine/importing/inspector-api');
const { readHdf5Apart } = await import('#engine/loaders/hdf5');
readHdf5Apart(new URL('./hdf5.js', import.meta.url));

endWithParent(parent, () => Promise.resolve());
acceptClients(parent, (channel) => void serve(channel, inspectorApi, inspectorHandlers()));
parent.post({ kind: 'ready' });
