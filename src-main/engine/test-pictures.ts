// The pictures of a model's test set. No pack carries them: they are found on this machine by their hash, or attached by the person.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { imagesSha256, parseIdxImages, readIdxImages, unpackIdx, type ImageSet } from './datasets/idx';
import type { Manifest } from './pack';
import { writeAtomic } from './store/atomic';

export interface TestPictures {
  /** The pictures, or null where they are not on this machine. Looked for once per model. */
  find(manifest: Manifest): Promise<ImageSet | null>;
  /** Keeps a copy of the data's own file for the next start. @throws AppError data/other where it is not this model's test set. */
  attach(manifest: Manifest, name: string, file: Uint8Array): Promise<ImageSet>;
}

/** The name under which the test pictures of MNIST and its kin come. */
export const TEST_PICTURES_FILE = 't10k-images-idx3-ubyte.gz';

export function createTestPictures(places: {
  readonly attached: string;
  readonly data: string | null;
}): TestPictures {
  const found = new Map<string, Promise<ImageSet | null>>();
  const attachedFile = (hash: string): string => join(places.attached, `${hash}.idx`);

  async function search(hash: string): Promise<ImageSet | null> {
    const candidates = [
      attachedFile(hash),
      ...(places.data === null ? [] : await idxFilesBelow(places.data)),
    ];
    for (const path of candidates) {
      // a file that cannot be read is one that is not there: the person is told what to attach
      const images = await readIdxImages(path).catch(() => null);
      if (images !== null && imagesSha256(images) === hash) return images;
    }
    return null;
  }

  return {
    find(manifest) {
      const hash = manifest.training?.testSet?.imagesSha256;
      if (hash === undefined) return Promise.resolve(null);
      let searching = found.get(hash);
      if (searching === undefined) found.set(hash, (searching = search(hash)));
      return searching;
    },
    async attach(manifest, name, file) {
      const hash = manifest.training?.testSet?.imagesSha256;
      if (hash === undefined)
        throw notTheData(name, 'this model does not say what it was tested on', undefined);
      const bytes = await unpackIdx(file, name);
      const images = parseIdxImages(bytes, name);
      if (imagesSha256(images) !== hash) {
        throw notTheData(
          name,
          `these are not the test pictures of ${manifest.training?.data ?? manifest.title}`,
          TEST_PICTURES_FILE,
        );
      }
      await mkdir(places.attached, { recursive: true });
      await writeAtomic(attachedFile(hash), bytes);
      found.set(hash, Promise.resolve(images));
      return images;
    },
  };
}

/** Files of test pictures in a folder and the folders in it. */
async function idxFilesBelow(folder: string): Promise<readonly string[]> {
  const isTestPictures = (name: string): boolean => /^t10k-images[-.]idx3-ubyte(\.gz)?$/.test(name);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const names = await readdir(join(folder, name)).catch(() => []);
        return names.filter(isTestPictures).map((file) => join(folder, name, file));
      }),
  );
  return [
    ...entries.filter(({ name }) => isTestPictures(name)).map(({ name }) => join(folder, name)),
    ...nested.flat(),
  ];
}

function notTheData(where: string, cause: string, wanted: string | undefined): AppError {
  return new AppError({
    code: 'data/other',
    headline: 'This is not the data of the model',
    where,
    cause,
    remedy: wanted === undefined ? 'choose another model' : `attach the file ${wanted} of that data set`,
  });
}
