// What a place of the window offers to whatever stands around it: keys, menus, the bar, the list of steps.
import type { Command } from '#shared/commands';
import type { LatentVector } from '#shared/domain';
import type { RoomClipboard } from './clipboard';

export type { Command, Place } from '#shared/commands';

/** A step of a history, as its list shows it. */
export interface Step {
  readonly id: number;
  readonly label: string;
  /** 0 on the way that undo and redo walk. */
  readonly lane: number;
  /** Its picture is decoded from this; null where it has none. */
  readonly z: LatentVector | null;
}

/** A place with a history of its own. */
export interface Room {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** Newest first. */
  readonly steps: readonly Step[];
  readonly currentStep: number;
  undo(): void;
  redo(): void;
  goToStep(id: number): void;
  /** Commands that mean something of their own here; all others mean the window, or the point of Explore. */
  readonly commands: Readonly<Partial<Record<Command, () => void>>>;
  /** What copy and paste mean here; where there is none, they mean the point of Explore. */
  readonly clipboard: RoomClipboard | null;
}

/** What undo, redo and the list of steps need of a history. */
interface Stepping<Spec> {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly current: number;
  readonly rows: readonly {
    readonly entry: { readonly id: number; readonly label: string; readonly spec: Spec };
    readonly lane: number;
  }[];
}

/** A room over a history that may be another one when another model is open. */
export function roomOver<Spec>(
  history: () => Stepping<Spec>,
  zOf: (spec: Spec) => LatentVector | null,
  does: Pick<Room, 'undo' | 'redo' | 'goToStep'>,
  commands: Room['commands'] = {},
  clipboard: RoomClipboard | null = null,
): Room {
  return {
    get canUndo() {
      return history().canUndo;
    },
    get canRedo() {
      return history().canRedo;
    },
    get currentStep() {
      return history().current;
    },
    get steps() {
      return history().rows.map(({ entry, lane }) => ({
        id: entry.id,
        label: entry.label,
        lane,
        z: zOf(entry.spec),
      }));
    },
    undo: () => does.undo(),
    redo: () => does.redo(),
    goToStep: (id) => does.goToStep(id),
    commands: { undo: () => does.undo(), redo: () => does.redo(), ...commands },
    clipboard,
  };
}
