import type { Vae } from '#ml/vae';
import type { LabelledImages } from '../datasets/idx';
import type { EpochSummary } from './progress';
import type { TrainConfig } from './train-config';
export async function finishPack(_: {
  vae: Vae;
  config: TrainConfig;
  test: LabelledImages;
  history: readonly EpochSummary[];
  packFolder: string;
}): Promise<Readonly<Record<string, number>>> {
  return {};
}
