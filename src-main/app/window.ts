// The window: a page in a sandbox, that goes nowhere, opens nothing and is permitted nothing.
import type { BrowserWindow, BrowserWindowConstructorOptions, Session, WebContents } from 'electron';
import type { ElectronParts } from './electron-parts';
import { isOurPage, PAGE_ORIGIN, PAGE_URL } from './protocol';

export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 820,
    minWidth: 480,
    minHeight: 480,
    show: false, // until it has something to show
    backgroundColor: '#16181d',
    title: 'Latentscape',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}

type WindowParts = Pick<ElectronParts, 'BrowserWindow' | 'shell'>;

export function openWindow({ BrowserWindow, shell }: WindowParts, preload: string): BrowserWindow {
  const window = new BrowserWindow(windowOptions(preload));
  confine(window.webContents, (url) => void shell.openExternal(url));
  window.once('ready-to-show', () => window.show());
  // the page died, the engine did not: what it knows is still there
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit' && !window.isDestroyed()) window.webContents.reload();
  });
  void window.loadURL(PAGE_URL);
  return window;
}

/** Links to the web open in the person's own browser, and only by https; everything else goes nowhere. */
function confine(contents: WebContents, openOutside: (url: string) => void): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isHttps(url)) openOutside(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (details) => {
    if (!isOurPage(details.url)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => details.preventDefault());
  contents.on('will-frame-navigate', (details) => {
    if (!details.isMainFrame || !isOurPage(details.url)) details.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

export function isHttps(url: string): boolean {
  try {
    const { protocol, username, password } = new URL(url);
    return protocol === 'https:' && username === '' && password === '';
  } catch {
    return false;
  }
}

/** Camera, position, notifications, USB, …: none. Copying to the clipboard needs a click and is ours. */
export function denyPermissions(session: Session): void {
  const isOurs = (permission: string): boolean => permission === 'clipboard-sanitized-write';
  session.setPermissionRequestHandler((contents, permission, callback) =>
    callback(isOurs(permission) && isOurPage(contents.getURL())),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => isOurs(permission) && origin === PAGE_ORIGIN,
  );
  session.setDevicePermissionHandler(() => false);
}
