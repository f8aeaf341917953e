// What can be evaluated: any model pack, or the folder of a training at its newest checkpoint. A training knows more than its pack does:
// points of a plane make no pack, and the encoder of a conditional VAE is not shipped.
import { stat } from 'node:fs/promises';
import { AppError } from '#shared/errors';
import type { Prior } from '#shared/domain';
import type { Trainable } from '#ml/family';
import type { Networks } from '#ml/vae';
import type { PriorDraws } from './drawn-pictures';
import type { Posterior } from '../encoder';
import { openPackFor, type Places } from '../inspect';
import type { Pack } from '../pack';
import { jobFolderOf, readJobConfig } from '../training/job-folder';
import type { Source } from '../training/source';
import type { TrainConfig } from '../training/train-config';

export interface Subject {
  readonly id: string;
  readonly family: string;
  readonly latent: { readonly size: number; readonly prior: Prior };
  /** 0 where no class can be asked for. */
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly kind: 'pictures' | 'points';
  /** // -> [count, height, width, channels] in [0, 1], or points */
  readonly draw: (draws: PriorDraws) => Promise<Float32Array>;
  /** // pictures [count, height, width, channels] in [0, 1] */
  readonly encode: ((pictures: Float32Array, count: number) => Promise<Posterior>) | null;
  /** For the bounds of a VAE; or why there are none, in a sentence. */
  readonly bounds: Networks | string;
  /** The family's own measure of the ELBO, where its networks are not those of a plain VAE. */
  readonly judge: NonNullable<Trainable['judge']> | null;
  /** What a person should know of it. */
  readonly notes: readonly string[];
  readonly dispose: () => Promise<void>;
}

/** A pack, or a training whose networks are built once the shape of the data is known. */
export type Target =
  | { readonly kind: 'pack'; readonly pack: Pack }
  | { readonly kind: 'run'; readonly folder: string; readonly config: TrainConfig };

/** A pack's id or folder, or the folder of a training. */
export async function targetOf(given: string, places: Places): Promise<Target> {
  const isRun = await stat(jobFolderOf(given).job).then(
    (info) => info.isFile(),
    () => false,
  );
  if (isRun) return { kind: 'run', folder: given, config: await readJobConfig(given) };
  return { kind: 'pack', pack: await openPackFor(given, places) };
}

export async function openSubject(target: Target, data: Source): Promise<Subject> {
  if (target.kind === 'pack') return (await import('./pack-subject')).packSubject(target.pack);
  return (await import('./run-subject')).runSubject(target.folder, target.config, data);
}

export const NO_ENCODER = 'There is no encoder, so no ELBO, reconstruction or active units can be had.';

/** Only the VAE has a likelihood of pixels: in a VAE/GAN it is one of features, and a BiGAN has none. */
export function boundsOf(family: string, networks: () => Networks): Networks | string {
  if (family !== 'vae') return 'It gives pixels no likelihood, so there is no ELBO.';
  try {
    return networks();
  } catch (error) {
    if (error instanceof AppError) return error.sentence;
    throw error;
  }
}
