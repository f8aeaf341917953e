// One remote procedure call over any Channel: a call has one result, may send events before it, and can be cancelled.
//
//   client -> server   {t: 'call', id, op, params} | {t: 'cancel', id}
//   server -> client   {t: 'hello', protocol} | {t: 'event', id, value} | {t: 'result', id, value} | {t: 'error', id, error}
//
// When the channel closes, every pending call of the client is rejected with engine/crashed, and every call still running on the
// server is cancelled.
import { AppError, cancelled, engineCrashed, fromWireError, toWireError, type WireError } from './errors';
import type { Channel, Undo, Wire } from './channel';

export const PROTOCOL = 1;

/** What an operation takes, gives, and sends on the way. `parse` is the border: it throws an AppError on anything unexpected. */
export interface Operation<Params, Result, Event = never> {
  readonly parse: (params: unknown) => Params;
  /** Carries the types of the result and of the events; has no value. */
  readonly types?: { readonly result: Result; readonly event: Event };
}

export type Api = { readonly [name: string]: Operation<unknown, unknown, unknown> };
export type ParamsOf<O> = O extends Operation<infer Params, infer _R, infer _E> ? Params : never;
export type ResultOf<O> = O extends Operation<infer _P, infer Result, infer _E> ? Result : never;
export type EventOf<O> = O extends Operation<infer _P, infer _R, infer Event> ? Event : never;

/** Tells a running call that nobody waits for it any more. */
export interface Cancellation {
  readonly cancelled: boolean;
  onCancel(listener: () => void): Undo;
}

export interface CallContext<Event> {
  readonly cancellation: Cancellation;
  readonly send: (event: Event) => void;
}

export type Handlers<A extends Api> = {
  readonly [K in keyof A]: (
    params: ParamsOf<A[K]>,
    context: CallContext<EventOf<A[K]>>,
  ) => Promise<ResultOf<A[K]>> | ResultOf<A[K]>;
};

/** A call under way. Await it, or cancel it: then it rejects with engine/cancelled. */
export interface Call<Result> extends PromiseLike<Result> {
  cancel(): void;
}

export interface Client<A extends Api> {
  call<K extends keyof A & string>(
    op: K,
    params: ParamsOf<A[K]>,
    onEvent?: (event: EventOf<A[K]>) => void,
  ): Call<ResultOf<A[K]>>;
  readonly closed: boolean;
  onClose(listener: (reason: string) => void): Undo;
  close(): void;
}

type Message = { readonly t: string; readonly id?: number; readonly [key: string]: Wire | undefined };

/** Answers calls that arrive on the channel until it closes. */
export function serve<A extends Api>(channel: Channel, api: A, handlers: Handlers<A>): Undo {
  const running = new Map<number, () => void>();

  async function answer(id: number, op: string, params: unknown): Promise<void> {
    if (running.has(id)) return; // a client that uses one id twice gets one answer
    const { cancellation, cancel } = createCancellation();
    running.set(id, cancel);
    try {
      if (!Object.hasOwn(api, op)) throw unknownOperation(op);
      const operation = api[op] as Operation<unknown, unknown, unknown>;
      const handler = handlers[op] as (params: unknown, context: CallContext<unknown>) => unknown;
      const send = (event: unknown): void => {
        if (!cancellation.cancelled) channel.post({ t: 'event', id, value: event as Wire });
      };
      const value = await handler(operation.parse(params), { cancellation, send });
      if (!cancellation.cancelled) channel.post({ t: 'result', id, value: (value ?? null) as Wire });
    } catch (thrown) {
      if (!cancellation.cancelled) channel.post({ t: 'error', id, error: { ...toWireError(thrown) } });
    } finally {
      running.delete(id);
    }
  }

  const stopListening = channel.onMessage((wire) => {
    const message = asMessage(wire);
    if (message?.id === undefined) return;
    if (message.t === 'call' && typeof message.op === 'string')
      void answer(message.id, message.op, message.params);
    if (message.t === 'cancel') running.get(message.id)?.();
  });
  const cancelAll = (): void => running.forEach((cancel) => cancel());
  const stopWatching = channel.onClose(cancelAll);
  channel.post({ t: 'hello', protocol: PROTOCOL });
  return () => {
    stopListening();
    stopWatching();
    cancelAll();
  };
}

/** The calling side. It may be used at once: calls made before the server is there wait in the transport. */
export function connect<A extends Api>(channel: Channel): Client<A> {
  interface Pending {
    readonly resolve: (value: never) => void;
    readonly reject: (error: Error) => void;
    readonly onEvent: ((event: never) => void) | undefined;
  }
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let closeReason: string | null = null;

  channel.onMessage((wire) => {
    const message = asMessage(wire);
    const call = message?.id === undefined ? undefined : pending.get(message.id);
    if (message?.id === undefined || call === undefined) return;
    if (message.t === 'event') return call.onEvent?.(message.value as never);
    pending.delete(message.id);
    if (message.t === 'result') call.resolve(message.value as never);
    else call.reject(fromWireError(message.error as unknown as WireError));
  });
  channel.onClose((reason) => {
    closeReason = reason;
    const error = engineCrashed(reason);
    const waiting = [...pending.values()];
    pending.clear();
    waiting.forEach((call) => call.reject(error));
  });

  return {
    call(op, params, onEvent) {
      const id = nextId++;
      const promise = new Promise<never>((resolve, reject) => {
        if (closeReason !== null) return reject(engineCrashed(closeReason));
        pending.set(id, { resolve, reject, onEvent });
        channel.post({ t: 'call', id, op, params: params as Wire });
      });
      return {
        then: (...handlers) => promise.then(...handlers),
        cancel() {
          const call = pending.get(id);
          if (call === undefined) return;
          pending.delete(id);
          channel.post({ t: 'cancel', id });
          call.reject(cancelled());
        },
      };
    },
    get closed() {
      return closeReason !== null;
    },
    onClose: (listener) => channel.onClose(listener),
    close: () => channel.close(),
  };
}

/** Resolves when the other end says hello, rejects when the channel closes before. */
export function whenServed(channel: Channel): Promise<void> {
  return new Promise((resolve, reject) => {
    const undos: Undo[] = [];
    const finish = (settle: () => void): void => {
      undos.forEach((undo) => undo());
      settle();
    };
    undos.push(
      channel.onMessage((wire) => {
        if (asMessage(wire)?.t === 'hello') finish(resolve);
      }),
    );
    undos.push(channel.onClose((reason) => finish(() => reject(engineCrashed(reason)))));
  });
}

export function createCancellation(): { readonly cancellation: Cancellation; readonly cancel: () => void } {
  const listeners = new Set<() => void>();
  let isCancelled = false;
  return {
    cancellation: {
      get cancelled() {
        return isCancelled;
      },
      onCancel(listener) {
        if (isCancelled) listener();
        else listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    cancel() {
      if (isCancelled) return;
      isCancelled = true;
      listeners.forEach((listener) => listener());
      listeners.clear();
    },
  };
}

function asMessage(wire: Wire): Message | null {
  if (wire === null || typeof wire !== 'object' || Array.isArray(wire)) return null;
  const { t, id } = wire as Message;
  if (typeof t !== 'string') return null;
  return id === undefined || Number.isSafeInteger(id) ? (wire as Message) : null;
}

function unknownOperation(op: string): AppError {
  return new AppError({
    code: 'usage/operation',
    headline: 'The engine does not know this operation',
    where: op.slice(0, 80),
    remedy: 'reload the window, it may be of another version',
  });
}
