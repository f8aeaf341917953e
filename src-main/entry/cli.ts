// The command line: the engine in this process, without a window.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { directCall } from '#engine/commands/command';
import { runCommandLine } from '#engine/commands/run';
import { createEngine } from '#engine/engine';
import { mapThreads } from '#engine/maps/map-threads';
import { userDataFolder } from '#engine/store/paths';
import { forkNode } from '#app/fork-node';
import { startInspector } from '#app/inspector-host';
import { trainInChild } from '#app/train-in-child';

const appRoot = resolve(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(appRoot, 'package.json'), 'utf8')) as { version: string };
const userData = userDataFolder();
const engine = createEngine({
  appRoot,
  userData,
  dataFolder: process.env.LATENTSCAPE_DATA ?? null,
  version,
  trainers: null,
  startInspector: () => startInspector(() => forkNode(join(import.meta.dirname, 'inspector.js'))),
  mapJobs: mapThreads(new URL('./mapper.js', import.meta.url)),
});

const exitCode = await runCommandLine(
  process.argv.slice(2),
  version,
  () => ({
    call: directCall(engine),
    paths: { appRoot, userData },
    train: (job, onEvent) => trainInChild(join(import.meta.dirname, 'trainer.js'), job, onEvent),
    runProgram,
  }),
  { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text) },
);
await engine.dispose();
process.exitCode = exitCode;

function runProgram(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(appRoot, program), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((settle) => child.on('exit', (code) => settle(code ?? 4)));
}
