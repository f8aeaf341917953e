// The soak itself: see tests/bench/soak.mjs, which builds and starts it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '#shared/random';
import { createActions } from './actions';
import { createApp } from './app-under-test';
import { createWatch } from './watch';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    calm: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed) || values.out === undefined)
  throw new Error('give --minutes as a number and --seed as a whole number');

const home = await mkdtemp(join(tmpdir(), 'latentscape-soak-home-'));
const watch = createWatch();
const app = await createApp(values.out, home, watch);
const end = performance.now() + 60_000 * minutes;
const random = seededRandom(seed);
const actions = createActions(app, random, { calm: values.calm, watch });
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
process.once('SIGTERM', () => (interrupted = true));

const sample = setInterval(() => watch.sample(app.pids()), 2_000);
await actions.begin();
for (let toldAt = performance.now(); performance.now() < end && !interrupted;) {
  await actions.one();
  if (performance.now() - toldAt > 60_000) {
    toldAt = performance.now();
    process.stderr.write(`${Math.ceil((end - toldAt) / 60_000)} min left: ${watch.line()}\n`);
  }
}
await actions.finish();
clearInterval(sample);
const report = { minutes, seed, calm: values.calm, ...watch.report(), actions: actions.counts };
await app.stop();
await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else
  for (const [name, value] of Object.entries(report))
    process.stdout.write(`${name.padEnd(28)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`);
process.exit(report.broken.length === 0 ? 0 : 1);
