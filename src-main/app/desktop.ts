// The desktop face: one window over one engine process. Everything of Electron comes in as an argument.
import type { BrowserWindow } from 'electron';
import type { HostNews } from '#shared/host';
import { IPC } from '#shared/ipc';
import { openFiles, saveFile, type WriteFile } from './dialogs';
import type { ElectronParts } from './electron-parts';
import { ENGINE_SERVICE, forkUtility } from './fork-utility';
import { attachInspectors } from './inspector-host';
import { handleMessages } from './ipc';
import { setMenu } from './menu';
import { readPageFiles } from './page-files';
import { registerScheme, servePage } from './protocol';
import { Supervisor } from './supervisor';
import { createTrainerHost } from './trainer-host';
import { denyPermissions, openWindow } from './window';

export interface DesktopPlaces {
  readonly engineScript: string;
  readonly trainerScript: string;
  readonly inspectorScript: string;
  readonly preload: string;
  readonly pageFolder: string;
}

export interface DesktopOptions {
  readonly places: DesktopPlaces;
  readonly write: WriteFile;
}

/** Resolves when the window is open; with null where another Latentscape runs already and has been brought to the front. */
export async function startDesktop(
  electron: ElectronParts,
  { places, write }: DesktopOptions,
): Promise<{ readonly supervisor: Supervisor } | null> {
  const { app, BrowserWindow, session, utilityProcess } = electron;
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return null;
  }
  registerScheme(electron);
  const files = readPageFiles(places.pageFolder);
  await app.whenReady();
  servePage(electron, files);
  denyPermissions(session.defaultSession);

  let goneReason: string | null = null;
  app.on('child-process-gone', (_event, { type, name, reason }) => {
    if (type === 'Utility' && name === ENGINE_SERVICE) goneReason = REASONS[reason] ?? reason;
  });
  const trainers = createTrainerHost({
    fork: () => forkUtility(utilityProcess, places.trainerScript, () => null),
  });
  const supervisor = new Supervisor({
    fork() {
      goneReason = null;
      const engine = forkUtility(utilityProcess, places.engineScript, () => goneReason);
      trainers.attach(engine);
      attachInspectors(engine, () => forkUtility(utilityProcess, places.inspectorScript, () => null));
      return engine;
    },
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  const tell = (news: HostNews, windows = BrowserWindow.getAllWindows()): void =>
    windows.forEach((window) => window.webContents.send(IPC.news, news));
  supervisor.onState((state) => tell({ kind: 'engine', state }));

  handleMessages(electron, {
    connectEngine(port) {
      supervisor.connectPort(port).catch(() => port.close());
    },
    saveFile: (window, name, bytes) => saveFile(electron, window, write, name, bytes),
    openFiles: (window, filter) => openFiles(electron, window, filter),
    // shown among its neighbours, never opened: opening could run something
    showFolder: (folder) => electron.shell.showItemInFolder(folder),
    restartEngine: () => supervisor.start(),
  });
  setMenu(electron, (command) => tell({ kind: 'command', command }, focused(BrowserWindow)));

  const open = (): void => {
    const window = openWindow(electron, places.preload);
    // a page that is new, or new again, knows nothing yet
    window.webContents.on('did-finish-load', () =>
      tell({ kind: 'engine', state: supervisor.state }, [window]),
    );
  };
  app.on('second-instance', () => bringToFront(BrowserWindow.getAllWindows()[0]));
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  let ended = false;
  app.on('will-quit', (event) => {
    if (ended) return;
    event.preventDefault();
    void Promise.all([supervisor.stop(), trainers.stop()]).finally(() => {
      ended = true;
      app.quit();
    });
  });

  supervisor.start();
  open();
  return { supervisor };
}

/** Of Electron's reasons, the ones that people meet. */
const REASONS: Readonly<Record<string, string>> = {
  crashed: 'it crashed',
  killed: 'it was ended from outside',
  oom: 'it ran out of memory',
  'abnormal-exit': 'it ended with an error',
  'clean-exit': 'it ended by itself',
  'launch-failed': 'it could not be started',
};

function focused(windows: typeof BrowserWindow): BrowserWindow[] {
  const window = windows.getFocusedWindow();
  return window === null ? windows.getAllWindows() : [window];
}

function bringToFront(window: BrowserWindow | undefined): void {
  if (window === undefined) return;
  if (window.isMinimized()) window.restore();
  window.focus();
}
