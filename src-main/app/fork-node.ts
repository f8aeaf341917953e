// A child under plain Node: `serve`, the command line, trainers, tests.
import { fork } from 'node:child_process';
import { drainLines, type Child } from './child';

export interface NodeForkOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export function forkNode(script: string, { env = process.env }: NodeForkOptions = {}): Child {
  const child = fork(script, [], {
    env,
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const lineListeners: ((line: string) => void)[] = [];
  drainLines([child.stdout, child.stderr], (line) => lineListeners.forEach((listener) => listener(line)));
  const exitListeners: ((why: string) => void)[] = [];
  const exited = (why: string): void => exitListeners.forEach((listener) => listener(why));
  child.on('exit', (code, signal) =>
    exited(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`),
  );
  child.on('error', (error) => {
    if (child.pid === undefined) exited(`it could not be started: ${error.message}`);
  });
  return {
    pid: child.pid,
    post(message) {
      // a child that dies while this is under way reports through the callback; its exit tells the rest
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onLine: (listener) => void lineListeners.push(listener),
    onExit: (listener) => void exitListeners.push(listener),
    kill: () => void child.kill('SIGKILL'),
  };
}
