// At the end of a training on labelled data: some of it, and of what was held out, is encoded by the finished pack, and its labels and a
// slider for each of them go into it. The pack is whole before and after.
import { AppError } from '#shared/errors';
import { openModel } from '../open-model';
import { readPack } from '../pack';
import type { TrainingData } from '../training/data';
import type { UntilThereIsRoom } from '../training/wait-for-room';
import { allDirections } from './all-directions';
import { labelBothParts, labelsOf } from './label-data';
import { labelledOf } from './labelled';
import { writeLabels } from './write-labels';

/** Enough for a hundred exemplars of three conditions at once. */
export const LABELLED_COUNT = 4000;

/** A multiple of what is encoded at once. */
const TOLD_EACH = 1024;

type Tell = (what: string, done: number, total: number) => void;

/** Does nothing where the model has no encoder or the data no labels: the command directions can label it later. */
export async function labelTrained(
  folder: string,
  { title, training, heldOut }: TrainingData,
  save: UntilThereIsRoom,
  tell: Tell,
): Promise<void> {
  if (labelsOf(training) === null) return;
  const pack = await readPack(folder);
  if (pack.manifest.encoder === undefined || pack.manifest.condition !== undefined) return;
  const model = await openModel(pack);
  try {
    const say = (done: number, total: number): void => {
      if (done % TOLD_EACH === 0 || done === total)
        tell(`encoding labelled picture ${done} of ${total}`, done, total);
    };
    const labelling = await labelBothParts(model, { source: training, heldOut, title }, LABELLED_COUNT, say);
    const { directions, refused } = allDirections(labelledOf(labelling, pack.manifest.latent));
    refused.forEach((sentence) => tell(sentence, 1, 1));
    await save(async () => {
      await writeLabels(pack, labelling, directions);
    });
  } catch (error) {
    // the training is done and its pack is whole: labels that do not serve must not lose it
    if (!(error instanceof AppError) || !error.code.startsWith('data/')) throw error;
    tell(`The model has no attributes: ${error.sentence}`, 1, 1);
  } finally {
    await model.dispose();
  }
}
