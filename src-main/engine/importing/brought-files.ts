// Copies that a window brought in to be looked at: a folder of an upload, or a download. They go when their import does; a file that a
// person pointed at by its own path is theirs and stays.
import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export interface BroughtFolders {
  /** An import's upload is a folder in here; single files in here are data of trainings, see datasets/left-uploads. */
  readonly uploads: string;
  readonly downloads: string;
}

export async function removeBrought(path: string, { uploads, downloads }: BroughtFolders): Promise<void> {
  const upload = partsBelow(uploads, path);
  const download = partsBelow(downloads, path);
  const [top] = download.length > 0 ? download : upload.length > 1 ? upload : [];
  if (top === undefined) return;
  await rm(join(download.length > 0 ? downloads : uploads, top), {
    ...{ recursive: true, force: true },
    // where an open file cannot be removed, its process needs a moment to end
    ...{ maxRetries: 5, retryDelay: 200 },
  });
}

/** The names from the folder down to the path; none where it lies elsewhere. */
export function partsBelow(folder: string, path: string): readonly string[] {
  const parts = relative(folder, path).split(sep);
  return parts.includes('..') || parts.includes('') || parts[0] === path ? [] : parts;
}
