// Which class of a model is which class of the data: by name where the names are the same, else by place where there are as many.
import type { Subject } from './subject';
import type { Source } from '../training/source';

export interface ModelClasses {
  /** From the data's class to the model's; null where the model takes none or they cannot be matched. */
  readonly of: readonly number[] | null;
  readonly note: string | null;
}

export function modelClasses(
  { family, classes, classNames }: Pick<Subject, 'family' | 'classes' | 'classNames'>,
  { shape, classNames: dataNames, labels }: Pick<Source, 'shape' | 'classNames' | 'labels'>,
): ModelClasses {
  if (classes === 0) return { of: null, note: null };
  if (family === 'infogan')
    return {
      of: null,
      note: 'An InfoGAN finds its categories by itself, so there is no class to agree with: see how pure they are.',
    };
  if (labels === null || shape.classes === 0)
    return {
      of: null,
      note: 'The data has no labels, so the classes are asked for in turn and label agreement cannot be had.',
    };
  const byName = dataNames.map((name) => classNames.indexOf(name));
  if (byName.every((place) => place >= 0)) return { of: byName, note: null };
  if (classes === shape.classes)
    return {
      of: dataNames.map((_, place) => place),
      note: 'The classes of the model and of the data have other names and are matched by their order.',
    };
  return {
    of: null,
    note: `The model has ${classes} classes and the data ${shape.classes}, so label agreement cannot be had.`,
  };
}
