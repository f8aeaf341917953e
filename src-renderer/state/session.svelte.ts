// The connection to the engine, for as long as the window lives: reached, lost, reached again. Calls go to the engine of the moment.
import type { Undo } from '#shared/channel';
import type { EngineApi } from '#shared/api';
import type { EngineInfo, EngineState } from '#shared/domain';
import { AppError, engineCrashed } from '#shared/errors';
import { connect, type Call, type Client, type EventOf, type ParamsOf, type ResultOf } from '#shared/rpc';
import type { Host } from '../platform/host';

const BACKOFF_MS = { first: 100, last: 1_000 } as const;

export class Session {
  readonly host: Host;
  info = $state.raw<EngineInfo | null>(null);
  /** This window can never reach the engine: only the sentence is left. */
  refusal = $state.raw<AppError | null>(null);
  #reported = $state.raw<EngineState>({ kind: 'starting' });
  #client = $state.raw<Client<EngineApi> | null>(null);
  #lost = $state<string | null>(null);
  #ready = new Set<() => void>();

  /** What the banner says. A lost connection is known at once, whatever was reported last. */
  readonly state: EngineState = $derived.by(() => {
    const reported = this.#reported;
    if (this.#client !== null) return reported.kind === 'busy' ? reported : { kind: 'ready' };
    if (reported.kind === 'stopped' || reported.kind === 'restarting') return reported;
    return this.#lost === null ? { kind: 'starting' } : { kind: 'restarting', why: this.#lost, attempt: 1 };
  });

  constructor(host: Host) {
    this.host = host;
  }

  get connected(): boolean {
    return this.#client !== null;
  }

  /** Told each time a fresh engine is there. */
  onReady(listener: () => void): Undo {
    this.#ready.add(listener);
    return () => this.#ready.delete(listener);
  }

  call<K extends keyof EngineApi & string>(
    op: K,
    params: ParamsOf<EngineApi[K]>,
    onEvent?: (event: EventOf<EngineApi[K]>) => void,
  ): Call<ResultOf<EngineApi[K]>> {
    const client = this.#client;
    if (client !== null) return client.call(op, params, onEvent);
    const absent = Promise.reject<ResultOf<EngineApi[K]>>(engineCrashed('it is not there yet'));
    return { then: (...handlers) => absent.then(...handlers), cancel: () => undefined };
  }

  /** Reaches the engine and holds on to it. Never ends, but for a refusal. */
  async run(): Promise<void> {
    this.host.onEngineState((state) => (this.#reported = state));
    let backoff: number = BACKOFF_MS.first;
    while (this.refusal === null) {
      try {
        await this.#hold();
        backoff = BACKOFF_MS.first;
      } catch (error) {
        if (error instanceof AppError && error.code === 'usage/session') this.refusal = error;
        await new Promise((resolve) => setTimeout(resolve, backoff));
        backoff = Math.min(BACKOFF_MS.last, backoff * 2);
      }
    }
  }

  /** A report that the engine is well does not outlive the connection. */
  #forgetHealth(why: string): void {
    const { kind } = this.#reported;
    if (kind === 'busy' || kind === 'ready') this.#reported = { kind: 'restarting', why, attempt: 1 };
  }

  /** From one hello to the end of that connection. */
  async #hold(): Promise<void> {
    const client = connect<EngineApi>(await this.host.connect());
    const ended = new Promise<string>((resolve) => client.onClose(resolve));
    this.#reported = { kind: 'ready' };
    this.#lost = null;
    this.#client = client;
    this.#ready.forEach((listener) => listener());
    client.call('engine/info', {}).then(
      (info) => (this.info = info),
      () => undefined,
    );
    const why = await ended;
    this.#client = null;
    this.#lost = why;
    this.#forgetHealth(why);
  }
}
