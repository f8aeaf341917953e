/** A network that was read and runs, and what was found out of it: what the steps of an import hand each other. */
import { AppError } from '#shared/errors';
import type { GeneratorContract } from '#shared/importing';
import { runNetwork } from '../any-network';
import type { LoadedNetwork } from '../loaders/loader';
import type { Source } from '../loaders/source';
import type { NetworkRunner } from '../network-runner';
import { ownName, type Candidate } from './candidates';
import type { SourceHash } from './source-hash';
import type { Understood } from './understand';
import type { UnderstoodEncoder } from './understand-encoder';

/** What a person pointed at, and whoever wants to know what is being done with it. */
export interface Opening {
  readonly source: Source;
  readonly phase: (what: string) => void;
}

export interface Running {
  readonly candidate: Candidate;
  readonly loaded: LoadedNetwork;
  readonly runner: NetworkRunner;
}
/** The generator. */
export interface Chosen extends Running {
  readonly understood: Understood;
  readonly hash: SourceHash;
}
/** The encoder beside it. */
export interface Beside extends Running {
  readonly understood: UnderstoodEncoder;
}

export async function start({ source, phase }: Opening, candidate: Candidate): Promise<Running> {
  const name = ownName(candidate.path);
  phase(`reading ${name}`);
  const loaded = await candidate.loader.open(source, candidate.path);
  phase(`starting ${name}`);
  return { candidate, loaded, runner: await runNetwork(loaded.network) };
}

export const withContract = (generator: Chosen, contract: GeneratorContract): Chosen => ({
  ...generator,
  understood: { ...generator.understood, contract },
});

/** Our own mistake, or a window's that is out of step. */
export function fail(cause: string): never {
  throw new AppError({
    code: 'usage/import',
    headline: 'The import cannot go on',
    cause,
    remedy: 'open the file again',
  });
}
