/** The networks in what a person pointed at, and in which order they are looked at: likely generators first. */
import type { Found, Loader } from '../loaders/loader';
import type { Source } from '../loaders/source';

export interface Candidate extends Found {
  readonly loader: Loader;
}

const ENCODER = /enc|inference|recogni|posterior/i;
const GENERATOR = /dec|gen|synth|g_ema|sampler/i;

/** Networks are counted, so that a folder with everything in it is not opened for minutes. */
export const MOST_CANDIDATES = 24;

/**
 * All of a folder or a zip. Of a file among its neighbours, that file, and those beside it whose names say that they
 * belong to it: an encoder to a decoder, a decoder to an encoder.
 */
export async function findCandidates(
  source: Source,
  loaders: readonly Loader[],
): Promise<readonly Candidate[]> {
  const all: Candidate[] = [];
  for (const loader of loaders) for (const found of await loader.find(source)) all.push({ ...found, loader });
  const distinct = all.filter(({ path }, at) => all.findIndex((other) => other.path === path) === at);
  const { entry } = source;
  if (entry === null) return ordered(distinct).slice(0, MOST_CANDIDATES);
  const pointed = distinct.find(({ path }) => path === entry);
  if (pointed === undefined) return [];
  const beside = distinct.filter(({ path }) => path !== entry && belongs(path, entry));
  return [pointed, ...ordered(beside)].slice(0, MOST_CANDIDATES);
}

const ordered = (candidates: readonly Candidate[]): readonly Candidate[] =>
  candidates.toSorted((a, b) => likelihood(a.path) - likelihood(b.path));

function likelihood(path: string): number {
  const name = ownName(path);
  if (ENCODER.test(name)) return 2;
  return GENERATOR.test(name) ? 0 : 1;
}

/** "model.json" says nothing; its folder does. */
export function ownName(path: string): string {
  const parts = path.split('/');
  const last = parts.at(-1) ?? '';
  return /^(model\.json|saved_model\.pb)$/.test(last) ? (parts.at(-2) ?? last) : last;
}

function belongs(neighbour: string, entry: string): boolean {
  const [one, other] = [ownName(neighbour), ownName(entry)];
  if (ENCODER.test(one) === ENCODER.test(other)) return false;
  // what is left when the words for the roles are taken away is the model's own name
  const rest = (name: string): string =>
    name
      .toLowerCase()
      .replace(/\.[a-z0-9]+$/, '')
      .replace(/encoder|decoder|generator|inference|recognition|posterior|enc|dec|gen/g, '')
      .replace(/[^a-z0-9]/g, '');
  return rest(one) === rest(other);
}

export const looksLikeEncoder = (path: string): boolean => ENCODER.test(ownName(path));
