// The native menu. Its own entries are commands of the page, sent by name; the rest are Electron's roles.
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '#shared/host';
import type { ElectronParts } from './electron-parts';

type Entry = readonly [label: string, command: MenuCommand, accelerator?: string] | null;

const FILE: readonly Entry[] = [
  ['Open Picture…', 'open-picture', 'CmdOrCtrl+O'],
  ['Attach Data…', 'attach-data'],
  null,
  ['Save Picture…', 'save-picture', 'CmdOrCtrl+S'],
  ['Save Grid…', 'save-grid', 'CmdOrCtrl+Shift+S'],
];
const POINT: readonly Entry[] = [
  ['Copy z', 'copy-latent', 'CmdOrCtrl+Shift+C'],
  ['Paste z', 'paste-latent', 'CmdOrCtrl+Shift+V'],
  null,
  ['Random', 'random', 'CmdOrCtrl+R'],
  ['Reset', 'reset', 'CmdOrCtrl+0'],
];

export function menuTemplate(
  isMac: boolean,
  send: (command: MenuCommand) => void,
): MenuItemConstructorOptions[] {
  const items = (entries: readonly Entry[]): MenuItemConstructorOptions[] =>
    entries.map((entry) => {
      if (entry === null) return { type: 'separator' };
      const [label, command, accelerator] = entry;
      return { label, click: () => send(command), ...(accelerator === undefined ? {} : { accelerator }) };
    });
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [...items(FILE), { type: 'separator' }, isMac ? { role: 'close' } : { role: 'quit' }],
    },
    { role: 'editMenu' },
    { label: '&Point', submenu: items(POINT) },
    {
      label: '&View',
      submenu: [
        ...items([['Dark or Light', 'toggle-theme']]),
        { type: 'separator' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'help', submenu: items([['Keys and Gestures', 'show-help', 'F1']]) },
  ];
}

export function setMenu({ Menu }: Pick<ElectronParts, 'Menu'>, send: (command: MenuCommand) => void): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform === 'darwin', send)));
}
