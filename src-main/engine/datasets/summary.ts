// What a person is told of data before anything is trained.
import type { DataSummary } from '#shared/training';
import type { TrainingData } from '../training/data';
import { classCountsOf, contactSheet, statisticsOf, variationSheet } from './describe-data';

const SHEET = { pictures: 64, seed: 1 } as const;
const VARIATIONS = { rows: 4, epochs: 7, seed: 1 } as const;
const POINTS = 2000;

export async function summarise(data: TrainingData, isAugmented: boolean): Promise<DataSummary> {
  const { training, heldOut, title, unreadable, notes, labelColumns, labelColumn } = data;
  const { count, shape, classNames } = training;
  const { height, width, channels } = shape;
  const isPoints = height === 1 && width === 1;
  return {
    title,
    ...{ count, height, width, channels, classNames, unreadable, notes, labelColumns, labelColumn },
    classCounts: classCountsOf(training),
    statistics: await statisticsOf(training),
    heldOut: heldOut?.count ?? 0,
    sheet: isPoints ? null : await contactSheet(training, SHEET.pictures, SHEET.seed),
    augmented:
      isPoints || !isAugmented
        ? null
        : await variationSheet(training, VARIATIONS.rows, VARIATIONS.epochs, VARIATIONS.seed),
    points: isPoints
      ? await training.read(Uint32Array.from({ length: Math.min(POINTS, count) }, (_, i) => i))
      : null,
  };
}
