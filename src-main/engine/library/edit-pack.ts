/**
 * Changes the words of a pack and none of its networks. The manifest is one file and is replaced in one step; a new card
 * is written beside the old one first, so that a crash in between leaves the old manifest with its old card.
 */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#shared/errors';
import { classesOf, parseManifest, type Manifest } from '../manifest';
import { MANIFEST_FILE, type Pack } from '../pack';
import { writeAtomic } from '../store/atomic';

export interface CardWords {
  readonly card: string;
  readonly licence: string;
  readonly provenance: string;
  /** Names of the classes, in their order. Left as they are where not given. */
  readonly classNames?: readonly string[] | undefined;
}

export async function writeTitle(pack: Pack, title: string): Promise<void> {
  await writeManifest(pack, { ...pack.manifest, title });
}

export async function writeCard(pack: Pack, words: CardWords): Promise<void> {
  const { card: oldCard, ...rest } = pack.manifest;
  const text = new TextEncoder().encode(words.card);
  const name = freeName(pack.manifest);
  const others = Object.entries(rest.files).filter(([file]) => file !== oldCard);
  const files = Object.fromEntries(
    text.length > 0 ? [...others, [name, createHash('sha256').update(text).digest('hex')]] : others,
  );
  const manifest: Manifest = {
    ...withClassNames(rest, words.classNames),
    licence: words.licence,
    provenance: words.provenance,
    files,
    ...(text.length > 0 ? { card: name } : {}),
  };
  const json = checked(pack, manifest);
  if (text.length > 0) await writeAtomic(join(pack.folder, name), text, { mode: 0o644 });
  await writeAtomic(join(pack.folder, MANIFEST_FILE), json, { mode: 0o644 });
  // What is left over where this fails is listed nowhere and is not read.
  if (oldCard !== undefined) await unlink(join(pack.folder, oldCard)).catch(() => undefined);
}

async function writeManifest(pack: Pack, manifest: Manifest): Promise<void> {
  await writeAtomic(join(pack.folder, MANIFEST_FILE), checked(pack, manifest), { mode: 0o644 });
}

/** The manifest as a file; what could not be read back is not written. */
function checked({ folder }: Pack, manifest: Manifest): Uint8Array {
  const json = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
  parseManifest(json, join(folder, MANIFEST_FILE));
  return json;
}

/** The first name for a card that is no file of the pack. */
function freeName({ files }: Manifest): string {
  for (let at = 1; ; at++) {
    const name = at === 1 ? 'README.md' : `README-${at}.md`;
    if (!Object.hasOwn(files, name)) return name;
  }
}

function withClassNames<M extends Omit<Manifest, 'card'>>(
  manifest: M,
  names: readonly string[] | undefined,
): M {
  if (names === undefined) return manifest;
  const { id, condition, training, codes } = manifest;
  const classes = condition?.size ?? classesOf(manifest)?.length ?? 0;
  if (names.length > classes) {
    throw new AppError({
      code: 'input/class-names',
      headline: classes === 0 ? 'This model knows no classes' : 'There are more names than classes',
      where: id,
      cause: classes === 0 ? undefined : `${names.length} names for ${classes} classes`,
      remedy: classes === 0 ? 'leave the names out' : 'give one name for each class',
    });
  }
  if (condition !== undefined) return { ...manifest, condition: { ...condition, names: [...names] } };
  if (training?.testSet === undefined) return { ...manifest, codes: { ...codes, classNames: [...names] } };
  return { ...manifest, training: { ...training, testSet: { ...training.testSet, classNames: [...names] } } };
}
