// What the window may ask of the operating system. The preload offers it in the desktop app; a browser tab does the same by its own means.
import type { Undo } from './channel';
import type { Command } from './commands';
import type { EngineState } from './domain';

export interface PickedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FileFilter {
  readonly name: string;
  /** Without the dot. */
  readonly extensions: readonly string[];
}

/** The six calls of the preload, on `window.latentscape`. */
export interface HostBridge {
  /** Asks for a port to the engine; it arrives as a window message {source: 'latentscape-engine-port'} with the port. */
  requestEnginePort(): void;
  /** The native save dialog. Resolves with the file's own name, or null where the person changed their mind. */
  saveFile(suggestedName: string, bytes: Uint8Array): Promise<string | null>;
  /** The native open dialog. Empty where the person changed their mind. */
  openFiles(filter: FileFilter): Promise<readonly PickedFile[]>;
  /** Shows a folder in the system's file manager. */
  showFolder(folder: string): Promise<void>;
  /** Starts an engine that has been given up. */
  restartEngine(): Promise<void>;
  /** News from the main process: the engine's state, and menu commands. */
  onNews(listener: (news: HostNews) => void): Undo;
}

export type HostNews =
  | { readonly kind: 'engine'; readonly state: EngineState }
  | { readonly kind: 'command'; readonly command: Command };

/** WebSocket close codes of the browser face. */
export const CLOSE_ENGINE_CRASHED = 4001;
export const CLOSE_ENGINE_STOPPED = 4002;
export const CLOSE_TOO_SLOW = 4003;
