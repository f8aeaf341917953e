// The last pictures of every run, kept in its folder: they are there when the engine is started again, and for runs that have ended. While
// a run makes new ones all the time they are written every so often, and at once when it rests.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeFrame, encodeFrame } from '#shared/codec';
import type { Wire } from '#shared/channel';
import type { Pictures } from '#shared/domain';
import type { Preview } from '#shared/training';
import { writeAtomic } from '../store/atomic';

export interface KeptPreviews {
  put(id: string, preview: Preview): void;
  /** What it made last; null where nothing is kept. */
  get(id: string): Promise<Preview | null>;
  /** Writes what is not written yet. */
  rest(id: string): Promise<void>;
  forget(id: string): void;
}

const WRITE_MS = 10_000;
const VERSION = 1;

interface Kept {
  readonly preview: Preview;
  writtenAt: number;
  isWritten: boolean;
}

/** `now` in milliseconds from anywhere. */
export function createKeptPreviews(folderOf: (id: string) => string, now: () => number): KeptPreviews {
  const all = new Map<string, Kept>();
  const writing = new Map<string, Promise<void>>();
  const pathOf = (id: string): string => join(folderOf(id), 'preview.bin');

  /** One after another: an older preview never comes after a newer one. What cannot be written is written with the next. */
  function write(id: string, kept: Kept): Promise<void> {
    kept.writtenAt = now();
    kept.isWritten = true;
    const frame = encodeFrame({ formatVersion: VERSION, preview: kept.preview as unknown as Wire });
    const after = (writing.get(id) ?? Promise.resolve())
      .then(() => writeAtomic(pathOf(id), frame))
      .then(
        () => undefined,
        () => void (kept.isWritten = false),
      );
    writing.set(id, after);
    return after;
  }

  return {
    put(id, preview) {
      const before = all.get(id);
      const kept: Kept = { preview, writtenAt: before?.writtenAt ?? -Infinity, isWritten: false };
      all.set(id, kept);
      if (now() - kept.writtenAt >= WRITE_MS) void write(id, kept);
    },
    async get(id) {
      return all.get(id)?.preview ?? (await readPreview(pathOf(id)));
    },
    async rest(id) {
      const kept = all.get(id);
      if (kept !== undefined && !kept.isWritten) await write(id, kept);
      else await writing.get(id);
    },
    forget(id) {
      all.delete(id);
      writing.delete(id);
    },
  };
}

const pictures: z.ZodType<Pictures> = z
  .object({
    count: z.number().int().min(0),
    width: z.number().int().min(1),
    height: z.number().int().min(1),
    rgba: z.instanceof(Uint8Array),
  })
  .refine(({ count, width, height, rgba }) => rgba.length === 4 * count * width * height);

const shares = z.array(z.number());
const previewSchema: z.ZodType<Preview> = z.object({
  step: z.number().int().min(0),
  samples: pictures.nullable(),
  columns: z.number().int().min(1),
  columnNames: z.array(z.string()),
  coverage: z
    .object({
      kind: z.enum(['modes', 'classes']),
      names: z.array(z.string()),
      made: shares,
      data: shares,
      covered: z.number(),
      near: z.number().nullable(),
      accuracy: z.number().nullable(),
      isBelievable: z.boolean(),
      agreement: z.number().nullable(),
    })
    .nullable(),
  spread: z.number().nullable(),
  reconstructions: pictures.nullable(),
  codes: z
    .object({
      mu: z.instanceof(Float32Array),
      size: z.number().int().min(1),
      labels: z.instanceof(Uint8Array).nullable(),
    })
    .nullable(),
  manifold: pictures.nullable(),
  points: z.instanceof(Float32Array).nullable(),
});
const fileSchema = z.object({ formatVersion: z.literal(VERSION), preview: previewSchema });

/** Null where there is none, or one that cannot be read: the window says that the pictures are not kept. */
async function readPreview(path: string): Promise<Preview | null> {
  try {
    return fileSchema.parse(decodeFrame(await readFile(path))).preview;
  } catch {
    return null;
  }
}
