// What can be wrong with data, each as one sentence.
import { AppError } from '#shared/errors';

/** The file or folder cannot be used at all. */
export const badData = (
  what: 'none' | 'format' | 'damaged' | 'labels' | 'too-few' | 'too-large' | 'zip' | 'table' | 'npz',
  headline: string,
  where: string,
  cause?: string,
  remedy?: string,
): AppError => new AppError({ code: `data/${what}`, headline, where, cause, remedy });

/** Why one file of many was left out: the reason alone, since its name stands beside it. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.detail ?? error.headline;
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
