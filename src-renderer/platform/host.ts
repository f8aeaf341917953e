// What the page needs from the world around it. The desktop window and the browser tab each give their own; nothing else in the
// renderer asks where it runs.
import type { Channel, Undo } from '#shared/channel';
import type { EngineState } from '#shared/domain';
import type { Command } from '#shared/commands';
import type { FileFilter, PickedFile } from '#shared/host';

export interface Host {
  readonly kind: 'browser' | 'desktop';
  /** One attempt to reach the engine; resolves when it has said hello. The session tries again. */
  connect(): Promise<Channel>;
  /** News of the engine process, as the one who supervises it sees it. */
  onEngineState(listener: (state: EngineState) => void): Undo;
  /** Starts an engine that has been given up. */
  restartEngine(): Promise<void>;
  /** Resolves with the name of the file, or null where the person changed their mind. */
  saveFile(name: string, bytes: Uint8Array, mime: string): Promise<string | null>;
  openFiles(filter: FileFilter): Promise<readonly PickedFile[]>;
  /** Shows a folder in the file manager; a tab cannot, and copies where it is instead. */
  showFolder(folder: string): Promise<'shown' | 'copied'>;
  /** Commands of the native menu. */
  onCommand(listener: (command: Command) => void): Undo;
}
