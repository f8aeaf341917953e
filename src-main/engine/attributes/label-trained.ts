// At the end of a training on labelled data: what was held out, and more of the rest where that is little, is encoded by the finished pack,
// and its labels and a slider for each of them go into it. The pack is whole before and after.
import { AppError } from '#shared/errors';
import { openModel } from '../open-model';
import { readPack } from '../pack';
import type { TrainingData } from '../training/data';
import type { UntilThereIsRoom } from '../training/wait-for-room';
import { allDirections } from './all-directions';
import { labelData, labelsOf } from './label-data';
import { labelledOf, type Labelling } from './labelled';
import { writeLabels } from './write-labels';

/** Enough for a hundred exemplars of three conditions at once. */
export const LABELLED_COUNT = 4000;

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
    const say = (done: number, total: number): void =>
      tell(`encoding labelled picture ${done} of ${total}`, done, total);
    const first = await labelData(model, heldOut ?? training, title, LABELLED_COUNT, say);
    const missing = LABELLED_COUNT - first.table.count;
    const rest =
      heldOut !== null && missing > 0 ? await labelData(model, training, title, missing, say) : null;
    const labelling = rest === null ? first : joined(first, rest);
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

function joined(a: Labelling, b: Labelling): Labelling {
  const { attributes, count } = a.table;
  const values = concatenated(a.table.values, b.table.values);
  const mu = concatenated(a.mu ?? new Float32Array(), b.mu ?? new Float32Array());
  return { ...a, table: { attributes, count: count + b.table.count, values }, mu };
}

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
