// A browser tab on the page's own server: a one-time token for a cookie, a WebSocket for the engine, downloads for files.
import type { EngineState } from '#shared/domain';
import { AppError, engineCrashed } from '#shared/errors';
import { whenServed } from '#shared/rpc';
import { pickFiles, saveAsDownload } from './browser-files';
import type { Host } from './host';
import { createListeners } from './listeners';
import { webSocketChannel } from './web-socket-channel';

const POLL_MS = { connected: 2_000, waiting: 250, unreachable: 1_000 } as const;
const HELLO_MS = 15_000;

export function browserHost(): Host {
  const states = createListeners<EngineState>();
  let connected = false;
  let session: Promise<void> | null = null;

  let timer: ReturnType<typeof setTimeout> | undefined;

  async function poll(): Promise<void> {
    clearTimeout(timer);
    const watched = !document.hidden || !connected;
    const state = watched ? await engineState() : null;
    if (state !== null) states.tell(state);
    const pause =
      state === UNREACHABLE ? POLL_MS.unreachable : connected ? POLL_MS.connected : POLL_MS.waiting;
    clearTimeout(timer);
    timer = setTimeout(() => void poll(), pause);
  }

  return {
    kind: 'browser',
    async connect() {
      if (session === null) {
        session = exchangeToken();
        session.then(poll, () => (session = null));
      }
      await session;
      const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/rpc`);
      const channel = webSocketChannel(socket);
      channel.onClose(() => {
        if (connected) void poll();
        connected = false;
      });
      const patience = setTimeout(() => channel.close(), HELLO_MS);
      try {
        await whenServed(channel);
      } catch (error) {
        throw (await refusal()) ?? error;
      } finally {
        clearTimeout(patience);
      }
      connected = true;
      return channel;
    },
    onEngineState: states.add,
    async restartEngine() {
      const answer = await ask('/engine/restart', {});
      if (!answer.ok) throw engineCrashed('the server did not start it again');
    },
    saveFile: saveAsDownload,
    openFiles: pickFiles,
    async showFolder(folder) {
      await navigator.clipboard.writeText(folder);
      return 'copied';
    },
    onCommand: () => () => undefined,
  };
}

/** The token is good for one exchange; after it, the cookie holds for this tab and for reloads. */
async function exchangeToken(): Promise<void> {
  const fragment = location.hash.slice(1);
  if (fragment === '') return;
  const token = new URLSearchParams(fragment).get('token') ?? fragment;
  const answer = await ask('/session', { token });
  history.replaceState(null, '', location.pathname + location.search);
  // a link that was used before is no harm where the cookie is still good
  if (!answer.ok && (await refusal()) !== null) throw notAllowed();
}

const ask = (path: string, body: unknown): Promise<Response> =>
  fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw engineCrashed('the server at this address does not answer');
  });

async function refusal(): Promise<AppError | null> {
  const answer = await fetch('/engine').catch(() => null);
  return answer !== null && (answer.status === 401 || answer.status === 403) ? notAllowed() : null;
}

const UNREACHABLE: EngineState = {
  kind: 'stopped',
  why: 'the server at this address does not answer; start it again with “npm run serve”',
};

async function engineState(): Promise<EngineState | null> {
  try {
    const answer = await fetch('/engine');
    if (!answer.ok) return null;
    const body = (await answer.json()) as EngineState | { readonly state: EngineState };
    return 'state' in body ? body.state : body;
  } catch {
    return UNREACHABLE;
  }
}

/** Fatal for this tab: only a fresh link helps. */
export const NOT_ALLOWED = 'usage/session';

function notAllowed(): AppError {
  return new AppError({
    code: NOT_ALLOWED,
    headline: 'This page may not use the engine',
    cause: 'its link has been used before, or the server was started again since',
    remedy: 'open the newest address that “npm run serve” printed',
  });
}
