// Keeps one engine process alive: starts it, listens to its heartbeat, ends it when it hangs, starts it again when it dies, and
// gives up when it dies too often. Knows neither Electron nor Node's fork: the child, the clock and the timers are arguments.
import type { Channel, Undo } from '#shared/channel';
import type { EngineState } from '#shared/domain';
import { engineCrashed } from '#shared/errors';
import { clientHub, type ClientHub } from '#transport/child-process';
import { parseBeat } from '#transport/heartbeat';
import type { Child } from './child';

export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number;
  /** Runs the task once, later. */
  after(ms: number, task: () => void): Undo;
}

export interface SupervisorPolicy {
  /** This many starts again within `windowMs`; the next death is the last. */
  readonly maxRestarts: number;
  readonly windowMs: number;
  /** No turn of the computing thread for this long: "working…". Allocation failures alone take TensorFlow 10 s. */
  readonly silentMs: number;
  /** For this long: ended and started again. */
  readonly hangMs: number;
  /** From start to ready. */
  readonly startMs: number;
}

export const DEFAULT_POLICY: SupervisorPolicy = {
  maxRestarts: 3,
  windowMs: 300_000,
  silentMs: 15_000,
  hangMs: 30_000,
  startMs: 120_000,
};

export interface SupervisorOptions {
  readonly fork: () => Child;
  readonly clock?: Clock;
  readonly policy?: Partial<SupervisorPolicy>;
  /** What the child prints, line by line, without the beats. */
  readonly onLine?: (line: string) => void;
}

const CHECK_MS = 1_000;
/** Checks further apart than this: the machine slept, and the silence was not the child's. */
const SLEPT_MS = 5_000;
/** A child that was killed and whose exit is not told within this time counts as gone. */
const KILL_MS = 2_000;
const RESTART_DELAYS_MS = [50, 250, 1_000];

/** One child from fork to exit. */
interface Life {
  readonly child: Child;
  readonly hub: ClientHub;
  ready: boolean;
  gone: boolean;
  /** When the computing thread last showed that it turns. */
  lastTurn: number;
  /** Why we ended it, where we did. */
  killed: string | null;
}

export class Supervisor {
  readonly #fork: () => Child;
  readonly #clock: Clock;
  readonly #policy: SupervisorPolicy;
  readonly #onLine: (line: string) => void;
  readonly #listeners = new Set<(state: EngineState) => void>();
  #state: EngineState = { kind: 'stopped', why: 'it has not been started' };
  #life: Life | null = null;
  #deaths: number[] = [];
  #cancelRestart: Undo = () => undefined;
  #stopping = false;

  constructor({ fork, clock = systemClock, policy = {}, onLine = () => undefined }: SupervisorOptions) {
    this.#fork = fork;
    this.#clock = clock;
    this.#policy = { ...DEFAULT_POLICY, ...policy };
    this.#onLine = onLine;
  }

  get state(): EngineState {
    return this.#state;
  }

  get pid(): number | undefined {
    return this.#life?.child.pid;
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#life?.hub.size ?? 0;
  }

  onState(listener: (state: EngineState) => void): Undo {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts the engine; also again, after it was given up. Does nothing while one runs or is about to. */
  start(): void {
    if (this.#state.kind !== 'stopped') return;
    this.#stopping = false;
    this.#deaths = [];
    this.#setState({ kind: 'starting' });
    this.#spawn();
  }

  /** A channel to the engine, as soon as it is up. Rejects with engine/crashed when it is given up. */
  async connect(): Promise<Channel> {
    return (await this.#ready()).hub.open();
  }

  /** Hands a window's own port to the engine, as soon as it is up. Only under Electron. */
  async connectPort(port: unknown): Promise<void> {
    (await this.#ready()).child.post({ kind: 'port' }, [port]);
  }

  /** Asks the engine to end, and ends it after the grace. */
  async stop(graceMs = 2_000): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    const life = this.#life;
    if (life === null) return this.#setState({ kind: 'stopped', why: 'it was ended' });
    life.child.post({ kind: 'stop' });
    if (await this.#goneWithin(life, graceMs)) return;
    this.#kill(life, 'it was ended');
    await this.#goneWithin(life, KILL_MS + CHECK_MS);
  }

  #spawn(): void {
    let child: Child;
    try {
      child = this.#fork();
    } catch (error) {
      return this.#died(`it could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
    const post = (message: unknown): void => {
      if (!life.gone) child.post(message);
    };
    const hub = clientHub({ post, onMessage: (listener) => (child.onMessage(listener), () => undefined) });
    const life: Life = { child, hub, ready: false, gone: false, lastTurn: this.#clock.now(), killed: null };
    this.#life = life;
    child.onMessage((message) => {
      if (isReady(message) && !life.gone) this.#becameReady(life);
    });
    child.onLine((line) => {
      const ageMs = parseBeat(line);
      if (ageMs === null) this.#onLine(line);
      else life.lastTurn = Math.max(life.lastTurn, this.#clock.now() - ageMs);
    });
    child.onExit((why) => this.#exited(life, why));
    this.#watch(life, this.#clock.now());
  }

  #becameReady(life: Life): void {
    life.ready = true;
    life.lastTurn = this.#clock.now();
    this.#setState({ kind: 'ready' });
  }

  /** Looks at the heartbeat each second, for as long as this child lives. */
  #watch(life: Life, lastCheck: number): void {
    this.#clock.after(CHECK_MS, () => {
      if (life.gone) return;
      const now = this.#clock.now();
      if (now - lastCheck > SLEPT_MS) life.lastTurn = now;
      this.#judge(life, now - life.lastTurn);
      this.#watch(life, now);
    });
  }

  #judge(life: Life, silent: number): void {
    if (life.killed !== null) return;
    const { hangMs, silentMs, startMs } = this.#policy;
    const seconds = Math.floor(silent / 1000);
    if (silent >= (life.ready ? hangMs : startMs)) {
      return this.#kill(life, `it did not answer for ${seconds} s`);
    }
    if (!life.ready) return;
    if (silent >= silentMs) this.#setState({ kind: 'busy', silentSeconds: seconds });
    else if (this.#state.kind === 'busy') this.#setState({ kind: 'ready' });
  }

  #kill(life: Life, why: string): void {
    life.killed = why;
    life.child.kill();
    this.#clock.after(KILL_MS, () => this.#exited(life, why));
  }

  /** Nothing in here posts to the child: that takes Electron's main process down (electron#53923). */
  #exited(life: Life, why: string): void {
    if (life.gone) return;
    life.gone = true;
    this.#life = null;
    const reason = life.killed ?? why;
    this.#died(reason);
    life.hub.closeAll(reason);
  }

  #died(why: string): void {
    if (this.#stopping) return this.#setState({ kind: 'stopped', why: 'it was ended' });
    const now = this.#clock.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < this.#policy.windowMs), now];
    const attempt = this.#deaths.length;
    if (attempt > this.#policy.maxRestarts) return this.#setState({ kind: 'stopped', why });
    // in a turn of its own: a new child is never forked inside the old one's exit listener
    const delay = RESTART_DELAYS_MS[attempt - 1] ?? RESTART_DELAYS_MS.at(-1)!;
    this.#cancelRestart = this.#clock.after(delay, () => this.#spawn());
    this.#setState({ kind: 'restarting', why, attempt });
  }

  #setState(state: EngineState): void {
    this.#state = state;
    [...this.#listeners].forEach((listener) => listener(state));
  }

  #ready(): Promise<Life> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.#life?.ready) resolve(this.#life);
        else if (this.#state.kind === 'stopped') reject(engineCrashed(this.#state.why));
        else return;
        undo();
      };
      const undo = this.onState(check);
      check();
    });
  }

  #goneWithin(life: Life, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (life.gone) return resolve(true);
      const cancel = this.#clock.after(ms, () => (undo(), resolve(life.gone)));
      const undo = this.onState(() => {
        if (!life.gone) return;
        cancel();
        undo();
        resolve(true);
      });
    });
  }
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

const isReady = (message: unknown): boolean =>
  message !== null && typeof message === 'object' && (message as { kind?: unknown }).kind === 'ready';
