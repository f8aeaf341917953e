// Files in a browser tab: a download to save, the browser's own picker to open.
import type { FileFilter, PickedFile } from '#shared/host';

/** How long the browser may take to start a download before its address is given back. */
const DOWNLOAD_MS = 30_000;

export function saveAsDownload(name: string, bytes: Uint8Array, mime: string): Promise<string | null> {
  const address = URL.createObjectURL(new Blob([bytes.slice()], { type: mime }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), DOWNLOAD_MS);
  return Promise.resolve(name);
}

export function pickFiles(filter: FileFilter): Promise<readonly PickedFile[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    // data files often have no extension at all
    if (!filter.extensions.includes('*')) {
      input.accept = filter.extensions.map((extension) => `.${extension}`).join(',');
    }
    input.addEventListener('cancel', () => resolve([]));
    input.addEventListener('change', () => {
      void Promise.all([...(input.files ?? [])].map(readPicked)).then(resolve);
    });
    input.click();
  });
}

const readPicked = async (file: File): Promise<PickedFile> => ({
  name: file.name,
  bytes: new Uint8Array(await file.arrayBuffer()),
});
