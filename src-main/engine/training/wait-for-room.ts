// A full disk ends no training: it waits with its state in memory, says so, and goes on when there is room or when it is told to.
import { AppError } from '#shared/errors';
import type { TrainEvent } from '#shared/training';
import { storeError } from '../store/store-errors';
import type { TrainControl } from './control';

const LOOK_MS = 5_000;

/** Saves, as soon as there is room for it. Any other failure, and one that a person does not want to wait for, is thrown. */
export type UntilThereIsRoom = <T>(save: () => Promise<T>) => Promise<T>;

export function untilThereIsRoom(
  folder: string,
  control: TrainControl,
  onEvent: (event: TrainEvent) => void,
): UntilThereIsRoom {
  return async (save) => {
    let waited = false;
    for (;;) {
      try {
        const saved = await save();
        if (waited) onEvent({ kind: 'resumed' });
        return saved;
      } catch (thrown) {
        const error = thrown instanceof AppError ? thrown : storeError(thrown, folder, undefined);
        if (error.code !== 'store/disk-full' || control.stopped) throw error;
        if (!waited) onEvent({ kind: 'paused', why: waiting(error) });
        waited = true;
        await control.changed(LOOK_MS);
      }
    }
  };
}

const waiting = ({ headline, detail, where }: AppError): string =>
  `${headline} (${where ?? ''}): ${detail ?? ''}. The training waits with its state in memory and goes on by itself when there is room.`;
