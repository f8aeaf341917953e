// Names of the messages between the desktop window's preload and the main process. Nothing else crosses there.
import type { WireError } from './errors';

export const IPC = {
  /** preload -> main: this window wants a port to the engine. main -> preload: here it is. */
  enginePort: 'latentscape:engine-port',
  saveFile: 'latentscape:save-file',
  openFiles: 'latentscape:open-files',
  showFolder: 'latentscape:show-folder',
  restartEngine: 'latentscape:restart-engine',
  /** main -> preload: a HostNews. */
  news: 'latentscape:news',
} as const;

/** What every message that is answered is answered with. */
export type IpcAnswer = { readonly value: unknown } | { readonly error: WireError };
