// A person's own pictures in a project: the latents that were found for them, and the small pictures themselves, pixel by pixel.
import { z } from 'zod';
import type { Encoded, Pictures } from '#shared/domain';
import { AppError } from '#shared/errors';
import { exactNumber } from '#shared/exact-number';
import { LIMITS, modelId } from '#shared/schema';
import type { Kept } from './kept';
import type { OwnPicture, OwnPictures } from './own-pictures.svelte';

const SIDE = 4096;
const side = z.number().int().min(1).max(SIDE);
const picture = z.object({
  width: side,
  height: side,
  channels: z.union([z.literal(1), z.literal(4)]),
  bytes: z.base64(),
});
const numbers = z.array(z.number()).min(1).max(LIMITS.latentSize);
const own = z.object({
  model: modelId,
  name: z.string().max(255),
  mu: numbers,
  logVar: numbers.nullable(),
  notes: z.array(z.string().max(1_000)).max(32),
  original: picture,
  reconstruction: picture,
});
const listSchema = z.array(own).max(1_000);

export class KeptPictures implements Kept {
  readonly key = 'pictures';
  readonly #own: OwnPictures;

  constructor(pictures: OwnPictures) {
    this.#own = pictures;
  }

  get edition(): unknown {
    return this.#own.all;
  }

  toJson(): unknown {
    const { all } = this.#own;
    return all.length === 0 ? null : all.map(ownToJson);
  }

  restore(value: unknown): void {
    if (value === null) return this.#own.replace([]);
    const parsed = listSchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw refused(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`);
    }
    this.#own.replace(parsed.data.map(ownFromJson));
  }
}

const texts = new WeakMap<OwnPicture, unknown>();
/** A list of pictures is saved again for every one that is added: what was written once is kept. */
function ownToJson(own: OwnPicture): unknown {
  const known = texts.get(own);
  if (known !== undefined) return known;
  const { mu, logVar, notes, original, reconstruction } = own.encoded;
  const made = {
    ...{ model: own.model, name: own.name, notes },
    mu: Array.from(mu, exactNumber),
    logVar: logVar === null ? null : Array.from(logVar, exactNumber),
    original: pictureToJson(original),
    reconstruction: pictureToJson(reconstruction),
  };
  texts.set(own, made);
  return made;
}

type Written = z.infer<typeof own>;

function ownFromJson({ model, name, mu, logVar, notes, ...pictures }: Written): Omit<OwnPicture, 'id'> {
  if (logVar !== null && logVar.length !== mu.length) throw refused('its latents have different sizes');
  const encoded: Encoded = {
    mu: Float32Array.from(mu),
    logVar: logVar === null ? null : Float32Array.from(logVar),
    original: pictureFromJson(pictures.original),
    reconstruction: pictureFromJson(pictures.reconstruction),
    notes,
  };
  return { model, name, encoded };
}

function pictureToJson({ width, height, rgba }: Pictures): Written['original'] {
  const pixels = rgba.subarray(0, width * height * 4);
  const isGrey = pixels.every((value, i) => (i % 4 === 3 ? value === 255 : value === pixels[i - (i % 4)]));
  const bytes = isGrey ? pixels.filter((_, i) => i % 4 === 0) : pixels;
  return { width, height, channels: isGrey ? 1 : 4, bytes: toBase64(bytes) };
}

function pictureFromJson({ width, height, channels, bytes: text }: Written['original']): Pictures {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (bytes.length !== width * height * channels) throw refused('a picture is not as large as it says');
  const rgba =
    channels === 4
      ? bytes
      : Uint8Array.from({ length: bytes.length * 4 }, (_, i) => (i % 4 === 3 ? 255 : bytes[i >> 2]!));
  return { count: 1, width, height, rgba };
}

const CHUNK = 0x2000;
function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

const refused = (cause: string): AppError =>
  new AppError({
    code: 'input/project',
    headline: 'Your own pictures in this project cannot be read',
    cause,
    remedy: 'open the project without them',
  });
