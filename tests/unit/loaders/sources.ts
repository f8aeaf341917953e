/** Sources in memory, for tests of loaders. */
import type { Source, SourceFile } from '#engine/loaders/source';

export function memorySource(
  files: Readonly<Record<string, Uint8Array | string>>,
  entry: string | null = null,
): Source {
  const listed = Object.entries(files).map(([path, content]): [string, SourceFile] => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return [
      path,
      {
        path,
        size: bytes.byteLength,
        head: (count) => Promise.resolve(bytes.slice(0, count)),
        read: (limit) =>
          bytes.byteLength > limit
            ? Promise.reject(new Error(`${path} is longer than ${limit}`))
            : Promise.resolve(bytes.slice()),
      },
    ];
  });
  return { name: 'test', entry, files: new Map(listed), skipped: [], close: () => Promise.resolve() };
}
