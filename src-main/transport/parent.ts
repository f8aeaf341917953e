// A child process's view of its parent, the same under Node (`fork`) and under Electron (`utilityProcess.fork`).
import type { Undo } from '#shared/channel';
import type { Link } from './child-process';
import type { PortLike } from './message-port';

export interface Parent extends Link {
  /** A window's own port to this process. Only Electron's main process sends those. */
  onPort(listener: (port: PortLike) => void): Undo;
  /** The parent is gone: there is nobody left to work for. */
  onGone(listener: () => void): void;
}

/** Electron's process.parentPort. It closes with the main process, and Electron ends the child then by itself. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(type: 'message', listener: (event: ParentPortEvent) => void): unknown;
  off(type: 'message', listener: (event: ParentPortEvent) => void): unknown;
}
interface ParentPortEvent {
  readonly data: unknown;
  readonly ports: readonly PortLike[];
}

/** Throws where the program was started by hand and not by its parent. */
export function parentOfThisProcess(): Parent {
  const { parentPort } = process as { readonly parentPort?: ParentPort };
  if (parentPort) return electronParent(parentPort);
  if (process.send) return nodeParent();
  throw new Error('this program is started by Latentscape itself, not by hand');
}

function electronParent(port: ParentPort): Parent {
  const listen = (listener: (event: ParentPortEvent) => void): Undo => {
    port.on('message', listener);
    return () => void port.off('message', listener);
  };
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => listen((event) => listener(event.data)),
    onPort: (listener) => listen((event) => event.ports.forEach(listener)),
    onGone: () => undefined,
  };
}

function nodeParent(): Parent {
  return {
    post(message) {
      // the callback takes the error of a parent that has just gone; 'disconnect' tells of it
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage(listener) {
      process.on('message', listener);
      return () => void process.off('message', listener);
    },
    onPort: () => () => undefined,
    onGone: (listener) => void process.once('disconnect', listener),
  };
}

const GRACE_MS = 30_000;
/** What was posted last is on its way. */
const LAST_WORDS_MS = 50;

/** Ends this process when its parent asks for it or is gone, after `finish`. Ctrl+C in a terminal reaches children too; the parent decides. */
export function endWithParent(parent: Parent, finish: () => Promise<unknown>): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    const exit = (): never => process.exit(0);
    setTimeout(exit, GRACE_MS).unref();
    const exitSoon = (): void => void setTimeout(exit, LAST_WORDS_MS);
    finish().then(exitSoon, exitSoon);
  };
  parent.onGone(end);
  parent.onMessage((message) => {
    if ((message as { readonly kind?: unknown } | null)?.kind === 'stop') end();
  });
  process.on('SIGTERM', end);
  process.on('SIGINT', () => undefined);
}
