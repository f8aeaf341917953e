// The bridge of the sandboxed window: six calls, each a message to the main process. No Electron object gets through.
import { contextBridge, ipcRenderer } from 'electron';
import type { HostBridge, HostNews, PickedFile } from '#shared/host';
import { IPC, type IpcAnswer } from '#shared/ipc';

const bridge: HostBridge = {
  requestEnginePort: () => ipcRenderer.send(IPC.enginePort),
  saveFile: (suggestedName, bytes) => ask<string | null>(IPC.saveFile, suggestedName, bytes),
  openFiles: (filter) => ask<readonly PickedFile[]>(IPC.openFiles, filter),
  showFolder: async (folder) => {
    await ask(IPC.showFolder, folder);
  },
  restartEngine: async () => {
    await ask(IPC.restartEngine);
  },
  onNews(listener) {
    const told = (_event: unknown, news: HostNews): void => listener(news);
    ipcRenderer.on(IPC.news, told);
    return () => void ipcRenderer.off(IPC.news, told);
  },
};

async function ask<Value>(channel: string, ...args: readonly unknown[]): Promise<Value> {
  const answer = (await ipcRenderer.invoke(channel, ...args)) as IpcAnswer;
  if ('error' in answer) throw new Error(answer.error.sentence);
  return answer.value as Value;
}

contextBridge.exposeInMainWorld('latentscape', bridge);

// a port cannot cross the bridge; it goes to the page as a window message
ipcRenderer.on(IPC.enginePort, (event) => {
  window.postMessage({ source: 'latentscape-engine-port' }, window.location.origin, [...event.ports]);
});
