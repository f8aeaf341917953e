// A child process as the supervisor sees it. One wrapper for Node's fork, one for Electron's, one fake in the tests.

export interface Child {
  readonly pid: number | undefined;
  /** Drops silently where the child is gone. `ports` only under Electron. */
  post(message: unknown, ports?: readonly unknown[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Every line of stdout and stderr. The streams are read whether or not somebody listens: a full pipe stops a child. */
  onLine(listener: (line: string) => void): void;
  /** May be told twice (electron#44012). `why` is a clause for people. */
  onExit(listener: (why: string) => void): void;
  /** At once, without asking: SIGKILL, which also ends a stopped process. */
  kill(): void;
}

const MAX_LINE = 64 * 1024;

interface TextStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
}

/** Reads the streams for ever, line by line. */
export function drainLines(
  streams: readonly (TextStream | null | undefined)[],
  onLine: (line: string) => void,
): void {
  for (const stream of streams) {
    const decoder = new TextDecoder();
    let rest = '';
    stream?.on('data', (chunk) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(-MAX_LINE);
      lines.forEach(onLine);
    });
    stream?.on('error', () => undefined); // the exit says what there is to say
  }
}
