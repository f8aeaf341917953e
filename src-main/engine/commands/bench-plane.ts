// bench plane: 15 x 15 pictures on a plane through three points, as the window asks for them when a corner is moved.
import { frameOf } from '#shared/plane';
import { latentOfSeed } from '#shared/random';
import { median, quantile } from '#shared/statistics';
import type { CommandContext } from './command';

const SIDE = 15;
const RUNS = 30;
const WARM_UP = 3;
/** The model that the promise is made of: 64 x 64 in colour. */
export const PROMISED = 'heads-vae';
const PROMISED_MS = 250;

export async function benchPlane(asked: string | null, { call }: CommandContext) {
  const { models } = await call('models/list', {});
  const model = asked ?? models.find(({ id }) => id === PROMISED)?.id ?? models[0]?.id ?? PROMISED;
  const { info } = await call('models/open', { model });
  const { size, prior } = info.latent;
  const corner = (seed: number) => ({ z: latentOfSeed(seed, size, prior), name: `Seed ${seed}` });
  const times: number[] = [];
  for (let run = -WARM_UP; run < RUNS; run++) {
    // another corner each time: nothing is there from the time before
    const plane = {
      kind: 'points',
      a: corner(1),
      b: corner(2),
      c: corner(3 + run + WARM_UP),
      fourth: null,
    } as const;
    const { lattice } = frameOf(plane, plane.a.z, { n: SIDE, span: 1, margin: 0 });
    const start = performance.now();
    await call('latent/grid', { model: info.id, n: SIDE, span: 1, plane: lattice, range: [0, 1] });
    if (run >= 0) times.push(performance.now() - start);
  }
  const round = (value: number): number => Math.round(value * 1000) / 1000;
  const p50 = round(median(times));
  return {
    name: 'plane',
    unit: 'ms' as const,
    runs: times.length,
    p50,
    p95: round(quantile(times, 0.95)),
    ours: p50,
    model: info.id,
    pictures: SIDE * SIDE,
    width: info.output.width,
    height: info.output.height,
    promised: PROMISED_MS,
  };
}
