/** What a model pack says of itself: the shape of manifest.json, checked once when it is read. */
import { z } from 'zod';
import { attributeSchema, directionSchema } from '#shared/attribute-schema';
import { LABEL_SOURCES } from '#shared/attributes';
import { AppError } from '#shared/errors';
import { encoderContract, fixedInput } from '#shared/import-schema';
import { PICTURE_LAYOUTS } from '#shared/importing';
import { LIMITS } from '#shared/schema';
import { NETWORK_FORMATS } from './network-formats';
import {
  MAX_CLASSES,
  MAX_LABELLED,
  MAX_LATENT_SIZE,
  MAX_MANIFEST_BYTES,
  MAX_PACK_FILES,
  MAX_PICTURE_SIDE_OUT,
} from './store/limits';
import { isJsonObject, parseStrictJson } from './store/strict-json';

export const FORMAT_VERSION = 1;

/** A bare name: no folders, nothing that a shell or a file system reads in its own way. */
export const FILE_NAME = /^[A-Za-z0-9._-]{1,128}$/;
export const PACK_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** Of what pictures the codes of a pack are, where the data had no test set. */
const OTHER_CODES = ['held-out pictures', 'training pictures'] as const;
export type CodesOf = (typeof OTHER_CODES)[number];

const fileName = z
  .string()
  .regex(FILE_NAME, 'is not a bare file name')
  .refine((name) => !/^\.+$/.test(name), 'is not a bare file name');
const text = (max: number) => z.string().min(1).max(max);
const side = z.int().min(1).max(MAX_PICTURE_SIDE_OUT);
const finite = z.number();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in small hexadecimal digits');

const prior = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('normal') }),
  z
    .object({ kind: z.literal('uniform'), low: finite, high: finite })
    .refine(({ low, high }) => low < high, 'low is not below high'),
]);

const portName = text(512);

const networkFile = z.object({ file: fileName, format: z.enum(NETWORK_FORMATS) });

/**
 * What goes into which input, and which output is the picture. Absent where there is nothing to say: the network's only
 * input takes z, with the class one-hot after it, and its first output is the picture, as many at once as one likes.
 */
const generatorPorts = z.object({
  latent: portName,
  batch: encoderContract.shape.batch,
  condition: z.object({ input: portName, encoding: z.enum(['one-hot', 'index']) }).optional(),
  fixed: z.array(fixedInput).max(256),
  picture: portName,
});

export const manifestSchema = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  id: z.string().regex(PACK_ID, 'must be small letters, digits and hyphens'),
  title: text(200),
  family: text(40),
  /** z -> picture, values in `output.range`. */
  generator: networkFile.extend({ ports: generatorPorts.optional() }),
  /** Picture -> mu and logVar. Without `ports`: two outputs of `latent.size`, or one of twice that, mu first. */
  encoder: networkFile
    .extend({
      ports: encoderContract.optional(),
      logVarRange: z.tuple([finite, finite]).optional(),
    })
    .optional(),
  /** `shape` of a spatial latent, whose z is flattened row by row; without it [size]. */
  latent: z
    .object({
      size: z.int().min(1).max(MAX_LATENT_SIZE),
      shape: z.array(z.int().min(1)).min(1).max(6).optional(),
      prior,
    })
    .refine(
      ({ size, shape = [size] }) => shape.reduce((total, sides) => total * sides, 1) === size,
      'the shape of the latent is not that of its size',
    ),
  condition: z
    .object({
      kind: text(40),
      size: z.int().min(1).max(MAX_CLASSES),
      names: z.array(z.string().max(200)).max(MAX_CLASSES),
    })
    .optional(),
  output: z.object({
    height: side,
    width: side,
    channels: z.union([z.literal(1), z.literal(3), z.literal(4)]),
    /** The values of black and white. */
    range: z.tuple([finite, finite]).refine(([black, white]) => black < white, 'black is not below white'),
    layout: z.enum(PICTURE_LAYOUTS),
  }),
  /** What its pictures are labelled with, in words. */
  attributes: z.array(attributeSchema).min(1).max(LIMITS.attributes).optional(),
  /**
   * Where the labels are: `attributes` [count, attributes] beside the `mu` of the codes of data, or beside the `seed`s of samples that a
   * judge looked at. `by` names the data, or the judge.
   */
  labels: z
    .object({
      file: fileName,
      count: z.int().min(1).max(MAX_LABELLED),
      source: z.enum(LABEL_SOURCES),
      by: text(200),
      /** So many of the last rows are of pictures that the data holds out: directions are judged on them. */
      heldOut: z.int().min(0).max(MAX_LABELLED).optional(),
      /** Error of a reconstruction (mean square, values 0 to 1) that 99 of 100 of these pictures stay below. */
      likeness: finite.positive().optional(),
    })
    .optional(),
  /** Sliders, with how they were found and how well they work. */
  directions: z.array(directionSchema).max(LIMITS.directions).optional(),
  training: z
    .object({
      data: text(200),
      config: z.record(z.string(), z.json()),
      seed: z.int(),
      /** Measured figures by name, e.g. elbo, iwae50 (nats per picture). */
      metrics: z.record(z.string(), finite),
      testSet: z
        .object({
          count: z.int().min(1),
          imagesSha256: sha256,
          classNames: z.array(z.string().max(200)).max(MAX_CLASSES),
        })
        .optional(),
    })
    .optional(),
  /**
   * Encoded pictures: mu [count, latent] and label [count]. Of the data's own test set, whose classes `training` names; where it has none,
   * `of` what else and with the names of its classes.
   */
  codes: z
    .object({
      file: fileName,
      count: z.int().min(1),
      of: z.enum(OTHER_CODES).optional(),
      classNames: z.array(z.string().max(200)).max(MAX_CLASSES).optional(),
    })
    .optional(),
  golden: fileName.optional(),
  card: fileName.optional(),
  licence: text(200),
  provenance: text(2_000),
  /** The file that it was imported from; the hash tells that it is here already. */
  source: z.object({ name: text(255), format: text(40), sha256, producer: text(200).optional() }).optional(),
  /** Every file of the pack but this one, with its SHA-256. */
  files: z
    .record(fileName, sha256)
    .refine((files) => Object.keys(files).length <= MAX_PACK_FILES, `more than ${MAX_PACK_FILES} files`),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function parseManifest(bytes: Uint8Array, where: string): Manifest {
  const json = parseStrictJson(bytes, { code: 'pack/manifest', where, maxBytes: MAX_MANIFEST_BYTES });
  // Asked first: what a newer version means by its keys cannot be judged here.
  if (
    isJsonObject(json) &&
    typeof json['formatVersion'] === 'number' &&
    json['formatVersion'] > FORMAT_VERSION
  ) {
    throw new AppError({
      code: 'pack/newer',
      headline: 'The model pack was made by a newer version of Latentscape',
      where,
      cause: `its format is ${json['formatVersion']}, and up to ${FORMAT_VERSION} is read`,
      remedy: 'update Latentscape; the pack is left as it is',
    });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw invalid(where, sentenceOf(parsed.error));
  const missing = referencedFiles(parsed.data).find((name) => !Object.hasOwn(parsed.data.files, name));
  if (missing !== undefined) throw invalid(where, `${missing} is used and is not listed under files`);
  return parsed.data;
}

/** Names of the classes that the encoded pictures have; undefined where nobody named any. */
export const classesOf = ({
  codes,
  training,
}: Pick<Manifest, 'codes' | 'training'>): readonly string[] | undefined =>
  codes?.classNames ?? training?.testSet?.classNames;

function referencedFiles({ generator, encoder, codes, labels, golden, card }: Manifest): readonly string[] {
  return [generator.file, encoder?.file, codes?.file, labels?.file, golden, card].filter(
    (name) => name !== undefined,
  );
}

function sentenceOf(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.map(String).join('.') ?? '';
  return `${place === '' ? 'the manifest' : `"${place.slice(0, 120)}"`}: ${/received undefined/.test(issue?.message ?? '') ? 'it is missing' : (issue?.message ?? 'is wrong')}`;
}

function invalid(where: string, cause: string): AppError {
  return new AppError({
    code: 'pack/manifest',
    headline: 'The manifest of the model pack is wrong',
    where,
    cause,
    remedy: 'correct the manifest, or get the pack again',
  });
}
