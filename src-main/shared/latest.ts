// Latest wins: for a hand that drags faster than the engine decodes. At most one request runs and one waits; a newer one takes the
// waiting place, and only answers newer than the last one shown are shown.

export interface Latest<Input> {
  /** Asks for this input next. Never queues more than one. */
  request(input: Input): void;
  /** Forgets the waiting request; the answer of a running one is dropped. */
  clear(): void;
  /** Resolves when nothing runs and nothing waits. */
  settled(): Promise<void>;
  /** How many requests were replaced before they ran. */
  readonly skipped: number;
}

export interface LatestOptions<Input, Output> {
  readonly run: (input: Input) => PromiseLike<Output>;
  readonly onResult: (output: Output, input: Input) => void;
  readonly onError: (error: unknown, input: Input) => void;
}

export function latest<Input, Output>({
  run,
  onResult,
  onError,
}: LatestOptions<Input, Output>): Latest<Input> {
  let running = false;
  let waiting: { readonly input: Input } | null = null;
  let generation = 0;
  let skipped = 0;
  let idle: (() => void)[] = [];

  async function drain(): Promise<void> {
    running = true;
    while (waiting !== null) {
      const { input } = waiting;
      const mine = generation;
      waiting = null;
      try {
        const output = await run(input);
        if (mine === generation) onResult(output, input);
      } catch (error) {
        if (mine === generation) onError(error, input);
      }
    }
    running = false;
    const resolved = idle;
    idle = [];
    resolved.forEach((resolve) => resolve());
  }

  return {
    request(input) {
      if (waiting !== null) skipped++;
      waiting = { input };
      if (!running) void drain();
    },
    clear() {
      generation++;
      waiting = null;
    },
    settled: () => (running ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve()),
    get skipped() {
      return skipped;
    },
  };
}
