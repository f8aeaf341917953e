// How long a project with a long history takes to be saved, and to be opened: through the handlers that the window uses, onto this disk.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelInfo } from '#shared/domain';
import { latentOfSeed } from '#shared/random';
import { median, quantile } from '#shared/statistics';
import { createProjects } from '../projects/projects';
import { createRegistry } from '../registry';
import { bundledModelsFolder, libraryFolder } from '../store/paths';
import type { CommandContext } from './command';

const STEPS = 500;
const RUNS = 20;
const PROJECT = 'benchproject';

export interface ProjectReport {
  readonly name: string;
  readonly unit: 'ms';
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  readonly ours: number;
  /** Of the processor alone: on a busy machine the rest is waiting. */
  readonly cpuMs: number;
  readonly steps: number;
  readonly fileMB: number;
  readonly [extra: string]: unknown;
}

export async function benchProject(
  model: string,
  { call, paths }: CommandContext,
): Promise<readonly ProjectReport[]> {
  const { info } = await call('models/open', { model });
  const folder = await mkdtemp(join(tmpdir(), 'latentscape-bench-project-'));
  const registry = createRegistry({
    bundled: bundledModelsFolder(paths.appRoot),
    library: libraryFolder(paths.userData),
  });
  const projects = createProjects({ folder, version: '0', registry, now: Date.now });
  try {
    const held = await projects.hold(PROJECT);
    if (held === null) throw new Error('nobody else knows this folder');
    const side = 96;
    const cover = { width: side, height: side, rgba: new Uint8Array(side * side * 4).fill(128) };
    const [saves, opens]: [Cost[], Cost[]] = [[], []];
    let { revision } = held;
    for (let run = 0; run < RUNS; run++) {
      const parts = { explore: historyOf(info, run) };
      const save = (): Promise<{ readonly revision: number }> =>
        projects.save({
          ...{ project: PROJECT, holder: held.holder, revision, title: 'Bench', notes: '' },
          ...{ models: [info.id], parts, cover },
        });
      saves.push(await costOf(async () => ({ revision } = await save())));
      opens.push(await costOf(() => projects.open(PROJECT)));
    }
    const path = (await projects.folder.find(PROJECT)) ?? '';
    const { size } = await stat(path);
    const report = (name: string, costs: readonly Cost[]): ProjectReport => {
      const times = costs.map(({ ms }) => ms);
      const p50 = round(median(times));
      return {
        ...{ name, unit: 'ms', runs: RUNS, p50, p95: round(quantile(times, 0.95)), ours: p50 },
        ...{ cpuMs: round(median(costs.map(({ cpuMs }) => cpuMs))), steps: STEPS, fileMB: round(size / 1e6) },
      };
    };
    return [report('project save', saves), report('project open', opens)];
  } finally {
    await projects.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** As the window writes it: every step has its point, as exact numbers. */
function historyOf({ id, latent }: ModelInfo, seed: number): Uint8Array {
  const entries = Array.from({ length: STEPS }, (_, step) => {
    const z = Array.from(latentOfSeed(seed * STEPS + step, latent.size, latent.prior));
    return { id: step, parent: step === 0 ? null : step - 1, label: `Seed ${step}`, spec: { z, base: null } };
  });
  const onward = entries.slice(1).map(({ id: to }) => [to - 1, to]);
  const histories = { [id]: { current: STEPS - 1, onward, entries } };
  return new TextEncoder().encode(JSON.stringify({ histories }));
}

const round = (value: number): number => Math.round(value * 100) / 100;
