// What is told to a run that is paused, however fast it is told.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selectBackend } from '#engine/backends/select';
import { createControl } from '#engine/training/control';
import { runTraining } from '#engine/training/train';
import type { TrainCommand, TrainEvent } from '#shared/training';
import { barsConfig, writeBars } from './tiny-data';

let root = '';
beforeAll(async () => {
  await selectBackend();
  root = await mkdtemp(join(tmpdir(), 'latentscape-control-'));
  await writeBars(join(root, 'bars'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const ONLY = { kind: 'only', update: 'vae' } as const;
const orders: readonly (readonly [string, readonly TrainCommand[], TrainEvent['kind']])[] = [
  ['a step, on, stop', [ONLY, { kind: 'resume' }, { kind: 'stop' }], 'stopped'],
  ['two steps at once, on', [ONLY, ONLY, { kind: 'resume' }], 'done'],
  ['on, pause, on', [{ kind: 'resume' }, { kind: 'pause' }, { kind: 'resume' }], 'done'],
];

it.each(
  orders.flatMap(([name, commands, last]) => [0, 5].map((gap) => [name, gap, commands, last] as const)),
)('%s, %d ms apart', async (name, gap, commands, last) => {
  const control = createControl();
  const kinds: TrainEvent['kind'][] = [];
  let told = false;
  await runTraining({
    config: barsConfig(),
    data: { kind: 'path', path: join(root, 'bars') },
    outFolder: join(root, `${name} ${gap}`),
    control,
    watched: true,
    reportMs: 0,
    onEvent(event) {
      kinds.push(event.kind);
      if (event.kind === 'progress' && event.step === 2) control.tell({ kind: 'pause' });
      if (event.kind !== 'paused' || told) return;
      told = true;
      // beginning within the very event, as a window on a fast wire does
      commands.forEach((command, i) =>
        i === 0 ? control.tell(command) : setTimeout(() => control.tell(command), i * gap),
      );
    },
  });
  const states = kinds.filter((kind) => ['paused', 'resumed', 'stopped', 'done'].includes(kind));
  expect(states[0]).toBe('paused');
  expect(states.at(-1)).toBe(last);
  // never paused twice without going on in between, nor the other way round
  for (let i = 1; i < states.length; i++) expect(states[i]).not.toBe(states[i - 1]);
});
