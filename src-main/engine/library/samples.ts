/**
 * The 16 pictures by which a model is known in the library: the first seeds, the classes spread over them. Kept as a
 * small file by what they depend on, so that a library of hundreds is shown without opening one model.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { latentOfSeed } from '#shared/random';
import type { Pictures } from '#shared/domain';
import { openModel } from '../open-model';
import type { Pack } from '../pack';
import { writeAtomic } from '../store/atomic';
import { MAX_KEPT_SAMPLES, MAX_SAMPLE_SIDE } from '../store/limits';
import { decodeSafetensors, encodeSafetensors } from '../store/safetensors';

const COUNT = 16;
const FIRST_SEED = 1;
/** Raised when the same model would be shown by other pictures. */
const VERSION = 1;

export async function samplesOf(pack: Pack, cache: string): Promise<Pictures> {
  const file = join(cache, `${keyOf(pack)}.safetensors`);
  const kept = await readKept(file);
  if (kept !== null) return kept;
  const pictures = await smaller(await draw(pack));
  await keep(cache, file, pictures);
  return pictures;
}

/** All that decides the pictures; a new title or card does not. */
function keyOf({ manifest }: Pack): string {
  const { generator, latent, condition, output, files } = manifest;
  const classes = condition && { kind: condition.kind, size: condition.size };
  const decisive = [VERSION, generator, files[generator.file], latent, classes ?? null, output];
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 32);
}

async function draw(pack: Pack): Promise<Pictures> {
  const model = await openModel(pack); // by itself: the models that a person has open stay open
  try {
    const { latent, condition } = model.info;
    const latents = Array.from({ length: COUNT }, (_, at) =>
      latentOfSeed(FIRST_SEED + at, latent.size, latent.prior),
    );
    const classes = condition?.names.length ?? 0;
    const parts: Pictures[] = [];
    for (const [at, z] of latents.entries()) {
      const wanted = classes === 0 ? undefined : Math.floor((at * Math.min(classes, COUNT)) / COUNT);
      parts.push(await model.decode(z, 1, wanted));
    }
    return joined(parts);
  } finally {
    await model.dispose();
  }
}

function joined(parts: readonly Pictures[]): Pictures {
  const [{ width, height }] = parts as readonly [Pictures, ...Pictures[]];
  const rgba = new Uint8Array(parts.length * width * height * 4);
  parts.forEach((part, at) => rgba.set(part.rgba, at * width * height * 4));
  return { count: parts.length, width, height, rgba };
}

/** On a card they are as large as a stamp. */
async function smaller(pictures: Pictures): Promise<Pictures> {
  const { count, width, height, rgba } = pictures;
  if (Math.max(width, height) <= MAX_SAMPLE_SIDE) return pictures;
  const scale = MAX_SAMPLE_SIDE / Math.max(width, height);
  const size = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const each = width * height * 4;
  const parts: Pictures[] = [];
  for (let at = 0; at < count; at++) {
    const raw = { width, height, channels: 4 } as const;
    const bytes = await sharp(rgba.subarray(at * each, (at + 1) * each), { raw })
      .resize({ ...size, fit: 'fill' })
      .raw()
      .toBuffer();
    parts.push({ count: 1, ...size, rgba: bytes });
  }
  return joined(parts);
}

/** null where there are none, or where the file is not as it was written: they are drawn again. */
async function readKept(file: string): Promise<Pictures | null> {
  try {
    const tensor = decodeSafetensors(await readFile(file)).tensors.get('rgba');
    const [count = 0, height = 0, width = 0, channels] = tensor?.shape ?? [];
    if (tensor?.dtype !== 'U8' || count !== COUNT || channels !== 4) return null;
    return { count, width, height, rgba: tensor.data };
  } catch {
    return null;
  }
}

/** A full disk costs only the time to draw them again. */
async function keep(cache: string, file: string, { count, width, height, rgba }: Pictures): Promise<void> {
  const tensor = { dtype: 'U8', shape: [count, height, width, 4], data: rgba } as const;
  try {
    await mkdir(cache, { recursive: true, mode: 0o700 });
    await writeAtomic(file, encodeSafetensors(new Map([['rgba', tensor]])));
    await forgetOldest(cache);
  } catch {
    return;
  }
}

async function forgetOldest(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter((name) => name.endsWith('.safetensors'));
  if (names.length <= MAX_KEPT_SAMPLES) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(cache, name))).mtimeMs })),
  );
  const oldest = dated.sort((a, b) => a.at - b.at).slice(0, names.length - MAX_KEPT_SAMPLES);
  await Promise.all(oldest.map(({ name }) => unlink(join(cache, name))));
}
