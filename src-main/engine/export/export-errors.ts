import { AppError } from '#shared/errors';

/** @throws where a network has a part that a format has no words for. */
export const cannot = (where: string, format: string, cause: string): AppError =>
  new AppError({
    code: 'model/unsupported',
    headline: `The network cannot be exported as ${format}`,
    where,
    cause,
    remedy: 'choose another format',
  });
