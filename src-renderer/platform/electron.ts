// The desktop window: six calls of the preload, and a port to the engine that arrives as a window message.
import type { Undo } from '#shared/channel';
import type { EngineState } from '#shared/domain';
import { engineCrashed } from '#shared/errors';
import type { Command } from '#shared/commands';
import type { HostBridge } from '#shared/host';
import { whenServed } from '#shared/rpc';
import type { Host } from './host';
import { createListeners } from './listeners';
import { portChannel, type PortChannel } from './port-channel';

const PORT_MESSAGE = 'latentscape-engine-port';
/** How long an engine may take to say hello before the session asks again. */
const HELLO_MS = 15_000;

export function electronHost(bridge: HostBridge): Host {
  const states = createListeners<EngineState>();
  const commands = createListeners<Command>();
  let current: PortChannel | null = null;

  bridge.onNews((news) => {
    if (news.kind === 'command') return commands.tell(news.command);
    const { state } = news;
    if (state.kind === 'restarting' || state.kind === 'stopped') current?.end(state.why);
    states.tell(state);
  });

  return {
    kind: 'desktop',
    async connect() {
      const port = await nextPort(() => bridge.requestEnginePort());
      const channel = portChannel(port);
      current = channel;
      const timer = setTimeout(() => channel.end('the engine did not answer'), HELLO_MS);
      try {
        await whenServed(channel);
      } finally {
        clearTimeout(timer);
      }
      return channel;
    },
    onEngineState: states.add,
    restartEngine: () => bridge.restartEngine(),
    saveFile: (name, bytes) => bridge.saveFile(name, bytes),
    openFiles: (filter) => bridge.openFiles(filter),
    showFolder: async (folder) => {
      await bridge.showFolder(folder);
      return 'shown';
    },
    onCommand: commands.add,
  };
}

function nextPort(ask: () => void): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const undos: Undo[] = [];
    const finish = (settle: () => void): void => {
      undos.forEach((undo) => undo());
      settle();
    };
    const listener = (event: MessageEvent<unknown>): void => {
      const [port] = event.ports;
      if (event.source === window && isPortMessage(event.data) && port !== undefined)
        finish(() => resolve(port));
    };
    const timer = setTimeout(
      () => finish(() => reject(engineCrashed('no port to the engine came'))),
      HELLO_MS,
    );
    undos.push(() => clearTimeout(timer));
    window.addEventListener('message', listener);
    undos.push(() => window.removeEventListener('message', listener));
    ask();
  });
}

const isPortMessage = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'source' in data && data.source === PORT_MESSAGE;
