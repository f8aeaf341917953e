/** The encoder to a generator, among the networks that lie beside it: the first that gives back the z of its pictures; a pack names its own. */
import { dirname } from 'node:path';
import { AppError } from '#shared/errors';
import type { EncoderContract, GeneratorContract } from '#shared/importing';
import { decodeAnyNetwork, runNetwork } from '../any-network';
import { createEncoder } from '../encoder';
import { createGenerator } from '../generator';
import { encoderContractOf } from '../manifest-contract';
import type { NetworkRunner } from '../network-runner';
import { toChannelsLast } from '../picture-order';
import { MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { ownName, type Candidate } from './candidates';
import { SAMPLE_COUNT } from './draw-samples';
import { fail, start, type Beside, type Chosen, type Opening } from './opened-network';
import { latentsOf } from './probe';
import { notTheEncoder, understandEncoder, type RoundTrip } from './understand-encoder';

export interface FoundEncoder {
  readonly encoder: Beside | null;
  /** Why others were left out, a sentence each. */
  readonly notes: readonly string[];
}

/** Less than this comes back from an encoder of another generator. */
const LEAST_AGREEMENT = 0.1;
const SEED = 1;

/** The encoder that gives back the z of the generator's pictures best, if any does. */
export async function findEncoder(
  opening: Opening,
  candidates: readonly Candidate[],
  generator: Chosen,
): Promise<FoundEncoder> {
  const alike = ({ format, path: at }: Candidate): number =>
    (format === generator.candidate.format ? 0 : 2) +
    (dirname(at) === dirname(generator.candidate.path) ? 0 : 1);
  const refusals: string[] = [];
  for (const candidate of candidates.toSorted((a, b) => alike(a) - alike(b))) {
    try {
      const encoder = await asEncoder(opening, candidate, generator);
      if (encoder.understood.agreement > LEAST_AGREEMENT) return { encoder, notes: [] };
      await encoder.runner.dispose();
      refusals.push(`${candidate.path} gives other latents than the generator takes, so it was left out.`);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refusals.push(
        error.code === 'model/not-an-encoder' ? `${candidate.path}: ${error.sentence}` : error.sentence,
      );
    }
  }
  return { encoder: null, notes: refusals };
}

/** A pack says which encoder it has, and what its ports mean. */
export async function packEncoder(
  { source }: Opening,
  { candidate, loaded: { manifest }, understood }: Chosen,
): Promise<FoundEncoder> {
  if (manifest?.encoder === undefined) return { encoder: null, notes: [] };
  const { file, format } = manifest.encoder;
  const folder = candidate.path.slice(0, candidate.path.lastIndexOf('/') + 1);
  const bytes = await source.files.get(folder + file)?.read(MAX_TENSOR_FILE_BYTES);
  if (bytes === undefined) fail(`${folder}${file} is missing`);
  const loaded = { ...(await decodeAnyNetwork(bytes, format, folder + file)), hints: {} };
  const runner = await runNetwork(loaded.network);
  const contract = encoderContractOf(manifest, runner);
  await tryEncoder(runner, contract, understood.contract);
  const encoder = {
    candidate: { ...candidate, path: folder + file },
    loaded,
    runner,
    understood: { contract, guesses: [], agreement: 1, mu: new Float32Array() },
  };
  return { encoder, notes: [] };
}

/** @throws AppError model/not-an-encoder with what it is instead. */
export async function asEncoder(opening: Opening, candidate: Candidate, generator: Chosen): Promise<Beside> {
  const running = await start(opening, candidate);
  const { latent, picture } = generator.understood.contract;
  try {
    opening.phase(`asking ${ownName(candidate.path)} for latents`);
    const understood = await understandEncoder(
      running.runner,
      { latent: sizeOf(latent.shape), picture, range: picture.range },
      await roundTrip(generator),
    );
    return { ...running, understood };
  } catch (error) {
    await running.runner.dispose();
    throw error;
  }
}

async function roundTrip({ runner, understood: { contract } }: Chosen): Promise<RoundTrip> {
  const generator = createGenerator(runner, contract);
  const z = latentsOf(SEED, SAMPLE_COUNT, generator.size, contract.latent.prior);
  const { picture } = contract;
  const values = toChannelsLast(await generator.decode(z, SAMPLE_COUNT), picture, generator.order);
  const [black, white] = picture.range;
  const pictures = Uint8Array.from(values, (value) =>
    Math.min(255, Math.max(0, Math.round(((value - black) / (white - black)) * 255))),
  );
  return { z, pictures, count: SAMPLE_COUNT };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((total, side) => total * side, 1);

/** One picture through it, under a contract that may be a person's own. */
export async function tryEncoder(
  runner: NetworkRunner,
  contract: EncoderContract,
  { latent, picture }: GeneratorContract,
): Promise<void> {
  const size = picture.height * picture.width * picture.channels;
  const encoder = createEncoder(runner, contract, { picture, latent: sizeOf(latent.shape) });
  const { mu } = await encoder.encode(new Uint8Array(size), 1);
  if (mu.length !== sizeOf(latent.shape))
    throw notTheEncoder(`it gives ${mu.length} numbers, and the latent has ${sizeOf(latent.shape)}`);
}
