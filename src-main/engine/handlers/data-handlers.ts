// data/*: a model's encoded pictures beside what the model makes of them.
import { AppError } from '#shared/errors';
import type { EngineApi } from '#shared/api';
import type { Pictures } from '#shared/domain';
import type { Handlers } from '#shared/rpc';
import type { ImageSet } from '../datasets/idx';
import type { OpenModels } from '../open-models';
import { bytesToRgba } from '../pictures';
import type { TestPictures } from '../test-pictures';
import { readCodes } from '../codes';

type Names = 'data/picture' | 'data/attach';

export function dataHandlers(models: OpenModels, pictures: TestPictures): Pick<Handlers<EngineApi>, Names> {
  return {
    'data/picture': async ({ model, index }) => {
      const { pack, opened } = await models.get(model);
      const codes = await readCodes(pack);
      if (codes === null || index >= codes.count) throw noSuchPicture(model, index, codes?.count ?? 0);
      const { size } = opened.info.latent;
      const z = codes.mu.slice(index * size, (index + 1) * size);
      const [images, reconstruction] = await Promise.all([pictures.find(pack.manifest), opened.decode(z, 1)]);
      const label = codes.labels?.[index];
      return {
        index,
        z,
        className: label === undefined ? null : (codes.classNames[label] ?? null),
        original: images === null ? null : pictureAt(images, index),
        reconstruction,
      };
    },
    'data/attach': async ({ model, name, file }) => {
      const { pack } = await models.get(model);
      const { count } = await pictures.attach(pack.manifest, name, file);
      return { count };
    },
  };
}

function pictureAt({ height, width, channels, pixels }: ImageSet, index: number): Pictures {
  const size = height * width * channels;
  const rgba = bytesToRgba(pixels.subarray(index * size, (index + 1) * size), channels);
  return { count: 1, width, height, rgba };
}

function noSuchPicture(where: string, index: number, count: number): AppError {
  return new AppError({
    code: 'usage/index',
    headline: 'There is no such encoded picture',
    where,
    cause: count === 0 ? 'the model has none' : `${index}, the last is ${count - 1}`,
    remedy: 'choose one that is there',
  });
}
