// The words of the corpus of malformed files: a format has a valid base, recipes that are each wrong in one known place, and as many mutants
// as one likes. All of it follows from names and seeds, so that a case can be made again from its id alone.

export type Files = ReadonlyMap<string, Uint8Array>;

/** A valid small model. */
export interface Base {
  /** What mutants are made of: the files inside, where the format is an archive or bears checksums. */
  readonly parts: Files;
  /** From parts to what lies on disk. */
  readonly seal: (parts: Files) => Files | Promise<Files>;
  /** What a person points at; '' for the folder itself. */
  readonly open: string;
}

/** What must become of a case. `either`: both a model and a sentence are right, and everything else is wrong. */
export type Verdict = 'refused' | 'opened' | 'either';

export interface Recipe {
  readonly name: string;
  readonly verdict: Verdict;
  readonly files: () => Files | Promise<Files>;
  readonly open?: string;
  /** What no list of files can say: links, pipes, sparse files. `outside` is a folder beside that holds the canary. */
  readonly arrange?: (folder: string, outside: string) => Promise<void>;
}

export interface Format {
  readonly name: string;
  /** `model`: through the import, as a stranger's model goes; `picture`, `project`: through their readers. */
  readonly way: 'model' | 'picture' | 'project';
  /**
   * How many times its bytes a refused file may take in memory. 3 where bytes stay bytes: read, unpacked, looked at. A byte of JSON takes some
   * twenty once it is parsed ("[]," is an object of 16 bytes and a place to hold it), and is parsed by whoever asks whether it is theirs.
   */
  readonly memory: number;
  readonly base: () => Promise<Base>;
  readonly recipes: (base: Base) => readonly Recipe[] | Promise<readonly Recipe[]>;
}

export const CANARY = 'canary.bin';
/** A pipe that nobody writes into: whoever opens it for reading waits for ever. */
export const PIPE = 'pipe.bin';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const json = (value: unknown): Uint8Array => text(JSON.stringify(value));
export const filesOf = (files: Readonly<Record<string, Uint8Array | string>>): Files =>
  new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? text(content) : content,
    ]),
  );

export function partOf(files: Files, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new Error(`the base has no ${path}`);
  return bytes;
}

/** Recipes from a table of name -> content of the base's main file. */
export const recipesOf = (
  table: Readonly<Record<string, () => Files | Promise<Files>>>,
  verdict: Verdict = 'refused',
): readonly Recipe[] => Object.entries(table).map(([name, files]) => ({ name, verdict, files }));
