// `serve`: the browser face as a program. The composition is here, so that entry/serve.ts only says where things lie.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { AppError } from '#shared/errors';
import { startBrowserServer } from './browser-server';
import { forkNode } from './fork-node';
import { attachInspectors } from './inspector-host';
import { readPageFiles } from './page-files';
import { Supervisor } from './supervisor';
import { createTrainerHost } from './trainer-host';

export interface ServeOptions {
  readonly port: number;
  readonly open: boolean;
  /** A folder with data sets; the engine looks there for the pictures of a model's test set. */
  readonly data: string | null;
}

export interface ServePlaces {
  readonly engineScript: string;
  readonly trainerScript: string;
  readonly inspectorScript: string;
  readonly pageFolder: string;
}

/** Resolves when the server has been ended by a signal. */
export async function runServe({ port, open, data }: ServeOptions, places: ServePlaces): Promise<void> {
  const files = readPageFiles(places.pageFolder);
  const env = data === null ? process.env : { ...process.env, LATENTSCAPE_DATA: data };
  const trainers = createTrainerHost({ fork: () => forkNode(places.trainerScript, { env }) });
  const supervisor = new Supervisor({
    fork() {
      const engine = forkNode(places.engineScript, { env });
      trainers.attach(engine);
      attachInspectors(engine, () => forkNode(places.inspectorScript, { env }));
      return engine;
    },
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  supervisor.onState((state) => {
    if (state.kind === 'restarting')
      process.stderr.write(`The engine stopped: ${state.why}; it is started again.\n`);
    if (state.kind === 'stopped' && state.why !== ENDED)
      process.stderr.write(`The engine stopped: ${state.why}.\n`);
  });
  const server = await startBrowserServer({ files, supervisor, port });
  supervisor.start();
  process.stdout.write(`Latentscape is at ${server.url}\n`);
  if (open && !process.env.LATENTSCAPE_NO_OPEN) openInBrowser(server.url);
  await endSignal();
  await Promise.all([server.close(), supervisor.stop(), trainers.stop()]);
}

const ENDED = 'it was ended';

export function parseServeOptions(argv: readonly string[]): ServeOptions {
  const options = { port: { type: 'string' }, open: { type: 'boolean' }, data: { type: 'string' } } as const;
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new AppError({
      code: 'usage/option',
      headline: 'serve does not take this',
      cause: error instanceof Error ? error.message.split('. ')[0] : undefined,
      remedy: 'use serve [--port 0] [--open] [--data folder]',
    });
  }
  return { port: parsePort(values.port ?? '0'), open: values.open ?? false, data: values.data ?? null };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new AppError({
    code: 'usage/port',
    headline: `'${text.slice(0, 20)}' is not a port`,
    remedy: 'give a number from 1 to 65535, or 0 for any free one',
  });
}

/** Only where there is a screen to open it on; elsewhere the printed address is enough. */
function openInBrowser(url: string): void {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return;
  const [program, args] =
    platform === 'darwin'
      ? ['open', [url]]
      : platform === 'win32'
        ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
        : ['xdg-open', [url]];
  const child = spawn(program as string, args as string[], { stdio: 'ignore', detached: true });
  child.on('error', () =>
    process.stderr.write('No browser could be opened; open the address above yourself.\n'),
  );
  child.unref();
}

function endSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
