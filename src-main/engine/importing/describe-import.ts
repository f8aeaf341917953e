/** What a person sees of an import: the network, what its numbers mean and how sure that is, what else was found, and 16 pictures. */
import type { FoundNetwork, GeneratorContract, Inspection } from '#shared/importing';
import { createGenerator } from '../generator';
import type { Candidate } from './candidates';
import { parametersOf } from './describe-network';
import { drawSamples } from './draw-samples';
import type { Beside, Chosen, Opening } from './opened-network';
import { priorFromEncoder } from './prior';
import { titleOf } from './titles';
import { findImported } from './write-import';

export type InspectedFile = Omit<Inspection, 'import'>;

export interface Described {
  readonly opening: Opening;
  /** What was pointed at. */
  readonly path: string;
  readonly library: string;
  readonly candidates: readonly Candidate[];
  /** By path, those that were looked at. */
  readonly found: ReadonlyMap<string, FoundNetwork>;
  readonly chosen: Chosen;
  readonly beside: Beside | null;
  /** On encoders that were left out. */
  readonly notes: readonly string[];
}

const SEED = 1;

export async function describeImport({
  opening: { source, phase },
  path,
  library,
  candidates,
  found,
  chosen: { candidate, loaded, runner, understood, hash },
  beside,
  notes,
}: Described): Promise<InspectedFile> {
  const encoder =
    beside === null ? null : { path: beside.candidate.path, contract: beside.understood.contract };
  const prior =
    beside === null || loaded.manifest !== undefined
      ? null
      : priorFromEncoder(beside.understood.mu, beside.understood.contract.logVar !== null);
  const contract: GeneratorContract =
    prior === null
      ? understood.contract
      : { ...understood.contract, latent: { ...understood.contract.latent, prior: prior.prior } };
  phase('drawing samples');
  const swapped = [...found.values()].find(({ path: at, role }) => at === source.entry && role === 'encoder');
  const entry =
    swapped === undefined ? [] : [`${swapped.path} is the encoder; the generator beside it was opened.`];
  return {
    title: titleOf(path, loaded.hints.title, candidate.path),
    format: candidate.format,
    path: candidate.path,
    sha256: hash.sha256,
    bytes: hash.bytes,
    parameters: parametersOf(loaded.network),
    inputs: runner.inputs,
    outputs: runner.outputs,
    contract,
    guesses: [
      ...understood.guesses.map((guess) =>
        guess.field === 'latent.prior' && prior !== null ? prior.guess : guess,
      ),
      ...(beside?.understood.guesses ?? []),
    ],
    encoder,
    found: candidates.map(
      ({ path: at, format }) => found.get(at) ?? { path: at, format, role: 'other', why: '' },
    ),
    warnings: [
      ...entry,
      ...loaded.warnings,
      ...(beside?.loaded.warnings ?? []),
      ...understood.warnings,
      ...notes,
    ],
    runtime: {
      name: runner.runtime,
      why: runner.why === undefined ? 'ONNX Runtime runs it.' : `TensorFlow.js runs it: ${runner.why}.`,
    },
    samples: await drawSamples(createGenerator(runner, contract), contract, SEED),
    alreadyHere: await findImported(library, hash.sha256),
  };
}
