// The encoded pictures that a pack carries, of a test set where there is one: mu of q(z|x) for each and its class, as codes.safetensors.
import type { Codes } from '#shared/domain';
import { AppError } from '#shared/errors';
import { classesOf } from './manifest';
import { readPackFile, type Pack } from './pack';
import { fromHalves } from './store/half-float';
import { decodeSafetensors, type Tensor } from './store/safetensors';
import { TEST_PICTURES_FILE } from './test-pictures';

const cache = new WeakMap<Pack, Promise<Omit<Codes, 'picturesAttached'> | null>>();

/** null where the pack has none. Read once per opened pack. @throws AppError pack/codes where they are not as the manifest says. */
export function readCodes(pack: Pack): Promise<Omit<Codes, 'picturesAttached'> | null> {
  let codes = cache.get(pack);
  if (codes === undefined) cache.set(pack, (codes = read(pack)));
  return codes;
}

async function read(pack: Pack): Promise<Omit<Codes, 'picturesAttached'> | null> {
  const { codes, training, latent, title } = pack.manifest;
  if (codes === undefined) return null;
  const { tensors } = decodeSafetensors(await readPackFile(pack, codes.file));
  const mu = floats(tensors.get('mu'));
  const label = tensors.get('label');
  const labels = label?.dtype === 'U8' ? label.data : null;
  if (mu?.length !== codes.count * latent.size || (labels !== null && labels.length !== codes.count)) {
    throw new AppError({
      code: 'pack/codes',
      headline: 'The encoded pictures do not fit the model',
      where: `${pack.manifest.id}/${codes.file}`,
      cause: `${codes.count} codes of ${latent.size} numbers are promised`,
      remedy: 'get the pack again',
    });
  }
  return {
    count: codes.count,
    mu,
    labels,
    classNames: classesOf(pack.manifest) ?? [],
    title: `${training?.data ?? title}, ${codes.of ?? (training?.testSet === undefined ? 'encoded pictures' : 'test set')}`,
    picturesFile: training?.testSet === undefined ? null : TEST_PICTURES_FILE,
  };
}

function floats(tensor: Tensor | undefined): Float32Array | undefined {
  if (tensor?.dtype === 'F32') return tensor.data;
  return tensor?.dtype === 'F16' ? fromHalves(tensor.data) : undefined;
}
