// Where exemplars come from: words that the engine finds labelled latents for, seeds, and what is in the window already.
import { seedOfTerm } from '#shared/arithmetic';
import { AppError } from '#shared/errors';
import type { ModelInfo, Pictures } from '#shared/domain';
import { parseExpression, type Operand } from '#shared/expression';
import { latentOfSeed } from '#shared/random';
import { letterOf, type NewExemplar, type Well } from './arithmetic-spec';
import { pictureAt } from './decoded-pictures.svelte';
import type { OwnPicture } from './own-pictures.svelte';
import type { Session } from './session.svelte';

/** How the sampler draws: so many, by this seed. */
export interface Sampling {
  readonly seed: number;
  readonly count: number;
}

export interface Drawn {
  readonly exemplars: readonly NewExemplar[];
  readonly pictures: readonly Pictures[];
  /** How many there were to draw from. */
  readonly found: number;
}

type Caller = Pick<Session, 'call'>;

/** @throws AppError where the words mean nothing here, or nothing is labelled with them. */
export async function drawExemplars(
  session: Caller,
  model: string,
  phrase: string,
  { seed, count }: Sampling,
  place: number,
): Promise<Drawn> {
  const { exemplars, pictures, found } = await session.call('attributes/pick', {
    model,
    phrase,
    count,
    seed: seedOfTerm(seed, place),
  });
  const of = exemplars.length;
  return {
    exemplars: exemplars.map(({ z, ref }) => ({
      z,
      source: { kind: 'words', phrase, seed, place, count, of, ref },
    })),
    pictures: exemplars.map((_, i) => pictureAt(pictures, i)),
    found,
  };
}

export interface Held {
  readonly wells: readonly Well[];
  readonly own: readonly OwnPicture[];
}

export interface FilledTerm {
  readonly weight: number;
  readonly exemplars: readonly NewExemplar[];
  readonly found: number | null;
}

/** The terms of a line of text with their exemplars. @throws AppError for the first that cannot be had. */
export async function exemplarsOfText(
  session: Caller,
  { id: model, latent }: Pick<ModelInfo, 'id' | 'latent'>,
  text: string,
  sampling: Sampling,
  held: Held,
): Promise<readonly FilledTerm[]> {
  const filled: FilledTerm[] = [];
  for (const [place, { weight, operand }] of parseExpression(text).entries()) {
    if (operand.kind === 'words') {
      const { exemplars, found } = await drawExemplars(session, model, operand.phrase, sampling, place);
      filled.push({ weight, exemplars, found });
    } else if (operand.kind === 'seed') {
      const { seed } = operand;
      const z = latentOfSeed(seed, latent.size, latent.prior);
      filled.push({ weight, exemplars: [{ z, source: { kind: 'seed', seed } }], found: null });
    } else filled.push({ weight, exemplars: heldBy(operand, held), found: null });
  }
  return filled;
}

/** A window knows no paths: a well is one of those in it, a picture one that was brought to it. */
function heldBy(operand: Extract<Operand, { path: string }>, { wells, own }: Held): readonly NewExemplar[] {
  if (operand.kind === 'well') {
    const letter = operand.path.replace(/\.json$/i, '').toUpperCase();
    const well = wells.find((_, i) => letterOf(i) === letter);
    if (well !== undefined && well.exemplars.length > 0) return well.exemplars;
    throw new AppError({
      code: 'input/well',
      headline: 'There is no such well here',
      where: operand.path,
      remedy: `use the letter of a filled well, for example well:A, or read the file on the command line`,
    });
  }
  const name = operand.path.split(/[\\/]/).at(-1) ?? operand.path;
  const inWell = wells
    .flatMap(({ exemplars }) => exemplars)
    .find(({ source }) => source.kind === 'picture' && source.name === name);
  const z = inWell?.z ?? own.find((picture) => picture.name === name)?.encoded.mu;
  if (z !== undefined) return [{ z, source: { kind: 'picture', name } }];
  throw new AppError({
    code: 'input/picture',
    headline: 'This picture is not in the window',
    where: name,
    remedy: 'drop it on a well, or on the window in Explore, and write the line again',
  });
}
