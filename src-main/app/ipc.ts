// What the main process does for the page. Each message is taken only from our own page in the window's top frame, and only if its
// values are what they must be: a page that was taken over must not find a deputy here.
import { isAbsolute } from 'node:path';
import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import { AppError, toWireError } from '#shared/errors';
import type { FileFilter, PickedFile } from '#shared/host';
import { IPC, type IpcAnswer } from '#shared/ipc';
import { LIMITS, fileBytes, fileName, parserOf } from '#shared/schema';
import type { ElectronParts } from './electron-parts';
import { isOurPage } from './protocol';

export interface HostActions {
  readonly connectEngine: (port: Electron.MessagePortMain) => void;
  readonly saveFile: (window: BrowserWindow, name: string, bytes: Uint8Array) => Promise<string | null>;
  readonly openFiles: (window: BrowserWindow, filter: FileFilter) => Promise<readonly PickedFile[]>;
  readonly showFolder: (folder: string) => void;
  readonly restartEngine: () => void;
}

const parseSave = parserOf(z.tuple([fileName, fileBytes(LIMITS.dataBytes)]));
const parseOpen = parserOf(
  z.tuple([
    z.strictObject({
      name: z.string().min(1).max(80),
      extensions: z.array(z.string().regex(/^[a-z0-9]{1,12}$/)).max(32),
    }),
  ]),
);
const parseFolder = parserOf(
  z.tuple([z.string().min(1).max(4096).refine(isAbsolute, 'is not a whole path')]),
);
const parseNothing = parserOf(z.tuple([]));

type IpcParts = Pick<ElectronParts, 'ipcMain' | 'BrowserWindow' | 'MessageChannelMain'>;

export function handleMessages(
  { ipcMain, BrowserWindow, MessageChannelMain }: IpcParts,
  actions: HostActions,
): void {
  /** Throws where the message is not from our page. */
  function windowOf(event: IpcMainEvent | IpcMainInvokeEvent): BrowserWindow {
    const { senderFrame } = event;
    const window = senderFrame?.parent === null ? BrowserWindow.fromWebContents(event.sender) : null;
    if (window === null || senderFrame === null || !isOurPage(senderFrame.url)) throw notOurPage();
    return window;
  }

  function handle<Args extends readonly unknown[]>(
    channel: string,
    parse: (args: unknown) => Args,
    answer: (window: BrowserWindow, ...args: Args) => unknown,
  ): void {
    ipcMain.handle(channel, async (event, ...args: unknown[]): Promise<IpcAnswer> => {
      try {
        return { value: await answer(windowOf(event), ...parse(args)) };
      } catch (thrown) {
        // as a value: a thrown error would reach the page wrapped in words of Electron's own
        return { error: toWireError(thrown) };
      }
    });
  }

  handle(IPC.saveFile, parseSave, (window, name, bytes) => actions.saveFile(window, name, bytes));
  handle(IPC.openFiles, parseOpen, (window, filter) => actions.openFiles(window, filter));
  handle(IPC.showFolder, parseFolder, (_window, folder) => actions.showFolder(folder));
  handle(IPC.restartEngine, parseNothing, () => actions.restartEngine());
  ipcMain.on(IPC.enginePort, (event) => {
    try {
      windowOf(event);
    } catch {
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    actions.connectEngine(port1);
    event.senderFrame?.postMessage(IPC.enginePort, null, [port2]);
  });
}

const notOurPage = (): AppError =>
  new AppError({ code: 'usage/sender', headline: 'This page may not ask for that' });
