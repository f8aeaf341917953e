// The native menu. Its own entries are commands of the page, sent by name; the rest are Electron's roles.
import type { MenuItemConstructorOptions } from 'electron';
import { COMMANDS, type Command, type CommandInfo, type Keys, type KnownCommand } from '#shared/commands';
import type { ElectronParts } from './electron-parts';

export function menuTemplate(isMac: boolean, send: (command: Command) => void): MenuItemConstructorOptions[] {
  const items = (menu: CommandInfo['menu']): MenuItemConstructorOptions[] =>
    COMMANDS.filter((each: KnownCommand) => each.menu === menu).flatMap((each: KnownCommand) => {
      const accelerator = acceleratorOf(each);
      const item = { label: titled(each.name), click: () => send(each.id) };
      return [
        ...(each.apart === true ? [{ type: 'separator' } as const] : []),
        accelerator === null ? item : { ...item, accelerator },
      ];
    });
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [...items('file'), { type: 'separator' }, isMac ? { role: 'close' } : { role: 'quit' }],
    },
    { role: 'editMenu' },
    { label: '&Point', submenu: items('point') },
    { label: '&Go', submenu: items('go') },
    {
      label: '&View',
      submenu: [
        ...items('view'),
        { type: 'separator' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'help', submenu: items('help') },
  ];
}

/** The first that leaves typing alone: a letter by itself belongs to the page, which knows where the focus is. */
function acceleratorOf({ keys }: CommandInfo): string | null {
  const fit = keys.find(({ key, ctrl = false }) => ctrl || /^F\d+$/.test(key));
  return fit === undefined ? null : accelerator(fit);
}

const accelerator = ({ key, ctrl = false, shift = false }: Keys): string =>
  [
    ...(ctrl ? ['CmdOrCtrl'] : []),
    ...(shift ? ['Shift'] : []),
    key.length === 1 ? key.toUpperCase() : key,
  ].join('+');

/** "Save picture…" as menus write it: Save Picture…; a letter by itself is a letter, as in "Copy z". */
const SMALL: ReadonlySet<string> = new Set(['and', 'as', 'or', 'the', 'to']);
const titled = (name: string): string =>
  name.replace(/(?<=\s)\p{L}{2,}/gu, (word) =>
    SMALL.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1),
  );

export function setMenu({ Menu }: Pick<ElectronParts, 'Menu'>, send: (command: Command) => void): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform === 'darwin', send)));
}
