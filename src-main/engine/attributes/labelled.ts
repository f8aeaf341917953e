// The labelled latents of a pack: what words find exemplars among, and what directions are found from. Codes of labelled data, or draws
// from the prior whose pictures a judge looked at; these are kept as their seeds.
import type { Attribute, Direction, LabelSource, LabelTable } from '#shared/attributes';
import { noAttributes } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { Latents } from '#ml/directions/latents';
import { readPackFile, type Manifest, type Pack } from '../pack';
import { fromHalves, toFloat32, toHalves } from '../store/half-float';
import { decodeSafetensors, encodeSafetensors, type Tensor } from '../store/safetensors';

export interface Labelled extends Latents {
  readonly table: LabelTable;
  readonly source: LabelSource;
  /** So many of the last rows are for judging only; 0 where a random half is. */
  readonly heldOut: number;
  /** "code 17", "seed 17" */
  readonly refOf: (row: number) => string;
}

/** What a labelling is, before it is in a pack. Exactly one of `mu` and `seeds`. */
export interface Labelling {
  readonly table: LabelTable;
  readonly mu: Float32Array | null; // [count, size]
  readonly seeds: Int32Array | null; // [count]
  /** The data's title, or the judge's. */
  readonly by: string;
  /** So many of the last rows are of pictures that the data holds out. */
  readonly heldOut?: number | undefined;
  readonly likeness?: number | undefined;
}

const cache = new WeakMap<Pack, Promise<Labelled | null>>();

/** null where the pack has none. Read once per opened pack. @throws AppError pack/labels where they are not as the manifest says. */
export function readLabelled(pack: Pack): Promise<Labelled | null> {
  let labelled = cache.get(pack);
  if (labelled === undefined) cache.set(pack, (labelled = read(pack)));
  return labelled;
}

/** @throws AppError model/no-attributes */
export async function requireLabelled(pack: Pack): Promise<Labelled> {
  const labelled = await readLabelled(pack);
  if (labelled === null) throw noAttributes();
  return labelled;
}

async function read(pack: Pack): Promise<Labelled | null> {
  const { labels, attributes, latent } = pack.manifest;
  if (labels === undefined || attributes === undefined) return null;
  const { file, count, source } = labels;
  const { tensors } = decodeSafetensors(await readPackFile(pack, file));
  const values = floats(tensors.get('attributes'));
  const seeds = tensors.get('seed');
  const z = source === 'codes' ? floats(tensors.get('mu')) : drawsOf(seeds, latent);
  const { size } = latent;
  if (values?.length !== count * attributes.length || z?.length !== count * size || !z.every(Number.isFinite))
    throw new AppError({
      code: 'pack/labels',
      headline: 'The labels do not fit the model',
      where: `${pack.manifest.id}/${file}`,
      cause: `${count} latents of ${size} numbers with ${attributes.length} labels each are promised`,
      remedy: 'get the pack again, or label it again with the command directions',
    });
  const refOf = (row: number): string =>
    source === 'codes' ? `code ${row}` : `seed ${seeds?.dtype === 'I32' ? seeds.data[row] : row}`;
  const { heldOut = 0 } = labels;
  return { z, size, count, table: { attributes, count, values }, source, heldOut, refOf };
}

const floats = (tensor: Tensor | undefined): Float32Array | undefined =>
  tensor?.dtype === 'F32' || tensor?.dtype === 'F16' ? toFloat32(tensor) : undefined;

function drawsOf(seeds: Tensor | undefined, latent: Manifest['latent']): Float32Array | undefined {
  if (seeds?.dtype !== 'I32') return undefined;
  const z = new Float32Array(seeds.data.length * latent.size);
  seeds.data.forEach((seed, row) => z.set(latentOfSeed(seed, latent.size, latent.prior), row * latent.size));
  return z;
}

/** A labelling as it will be read again. */
export function labelledOf(
  { table, mu, seeds, heldOut = 0 }: Labelling,
  latent: Manifest['latent'],
): Labelled {
  const { count } = table;
  const drawn = seeds === null ? undefined : drawsOf({ dtype: 'I32', shape: [count], data: seeds }, latent);
  const z = mu === null ? (drawn ?? new Float32Array()) : fromHalves(toHalves(mu));
  const refOf = (row: number): string => (seeds === null ? `code ${row}` : `seed ${seeds[row]}`);
  return { z, size: latent.size, count, table, source: seeds === null ? 'codes' : 'samples', heldOut, refOf };
}

/** Latents at half precision, as the codes are; labels whole, since they are compared with the ends of ranges. */
export function labelTensors({ table, mu, seeds }: Labelling, size: number): ReadonlyMap<string, Tensor> {
  const { count, values, attributes } = table;
  return new Map<string, Tensor>([
    ['attributes', { dtype: 'F32', shape: [count, attributes.length], data: values }],
    ...(mu === null ? [] : [['mu', { dtype: 'F16', shape: [count, size], data: toHalves(mu) }] as const]),
    ...(seeds === null ? [] : [['seed', { dtype: 'I32', shape: [count], data: seeds }] as const]),
  ]);
}

export const labelFile = (labelling: Labelling, size: number): Uint8Array =>
  encodeSafetensors(labelTensors(labelling, size), { format: 'latentscape-labels/1' });

/** What a manifest says of a labelling. */
export const labelParts = (
  { table, mu, by, heldOut = 0, likeness }: Labelling,
  file: string,
  directions: readonly Direction[],
): Pick<Manifest, 'attributes' | 'labels' | 'directions'> => ({
  attributes: table.attributes.map((attribute): Attribute => attribute),
  labels: {
    file,
    count: table.count,
    source: mu === null ? 'samples' : 'codes',
    by: by.slice(0, 200),
    ...(heldOut === 0 ? {} : { heldOut }),
    ...(likeness === undefined ? {} : { likeness }),
  },
  directions: [...directions],
});
