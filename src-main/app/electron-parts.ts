// The parts of Electron that the desktop shell uses, handed in by entry/app.ts. Nothing here imports Electron when it runs, so the
// whole shell can be driven by a double where Electron's binary is not there.
import type * as Electron from 'electron';

export interface ElectronParts {
  readonly app: Electron.App;
  readonly BrowserWindow: typeof Electron.BrowserWindow;
  readonly Menu: typeof Electron.Menu;
  readonly MessageChannelMain: typeof Electron.MessageChannelMain;
  readonly dialog: Electron.Dialog;
  readonly ipcMain: Electron.IpcMain;
  readonly protocol: Electron.Protocol;
  readonly session: typeof Electron.session;
  readonly shell: Electron.Shell;
  readonly utilityProcess: typeof Electron.utilityProcess;
}
