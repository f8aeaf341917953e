// What the points of a map can be coloured by, and the numbers of each. What cannot be had says why.
import { AppError } from '#shared/errors';
import type { MapColourChoice, MapColours } from '#shared/map';
import { norm } from '#shared/latent-math';
import { quantile } from '#shared/statistics';
import { readAt } from '#ml/directions/ridge';
import { readLabelled } from '../attributes/labelled';
import { readingsOf } from '../attributes/readings';
import type { PackAndModel } from '../open-models';
import { isBernoulli, measuresOf } from './measures';
import type { PointSet, Progress } from './point-set';

const ATTRIBUTE = 'attribute:';

export async function colourChoices(
  { pack, opened }: PackAndModel,
  set: PointSet,
): Promise<readonly MapColourChoice[]> {
  const choice = (key: string, title: string, unavailable: string | null = null): MapColourChoice => ({
    key,
    title,
    unavailable,
  });
  const hasPictures = (await set.originals()) !== null;
  const notHere = set.whyNone;
  const attributes = set.table?.attributes ?? pack.manifest.attributes ?? [];
  const noKl = opened.info.hasEncoder ? null : 'the model has no encoder';
  return [
    choice('none', 'Nothing'),
    choice('class', 'Class', set.labels === null ? 'these points have no class' : null),
    ...attributes.map(({ name, title }) => choice(`${ATTRIBUTE}${name}`, title)),
    choice('norm', 'Length of z'),
    choice('error', 'Reconstruction error', hasPictures ? null : notHere),
    choice(
      'likelihood',
      'ln p(x | mu)',
      !hasPictures
        ? notHere
        : isBernoulli(pack.manifest.training?.config)
          ? null
          : 'the decoder is not a Bernoulli; the reconstruction error says it up to a scale',
    ),
    choice('kl', 'KL of q(z|x)', hasPictures ? noKl : notHere),
  ];
}

/** @throws AppError usage/map-colour */
export async function coloursBy(
  model: PackAndModel,
  set: PointSet,
  key: string,
  condition: number | undefined,
  progress: Progress,
): Promise<MapColours> {
  const choice = (await colourChoices(model, set)).find((each) => each.key === key);
  if (choice === undefined) throw noColour(key, 'there is no such value');
  if (choice.unavailable !== null) throw noColour(choice.title, choice.unavailable);
  const { title } = choice;
  if (key === 'none') return { kind: 'none' };
  if (key === 'class') return byClass(set);
  if (key.startsWith(ATTRIBUTE)) return byAttribute(model, set, key.slice(ATTRIBUTE.length), title);
  if (key === 'norm') {
    const { z, size, count } = set;
    const lengths = Float32Array.from({ length: count }, (_, row) =>
      norm(z.subarray(row * size, (row + 1) * size)),
    );
    return numbers(title, '', lengths);
  }
  const { error, likelihood, kl } = await measuresOf(model, set, condition, progress);
  if (key === 'error') return numbers(title, 'RMS', error);
  if (key === 'likelihood') return numbers(title, 'nats', likelihood);
  if (kl === null) throw noColour(title, 'the encoder gives no variance, or the prior is not normal');
  return numbers(title, 'nats', kl);
}

function byClass({ labels, classNames, count }: PointSet): MapColours {
  const most = labels?.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  const names = Array.from(
    { length: Math.max(classNames.length, most + 1) },
    (_, i) => classNames[i] ?? String(i),
  );
  return { kind: 'classes', title: 'Class', names, labels: labels?.slice() ?? new Uint8Array(count) };
}

/** Its own labels where the points have them; what the regression reads at each z where they have none. */
async function byAttribute(
  { pack }: PackAndModel,
  { table, z, size, count }: PointSet,
  name: string,
  title: string,
): Promise<MapColours> {
  const column = table?.attributes.findIndex((attribute) => attribute.name === name) ?? -1;
  if (table !== null && column >= 0) {
    const width = table.attributes.length;
    return numbers(
      title,
      '',
      Float32Array.from({ length: count }, (_, row) => table.values[row * width + column]!),
    );
  }
  const labelled = await readLabelled(pack);
  const reading =
    labelled === null
      ? undefined
      : readingsOf(labelled).attributes.find((attribute) => attribute.name === name);
  if (reading === undefined) throw noColour(title, 'nothing reads it at these points');
  const values = Float32Array.from({ length: count }, (_, row) =>
    readAt(reading.reading, z.subarray(row * size, (row + 1) * size)),
  );
  const note = `As a linear regression on the labelled latents reads it (R² ${reading.r2.toFixed(2)} on those held out).`;
  return numbers(title, '', values, note);
}

function numbers(title: string, unit: string, values: Float32Array, note: string | null = null): MapColours {
  const finite = Array.from(values).filter(Number.isFinite);
  const [low, high] = [quantile(finite, 0.02), quantile(finite, 0.98)];
  const ends =
    finite.length === 0
      ? { low: 0, high: 1 }
      : low < high
        ? { low, high }
        : { low: low - 0.5, high: high + 0.5 };
  return { kind: 'numbers', title, unit, values, ...ends, note };
}

const noColour = (where: string, cause: string): AppError =>
  new AppError({
    code: 'usage/map-colour',
    headline: 'The points cannot be coloured by this',
    where,
    cause,
    remedy: 'choose another',
  });
