// Plays an adversarial game for a proof. Its figures swing from step to step, so they are told as means over a tenth of the run.
import type { Trainable } from '#ml/family';
import type { Source } from '../training/source';
import { createStepper, type Figures } from '../training/stepper';

export interface Game {
  readonly trainable: Trainable;
  readonly source: Source;
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

const PARTS = 10;

/** Every figure, as its mean over the last tenth of the steps. */
export async function play({ log, ...options }: Game): Promise<Figures> {
  const { steps } = options;
  const stepper = await createStepper(options);
  try {
    for (const { update, mode, why } of stepper.speed) if (mode === 'eager') log(`${update}: ${why}`);
    const part = Math.max(1, Math.floor(steps / PARTS));
    const started = performance.now();
    let sums = new Map<string, { readonly total: number; readonly count: number }>();
    let means: Figures = {};
    for (let step = 1; step <= steps; step++) {
      for (const [name, value] of Object.entries(await stepper.next())) {
        const { total, count } = sums.get(name) ?? { total: 0, count: 0 };
        sums.set(name, { total: total + value, count: count + 1 });
      }
      if (step % part > 0) continue;
      means = Object.fromEntries([...sums].map(([name, { total, count }]) => [name, total / count]));
      sums = new Map();
      const numbers = Object.entries(means).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
      const pace = ((performance.now() - started) / step).toFixed(1);
      log(`step ${step} of ${steps}, ${pace} ms each: ${numbers.join(', ')}`);
    }
    return means;
  } finally {
    stepper.dispose();
  }
}
