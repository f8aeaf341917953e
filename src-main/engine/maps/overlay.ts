// What is drawn under the points of a 2-d latent: how dense the codes lie, where the prior has holes, how much the decoder stretches, and
// which class a place belongs to.
import { AppError } from '#shared/errors';
import type { MapOverlay, MapOverlayKind } from '#shared/map';
import type { CallContext } from '#shared/rpc';
import { quantile } from '#shared/statistics';
import type { MapProgress } from '#shared/map';
import { readCodes } from '../codes';
import type { PackAndModel } from '../open-models';
import type { TestPictures } from '../test-pictures';
import { posteriorSpread } from './measures';
import { boxAround } from './lattice';
import { magnificationOver } from './magnification';
import type { RunMapJob } from './map-job';
import { jobWatch } from './map-threads';
import { VOTERS } from './regions';

const DENSITY_SIDE = 200;
const REGION_SIDE = 160;
const MAGNIFIED_SIDE = 64;
const SEED = 1;

export interface OverlayTools {
  readonly run: RunMapJob;
  readonly pictures: TestPictures;
}

/** @throws AppError usage/overlay where it cannot be had, and why */
export async function overlayOf(
  model: PackAndModel,
  kind: MapOverlayKind,
  condition: number | undefined,
  { run, pictures }: OverlayTools,
  context: CallContext<MapProgress>,
): Promise<MapOverlay> {
  const { pack, opened } = model;
  const { size, prior } = opened.info.latent;
  if (size !== 2) throw notFlat(opened.info.id, size);
  const codes = await readCodes(pack);
  const box = boxAround(codes?.mu ?? new Float32Array(), prior);
  if (kind === 'magnification') {
    const values = await magnificationOver(box, MAGNIFIED_SIDE, unitValues(model, condition), context);
    const logs = values.map((value) => Math.log10(Math.max(1e-6, value)));
    const sorted = Array.from(logs);
    return {
      ...{ kind, box, columns: MAGNIFIED_SIDE, rows: MAGNIFIED_SIDE, values: logs, names: [], unit: 'log₁₀' },
      low: quantile(sorted, 0.02),
      high: quantile(sorted, 0.98),
      title: 'Magnification',
      notes: [
        '√det JᵀJ of the decoder: by how much an area is stretched when it is decoded, in the root of summed squares of pixels from 0 to 1. Dark: the picture stands still; light: it changes quickly.',
      ],
      figures: {
        median: quantile(Array.from(values), 0.5),
        p98: quantile(Array.from(values), 0.98),
      },
    };
  }
  if (codes === null) throw noCodes(opened.info.id);
  if (kind === 'classes') {
    const { labels, classNames, mu } = codes;
    if (labels === null) throw noClasses(opened.info.id);
    const job = { kind: 'regions', mu, labels, classes: classNames.length, box, side: REGION_SIDE } as const;
    const values = await run(job, jobWatch(context));
    return {
      ...{ kind, box, columns: REGION_SIDE, rows: REGION_SIDE, values, names: classNames, unit: '' },
      ...{ low: 0, high: classNames.length - 1, title: 'Class regions', figures: {} },
      notes: [
        `Each place has the class that most of its ${VOTERS} nearest codes have; blank where none is near.`,
      ],
    };
  }
  const sd = await posteriorSpread(model, pictures, context);
  const job = { kind: 'density', mu: codes.mu, sd, prior, box, side: DENSITY_SIDE, seed: SEED } as const;
  const { density, ratio, width, integral, kl, holeMass } = await run(job, jobWatch(context));
  const how =
    sd === null
      ? `Each code counts as a Gaussian of width ${width.toFixed(3)}, under which the codes tell of each other best; with the pictures attached their own widths are used.`
      : `The mean of q(z|x) over the ${codes.count} pictures, each with its own width (${width.toFixed(3)} on average).`;
  const figures = { width, integral, kl, holeMass };
  if (kind === 'density') {
    const sorted = Array.from(density).filter((value) => value > 1e-4);
    return {
      ...{ kind, box, columns: DENSITY_SIDE, rows: DENSITY_SIDE, values: density, names: [], figures },
      ...{ low: 0, high: quantile(sorted, 0.99), title: 'Density of the codes', unit: 'per unit area' },
      notes: [how, `KL from the prior: ${kl.toFixed(2)} nats.`],
    };
  }
  return {
    ...{ kind, box, columns: DENSITY_SIDE, rows: DENSITY_SIDE, values: ratio, names: [], figures },
    ...{ low: -2, high: 0.5, title: 'Codes against prior', unit: 'log₁₀ q/p' },
    notes: [
      how,
      `Holes, where the codes are less than a tenth as dense as the prior, hold ${(100 * holeMass).toFixed(1)} % of what is drawn; they are outlined. Shown where the prior has 99 % of its mass.`,
    ],
  };
}

/** Pictures as the network gives them, on a scale of 0 to 1. */
function unitValues({ opened }: PackAndModel, condition: number | undefined) {
  const [low, high] = opened.info.output.range;
  return async (z: Float32Array, count: number): Promise<Float32Array> =>
    (await opened.values(z, count, condition)).map((value) => (value - low) / (high - low));
}

const overlayError = (where: string, cause: string, remedy: string): AppError =>
  new AppError({
    code: 'usage/overlay',
    headline: 'This cannot be drawn under the points',
    where,
    cause,
    remedy,
  });
const notFlat = (id: string, size: number): AppError =>
  overlayError(id, `its latent has ${size} dimensions`, 'choose a model of two');
const noCodes = (id: string): AppError =>
  overlayError(id, 'it has no encoded pictures', 'choose the magnification, which needs none');
const noClasses = (id: string): AppError =>
  overlayError(id, 'its encoded pictures have no classes', 'choose the density');
