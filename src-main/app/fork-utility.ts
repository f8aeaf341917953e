// A child under Electron: a utility process. Its exit code is not reliable (electron#42290); the reason comes from the app's
// 'child-process-gone' event, which is told through `goneReason`.
import type { MessagePortMain, UtilityProcess } from 'electron';
import { drainLines, type Child } from './child';

export interface UtilityFork {
  fork(
    script: string,
    args: string[],
    options: { stdio: 'pipe'; serviceName: string; env: NodeJS.ProcessEnv },
  ): UtilityProcess;
}

export const ENGINE_SERVICE = 'Latentscape engine';

export function forkUtility(
  utilityProcess: UtilityFork,
  script: string,
  goneReason: () => string | null,
): Child {
  const child = utilityProcess.fork(script, [], {
    stdio: 'pipe',
    serviceName: ENGINE_SERVICE,
    env: process.env,
  });
  const lineListeners: ((line: string) => void)[] = [];
  drainLines([child.stdout, child.stderr], (line) => lineListeners.forEach((listener) => listener(line)));
  let gone = false;
  child.on('exit', () => {
    gone = true;
  });
  return {
    get pid() {
      return child.pid;
    },
    post(message, ports = []) {
      if (!gone) child.postMessage(message, ports as MessagePortMain[]);
    },
    onMessage: (listener) => void child.on('message', listener),
    onLine: (listener) => void lineListeners.push(listener),
    onExit: (listener) =>
      void child.on('exit', (code) => listener(goneReason() ?? `it ended with code ${code}`)),
    kill() {
      // UtilityProcess.kill() asks with SIGTERM, which a hung or stopped process does not hear
      if (child.pid === undefined || process.platform === 'win32') child.kill();
      else if (!gone) process.kill(child.pid, 'SIGKILL');
    },
  };
}
