// What is said of HDF5 files that are not read.
import { AppError } from '#shared/errors';

export const damaged = (where: string, cause: string): AppError =>
  new AppError({
    code: 'model/damaged',
    headline: 'The HDF5 file cannot be read',
    where,
    cause,
    remedy: 'get the file again',
  });

export const refused = (where: string, cause: string): AppError =>
  new AppError({
    code: 'model/refused',
    headline: 'The HDF5 file uses what is not read here',
    where,
    cause,
    remedy: 'save the model again, all in one file',
  });
