// Something a person made that outlives the window: a part of the project.

export interface Kept {
  /** Its name in the project file. */
  readonly key: string;
  /** Made of everything that an edit changes: an effect that reads it follows the edits, and saves them. */
  readonly edition: unknown;
  /** Plain JSON; null where there is nothing to keep. */
  toJson(): unknown;
  /** null: begins anew. @throws AppError in one sentence, and then nothing has changed. */
  restore(value: unknown): void;
}
