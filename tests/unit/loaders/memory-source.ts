/** Files in memory, as a loader sees them. */
import { AppError } from '#shared/errors';
import type { Source } from '#engine/loaders/source';

export function memorySource(
  content: Readonly<Record<string, Uint8Array | string>>,
  entry: string | null = null,
): Source {
  const files = Object.entries(content).map(([path, data]) => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const read = (limit: number): Promise<Uint8Array> =>
      bytes.length <= limit
        ? Promise.resolve(bytes)
        : Promise.reject(new AppError({ code: 'model/damaged', headline: 'Too long', where: path }));
    const head = (count: number): Promise<Uint8Array> => Promise.resolve(bytes.subarray(0, count));
    return [path, { path, size: bytes.length, head, read }] as const;
  });
  return { name: 'memory', entry, files: new Map(files), skipped: [], close: () => Promise.resolve() };
}

/** The sentence, its code first; or 'ok'. Anything that is no AppError is a fault of ours and fails the test. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
}
