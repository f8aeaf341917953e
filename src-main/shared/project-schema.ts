// A project at the border: ids, parts, and the JSON that says what is in the file.
import { z } from 'zod';
import { PROJECT_VERSION } from './project';
import { LIMITS, bytes, modelId } from './schema';

export const projectId = z.string().regex(/^[a-z0-9]{12,32}$/, 'is not a project');
export const partName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'is not the name of a part');
/** A title stands on one line, whatever turns or moves text is left out. */
export const projectTitle = z
  .string()
  .min(1)
  .max(LIMITS.projectTitle)
  .regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'holds a control character');
export const projectNotes = z.string().max(LIMITS.projectNotes);
export const projectParts = z
  .record(partName, bytes)
  .refine((parts) => Object.keys(parts).length <= LIMITS.projectParts, 'has too many parts')
  .refine(
    (parts) => sizeOf(parts) <= LIMITS.projectBytes,
    `is more than the ${LIMITS.projectBytes / 2 ** 20} MB that a project keeps: start a new one for what comes next`,
  );

const sizeOf = (parts: Readonly<Record<string, Uint8Array>>): number =>
  Object.values(parts).reduce((sum, part) => sum + part.byteLength, 0);

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256');
const label = (max: number) => z.string().max(max);

/** project.json. Fields that are not known are left out: a version that must not lose them has another number. */
export const projectAbout = z.object({
  format: z.literal(`latentscape-project/${PROJECT_VERSION}`),
  app: label(64),
  id: projectId,
  title: projectTitle.nullable(),
  notes: projectNotes,
  revision: z.number().int().min(0),
  savedAt: z.number().int().min(0).max(8.64e15),
  models: z
    .array(
      z.object({
        id: modelId,
        title: label(400),
        generator: sha256,
        licence: label(400),
        provenance: label(4_000),
      }),
    )
    .max(LIMITS.projectModels),
  /** SHA-256 of every other file of the project itself. */
  files: z.record(z.string().max(64), sha256),
});
export type ProjectAbout = z.infer<typeof projectAbout>;

const shownPoint = z.object({
  model: modelId,
  z: z.array(z.number()).min(1).max(LIMITS.latentSize),
  condition: z.number().int().min(0).optional(),
  layout: z.object({
    columns: z.number().int().min(1).max(64),
    gap: z.number().int().min(0).max(64),
    scale: z.number().int().min(1).max(64),
    text: z.record(z.string().max(79), z.string().max(65_536)),
  }),
});
/** The part "shown". */
export const shownPictures = z.object({
  explore: shownPoint.optional(),
  arithmetic: shownPoint.optional(),
  walk: z.unknown().optional(),
});
