// What was proven of a pack goes onto its card, with a picture: a section of its own, which the next proof replaces.
import { AppError } from '#shared/errors';
import { readPackFile, writePack, type Pack } from '../pack';

export interface CardSection {
  /** Also names the picture's file. */
  readonly id: string;
  readonly title: string;
  /** Without its heading. */
  readonly markdown: string;
  readonly picture?: { readonly png: Uint8Array; readonly describe: string } | undefined;
}

/** Every other file stays as it is, and the folder is replaced in one step. */
export async function writeOnCard(pack: Pack, section: CardSection): Promise<Pack> {
  const { manifest, folder } = pack;
  const { files: hashes, formatVersion: _, ...rest } = manifest;
  if (manifest.card === undefined) throw noCard(manifest.id);
  const files = new Map<string, Uint8Array>();
  for (const name of Object.keys(hashes)) files.set(name, await readPackFile(pack, name));
  const card = new TextDecoder().decode(files.get(manifest.card));
  files.set(manifest.card, new TextEncoder().encode(withSection(card, section)));
  if (section.picture !== undefined) files.set(pictureOf(section.id), section.picture.png);
  return { ...(await writePack(folder, { manifest: rest, files })), origin: pack.origin };
}

const RECIPE = '\n## Recipe\n';

/** In the place of a section of that title, or before the recipe, or at the end. */
export function withSection(card: string, { id, title, markdown, picture }: CardSection): string {
  const image = picture === undefined ? '' : `![${picture.describe}](${pictureOf(id)})\n\n`;
  const section = `\n## ${title}\n\n${image}${markdown.trim()}\n`;
  const from = card.indexOf(`\n## ${title}\n`);
  if (from >= 0) {
    const next = card.indexOf('\n## ', from + 1);
    return card.slice(0, from) + section + (next < 0 ? '' : card.slice(next));
  }
  const at = card.indexOf(RECIPE);
  return at < 0 ? card.trimEnd() + '\n' + section : card.slice(0, at) + section + card.slice(at);
}

const pictureOf = (id: string): string => `${id}.png`;

const noCard = (where: string): AppError =>
  new AppError({
    code: 'pack/card',
    headline: 'This model has no card to write on',
    where,
    remedy: 'train it again, or leave out --write',
  });
