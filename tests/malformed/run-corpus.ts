// Takes cases through child processes, each with a deadline, and tells of each how it ended.
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import type { Answer } from './child';
import { FORMATS } from './formats';
import { faultOf, type Case, type Ended } from './judge';

const appRoot = join(import.meta.dirname, '..', '..');

export const DEADLINE_MS = 20_000;
const TRACED = 'trace=open,openat,openat2,connect,execve';
/** A process is replaced before what libraries keep of every session adds up. */
const CASES_PER_PROCESS = 400;

/** Where packages are found from, as the built program finds them. */
export async function bundleChild(): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(appRoot, 'node_modules', '.malformed-'));
  await build({
    configFile: false,
    root: appRoot,
    logLevel: 'error',
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      minify: false,
      rolldownOptions: {
        input: {
          child: join(import.meta.dirname, 'child.ts'),
          hdf5: join(appRoot, 'src-main', 'entry', 'hdf5.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].mjs' },
      },
    },
  });
  return { path: join(folder, 'child.mjs'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** `mutants` of each format, and all recipes. */
export async function casesOf(mutants: number, only?: string): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const format of FORMATS) {
    if (only !== undefined && format.name !== only) continue;
    const recipes = await format.recipes(await format.base());
    const { name: of, memory } = format;
    const add = (id: string, name: string, verdict: Case['verdict']): void =>
      void cases.push({ format: of, memory, id, name, verdict });
    add('base', 'the valid base', 'opened');
    recipes.forEach(({ name, verdict }, at) => add(`recipe:${at}`, name, verdict));
    for (let seed = 0; seed < mutants; seed++) add(`mutant:${seed}`, `mutant ${seed}`, 'either');
  }
  return cases;
}

export interface Result {
  readonly case: Case;
  readonly ended: Ended;
  readonly fault: string | null;
}

export interface Options {
  readonly each?: (result: Result) => void;
  /** Where strace notes every file that is opened and every connection that is made. */
  readonly traceTo?: string;
}

export async function runCorpus(
  child: string,
  cases: readonly Case[],
  { each = () => undefined, traceTo }: Options = {},
): Promise<readonly Result[]> {
  const root = await mkdtemp(join(tmpdir(), 'latentscape-malformed-'));
  const results: Result[] = [];
  let worker: Worker | null = null;
  try {
    for (const one of cases) {
      if (worker === null || worker.done >= CASES_PER_PROCESS) {
        worker?.end();
        worker = await startWorker(child, root, traceTo);
      }
      let ended = await worker.take(one, DEADLINE_MS);
      if ('crashed' in ended || 'hung' in ended) worker = await startWorker(child, root, traceTo);
      // Once more, alone and with more time: a machine that is busy is no hang.
      if ('hung' in ended) {
        ended = await worker.take(one, 2 * DEADLINE_MS);
        if ('crashed' in ended || 'hung' in ended) worker = null;
      }
      const result = { case: one, ended, fault: faultOf(one, ended) };
      results.push(result);
      each(result);
      if (one.id === 'base' && result.fault !== null) break; // nothing that is made of it would say anything
    }
  } finally {
    worker?.end();
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
  return results;
}

interface Worker {
  done: number;
  readonly take: (one: Case, ms: number) => Promise<Ended>;
  readonly end: () => void;
}

async function startWorker(path: string, root: string, traceTo?: string): Promise<Worker> {
  const child = fork(path, [root], {
    ...(traceTo === undefined
      ? { execArgv: ['--expose-gc'] }
      : {
          execPath: 'strace',
          execArgv: [
            '-f',
            '-qq',
            '-A',
            '-s',
            '4096',
            '-e',
            TRACED,
            '-o',
            traceTo,
            process.execPath,
            '--expose-gc',
          ],
        }),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let last = '';
  child.stderr?.on('data', (chunk: Buffer) => (last = `${last}${chunk.toString()}`.slice(-2000)));
  await answerOf(child, 120_000);
  const worker: Worker = {
    done: 0,
    async take({ format, id }, ms) {
      worker.done++;
      child.send({ format, id });
      const ended = await answerOf(child, ms);
      return 'crashed' in ended ? { crashed: `${ended.crashed}\n${last}` } : ended;
    },
    end: () => void child.kill('SIGKILL'),
  };
  return worker;
}

function answerOf(child: ChildProcess, ms: number): Promise<Ended> {
  return new Promise((resolve) => {
    const finish = (ended: Ended): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(ended);
    };
    const onMessage = (message: unknown): void => finish(message as Answer);
    const onExit = (code: number | null, signal: string | null): void =>
      finish({ crashed: `it ended with ${signal ?? code ?? 'nothing'}` });
    const timer = setTimeout(() => {
      finish({ hung: ms });
      child.kill('SIGKILL');
    }, ms);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
