// The desktop face: Electron's main process. It computes nothing.
import { join, resolve } from 'node:path';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { toWireError } from '#shared/errors';
import { startDesktop } from '#app/desktop';
import { writeAtomic } from '#engine/store/atomic';

const electron = {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  protocol,
  session,
  shell,
  utilityProcess,
};
const out = resolve(import.meta.dirname, '..');

startDesktop(electron, {
  places: {
    engineScript: join(out, 'main', 'engine.js'),
    trainerScript: join(out, 'main', 'trainer.js'),
    inspectorScript: join(out, 'main', 'inspector.js'),
    preload: join(out, 'preload', 'preload.cjs'),
    pageFolder: join(out, 'renderer'),
  },
  write: (path, bytes) => writeAtomic(path, bytes, { mode: 0o644 }),
}).catch((thrown: unknown) => {
  process.stderr.write(`${toWireError(thrown).sentence}\n`);
  app.exit(4);
});
