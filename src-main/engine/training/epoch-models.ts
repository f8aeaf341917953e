// The model of a run at the end of an epoch, kept as a pack so that every view can open it: epoch 3 beside epoch 30. Only so many are
// kept: when there are too many, every second one of the older half goes.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trainable } from '#ml/family';
import type { CodesOf } from '../manifest';
import { writePack } from '../pack';
import { CODES_FILE, codesFile, codesPart, manifestParts, storedNetworks } from './snapshot';
import type { Source } from './source';
import type { TrainConfig } from './train-config';

const MAX_KEPT = 32;
const CODES = 2000;

export interface EpochMoment {
  readonly trainable: Trainable;
  readonly config: TrainConfig;
  /** Pictures whose codes are kept with the model. */
  readonly source: Source;
  readonly of: CodesOf;
  readonly epoch: number;
  readonly folder: string;
}

export const epochModelId = (id: string, epoch: number): string =>
  `${id.slice(0, 50)}-epoch-${String(epoch).padStart(4, '0')}`;

/** The model's id; null for points of a plane. */
export async function keepEpoch({
  trainable,
  config,
  source,
  of,
  epoch,
  folder,
}: EpochMoment): Promise<string | null> {
  if (trainable.range === 'points') return null;
  const id = epochModelId(config.id, epoch);
  const networks = await storedNetworks(trainable);
  try {
    const files = new Map(networks.files);
    const count = Math.min(CODES, source.count);
    const codes = await codesFile(trainable, source, count);
    if (codes !== null) files.set(CODES_FILE, codes);
    await mkdir(folder, { recursive: true });
    await writePack(join(folder, id), {
      manifest: {
        id,
        title: `${config.title}, epoch ${epoch}`,
        family: config.family,
        ...manifestParts(trainable, source.shape, source.classNames, networks.encoder !== null),
        ...(codes === null ? {} : { codes: codesPart(count, source, of) }),
        provenance: `A moment of a training on ${config.data.name}`,
      },
      files,
    });
  } finally {
    networks.dispose();
  }
  await thin(folder);
  return id;
}

async function thin(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /-epoch-\d+$/.test(name)).sort();
  if (names.length <= MAX_KEPT) return;
  const old = names.slice(1, MAX_KEPT / 2).filter((_, i) => i % 2 === 1);
  await Promise.all(old.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
