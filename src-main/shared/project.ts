// A project: everything a person made, in one file. What the window and the engine say to each other about it.
import type { Pictures } from './domain';
import type { ExportLayout } from './reproduce';

export const PROJECT_ENDING = 'latentscape';
/** The newest that is read and the only one that is written; older ones are read for ever. */
export const PROJECT_VERSION = 1;

/** A model that the project was made with, and enough of it to find it again. */
export interface ProjectModel {
  readonly id: string;
  readonly title: string;
  /** SHA-256 of the generator's file: the model itself, whatever it is called. */
  readonly generator: string;
  readonly licence: string;
  /** Where it came from. */
  readonly provenance: string;
}

/** What became of a model since: `elsewhere` is it under another id, `changed` is another model under its id. */
export type ModelStanding =
  | { readonly kind: 'there' }
  | { readonly kind: 'elsewhere'; readonly id: string }
  | { readonly kind: 'changed' }
  | { readonly kind: 'missing' };

export interface ProjectSummary {
  readonly id: string;
  /** Null for one that was never named. */
  readonly title: string | null;
  readonly revision: number;
  /** Milliseconds of the clock. */
  readonly savedAt: number;
  readonly models: readonly string[]; // their titles
  readonly cover: Pictures | null;
  /** A living process holds it. */
  readonly isOpen: boolean;
}

export interface ProjectList {
  /** The one that was saved last comes first. */
  readonly projects: readonly ProjectSummary[];
  readonly damaged: readonly { readonly id: string; readonly sentence: string }[];
}

/** Parts by their names, each a JSON text in UTF-8: `Kept.toJson` of the window. */
export type ProjectParts = Readonly<Record<string, Uint8Array>>;

export interface OpenedProject {
  readonly id: string;
  readonly title: string | null;
  readonly notes: string;
  readonly revision: number;
  readonly savedAt: number;
  readonly parts: ProjectParts;
  readonly models: readonly (ProjectModel & { readonly standing: ModelStanding })[];
  /** Why it is the state before the last that was opened; null for the last. */
  readonly recovered: string | null;
}

/** Who may save a project, as long as the call runs. */
export type HoldEvent =
  | { readonly kind: 'held'; readonly holder: string; readonly revision: number }
  /** Somebody else has it. */
  | { readonly kind: 'busy' }
  /** They have let it go; it is for a person to take it. */
  | { readonly kind: 'free' };

/** What the window shows at present, exactly: enough to make its pictures again without the window. */
export interface ShownPictures {
  readonly explore?: ShownPoint | undefined;
  readonly arithmetic?: ShownPoint | undefined;
  /** As walks are written to files. */
  readonly walk?: unknown;
}
export interface ShownPoint {
  readonly model: string;
  readonly z: readonly number[];
  readonly condition?: number | undefined;
  /** How its file is laid out, and the text in it. */
  readonly layout: ExportLayout;
}
