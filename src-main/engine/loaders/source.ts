/**
 * What a person pointed at, seen as files by name: a folder, a file among its neighbours, or a zip. Whoever reads it can
 * name only what is listed; links, devices and pipes are not followed and not listed.
 */
export interface SourceFile {
  /** Relative, '/' between folders, no '..'. */
  readonly path: string;
  readonly size: number;
  /** The first bytes, to recognise it by; fewer where the file is shorter. */
  readonly head: (count: number) => Promise<Uint8Array>;
  /** @throws AppError where it is larger than `limit`, or changed since it was listed. */
  readonly read: (limit: number) => Promise<Uint8Array>;
}

export interface Source {
  /** What to call it: the file's or folder's own name. */
  readonly name: string;
  /** The file that was pointed at, where it was one; its neighbours are listed too, because a model may be several files. */
  readonly entry: string | null;
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What was there and is not listed, each with the reason; for people. */
  readonly skipped: readonly string[];
  readonly close: () => Promise<void>;
}
