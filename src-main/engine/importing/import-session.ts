/**
 * One import, from the path that a person pointed at to a pack. It holds a stranger's network and runs it, so it lives in a
 * process of its own (entry/inspector.ts) and ends with it.
 */
import { basename, dirname } from 'node:path';
import type {
  EncoderContract,
  FoundNetwork,
  GeneratorContract,
  ImportEvent,
  ImportWords,
  Inspection,
  Samples,
} from '#shared/importing';
import { AppError } from '#shared/errors';
import { decodeAnyNetwork, runNetwork } from '../any-network';
import { createEncoder } from '../encoder';
import { createGenerator } from '../generator';
import { LOADERS } from '../loaders/all';
import type { LoadedNetwork } from '../loaders/loader';
import { openSource } from '../loaders/open-source';
import { importPack } from '../loaders/pack-source';
import { recogniseRefused } from '../loaders/refusals';
import type { Source } from '../loaders/source';
import { encoderContractOf } from '../manifest-contract';
import type { NetworkRunner } from '../network-runner';
import { MAX_TENSOR_FILE_BYTES } from '../store/limits';
import { toChannelsLast } from '../picture-order';
import { findCandidates, looksLikeEncoder, ownName, type Candidate } from './candidates';
import { parametersOf, portsOf } from './describe-network';
import { ofFile } from './of-file';
import { checkLowering } from './check-lowering';
import { drawSamples, SAMPLE_COUNT } from './draw-samples';
import { roleOf } from './ports';
import { latentsOf } from './probe';
import { hashOf, type SourceHash } from './source-hash';
import { understand, type Understood } from './understand';
import {
  notTheEncoder,
  understandEncoder,
  type RoundTrip,
  type UnderstoodEncoder,
} from './understand-encoder';
import { isWhole, understoodPack } from './understand-pack';
import { priorFromEncoder } from './prior';
import { findImported, writeImport, type ImportedModel, type LibraryPlaces } from './write-import';

export type InspectedFile = Omit<Inspection, 'import'>;

export interface AcceptChoice extends ImportWords {
  readonly contract: GeneratorContract;
  readonly encoder: { readonly path: string; readonly contract: EncoderContract } | null;
}

export interface ImportSession {
  readonly open: (path: string, send: (event: ImportEvent) => void) => Promise<InspectedFile>;
  readonly choose: (path: string) => Promise<InspectedFile>;
  /** Under the contract as a person corrected it, which then is the one. */
  readonly chooseEncoder: (
    path: string | null,
    corrected?: GeneratorContract | null,
  ) => Promise<InspectedFile>;
  readonly sample: (contract: GeneratorContract, seed: number, condition?: number) => Promise<Samples>;
  readonly accept: (choice: AcceptChoice) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

interface Running {
  readonly candidate: Candidate;
  readonly loaded: LoadedNetwork;
  readonly runner: NetworkRunner;
}
interface Chosen extends Running {
  readonly understood: Understood;
  readonly hash: SourceHash;
}
interface Beside extends Running {
  readonly understood: UnderstoodEncoder;
}

/** For a look at the networks that were not chosen; what is not looked at by then is said to be so. */
const ROLES_MS = 5_000;
const SEED = 1;

export function createImportSession(places: LibraryPlaces, now = () => performance.now()): ImportSession {
  let path = '';
  let source: Source | null = null;
  let candidates: readonly Candidate[] = [];
  const found = new Map<string, FoundNetwork>();
  let chosen: Chosen | null = null;
  let beside: Beside | null = null;
  let notes: readonly string[] = [];
  let send: (event: ImportEvent) => void = () => undefined;
  const phase = (what: string): void => send({ phase: what, fraction: null });

  const remember = ({ format, path: at }: Candidate, role: FoundNetwork['role'], why: string): void =>
    void found.set(at, { path: at, format, role, why });

  async function start(candidate: Candidate): Promise<Running> {
    const name = ownName(candidate.path);
    phase(`reading ${name}`);
    const loaded = await candidate.loader.open(opened(), candidate.path);
    phase(`starting ${name}`);
    return { candidate, loaded, runner: await runNetwork(loaded.network) };
  }

  const opened = (): Source => source ?? fail('nothing is open');
  /** A folder that is a model has no path in itself. */
  const placeOf = ({ path: at }: Candidate): string => (at === '' || at === '.' ? opened().name : at);

  async function asGenerator(running: Running): Promise<Chosen> {
    const { candidate, loaded, runner } = running;
    phase(`asking ${ownName(candidate.path)} for pictures`);
    try {
      const understood =
        loaded.manifest === undefined
          ? await understand(runner, { classNames: loaded.hints.classNames, now })
          : understoodPack(loaded.manifest, runner);
      return { ...running, understood, hash: await hashOf(opened(), candidate, loaded.beside) };
    } catch (error) {
      await runner.dispose();
      throw error;
    }
  }

  async function findGenerator(): Promise<Chosen> {
    let first: AppError | null = null;
    for (const candidate of candidates) {
      try {
        const generator = await ofFile(placeOf(candidate), async () => asGenerator(await start(candidate)));
        remember(candidate, 'generator', 'It makes pictures from a latent.');
        return generator;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        first ??= error;
        const isEncoder = error.code === 'model/not-a-generator' && /as an encoder does/.test(error.message);
        remember(candidate, isEncoder ? 'encoder' : 'other', error.sentence);
      }
    }
    throw first ?? unrecognised(path);
  }

  /** Those that were not asked are told by their ports alone, as long as there is time. */
  async function lookAtOthers(): Promise<void> {
    const until = now() + ROLES_MS;
    for (const candidate of candidates) {
      if (found.has(candidate.path)) continue;
      if (now() > until) {
        remember(candidate, 'other', 'It was not looked at yet; choose it to do so.');
        continue;
      }
      try {
        phase(`looking at ${ownName(candidate.path)}`);
        const { inputs, outputs } = await ofFile(placeOf(candidate), async () =>
          portsOf((await candidate.loader.open(opened(), candidate.path)).network),
        );
        const { role, why } = roleOf(inputs, outputs);
        const guessed = role === 'unclear' ? (looksLikeEncoder(candidate.path) ? 'encoder' : 'other') : role;
        remember(candidate, guessed, why);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        remember(candidate, 'other', error.sentence);
      }
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

  async function asEncoder(candidate: Candidate, generator: Chosen): Promise<Beside> {
    const running = await start(candidate);
    const { latent, picture } = generator.understood.contract;
    try {
      phase(`asking ${ownName(candidate.path)} for latents`);
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

  /** The encoder that gives back the z of the generator's pictures best, if any does. */
  async function findEncoder(generator: Chosen): Promise<Beside | null> {
    const alike = ({ format, path: at }: Candidate): number =>
      (format === generator.candidate.format ? 0 : 2) +
      (dirname(at) === dirname(generator.candidate.path) ? 0 : 1);
    const encoders = candidates
      .filter(({ path: at }) => found.get(at)?.role === 'encoder')
      .toSorted((a, b) => alike(a) - alike(b));
    const refusals: string[] = [];
    for (const candidate of encoders) {
      try {
        const encoder = await asEncoder(candidate, generator);
        if (encoder.understood.agreement > LEAST_AGREEMENT) return encoder;
        await encoder.runner.dispose();
        refusals.push(`${candidate.path} gives other latents than the generator takes, so it was left out.`);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refusals.push(
          error.code === 'model/not-an-encoder' ? `${candidate.path}: ${error.sentence}` : error.sentence,
        );
      }
    }
    notes = refusals;
    return null;
  }

  /** A pack says which encoder it has, and what its ports mean. */
  async function packEncoder({
    candidate,
    loaded: { manifest },
    understood,
  }: Chosen): Promise<Beside | null> {
    if (manifest?.encoder === undefined) return null;
    const { file, format } = manifest.encoder;
    const folder = candidate.path.slice(0, candidate.path.lastIndexOf('/') + 1);
    const bytes = await opened()
      .files.get(folder + file)
      ?.read(MAX_TENSOR_FILE_BYTES);
    if (bytes === undefined) fail(`${folder}${file} is missing`);
    const loaded = { ...(await decodeAnyNetwork(bytes, format, folder + file)), hints: {} };
    const runner = await runNetwork(loaded.network);
    const contract = encoderContractOf(manifest, runner);
    await tryEncoder(runner, contract, understood.contract);
    return {
      candidate: { ...candidate, path: folder + file },
      loaded,
      runner,
      understood: { contract, guesses: [], agreement: 1, mu: new Float32Array() },
    };
  }

  async function settle(generator: Chosen): Promise<InspectedFile> {
    await Promise.all([chosen?.runner.dispose(), beside?.runner.dispose()]);
    chosen = generator;
    beside = null;
    notes = [];
    beside = await (generator.loaded.manifest === undefined ? findEncoder : packEncoder)(generator);
    return describe();
  }

  async function describe(): Promise<InspectedFile> {
    const { candidate, loaded, runner, understood, hash } = chosen ?? fail('nothing is open');
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
    const swapped = [...found.values()].find(
      ({ path: at, role }) => at === opened().entry && role === 'encoder',
    );
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
      alreadyHere: await findImported(places.library, hash.sha256),
    };
  }

  const sourceOf = ({ candidate, loaded, hash }: Chosen): ImportedModel['source'] => ({
    name: plain(nameOf(path, candidate.path)),
    format: candidate.format,
    sha256: hash.sha256,
    ...(loaded.hints.producer === undefined ? {} : { producer: loaded.hints.producer }),
  });

  const candidateAt = (at: string): Candidate =>
    candidates.find((candidate) => candidate.path === at) ?? fail(`${at} is not among what was found`);

  return {
    async open(target, onEvent) {
      send = onEvent;
      path = target;
      phase('looking at the files');
      source = await openSource(target);
      candidates = await findCandidates(source, LOADERS);
      if (candidates.length === 0) throw (await recogniseRefused(source)) ?? unrecognised(target);
      const generator = await findGenerator();
      await lookAtOthers();
      return ofFile(placeOf(generator.candidate), () => settle(generator));
    },
    async choose(at) {
      const candidate = candidateAt(at);
      const generator = await ofFile(placeOf(candidate), async () => asGenerator(await start(candidate)));
      remember(candidate, 'generator', 'It makes pictures from a latent.');
      return ofFile(placeOf(candidate), () => settle(generator));
    },
    async chooseEncoder(at, corrected = null) {
      const before = chosen ?? fail('nothing is open');
      const generator = corrected === null ? before : withContract(before, corrected);
      const encoder = at === null ? null : await asEncoder(candidateAt(at), generator);
      await beside?.runner.dispose();
      chosen = generator;
      beside = encoder;
      notes = [];
      return describe();
    },
    async sample(contract, seed, condition) {
      const { runner } = chosen ?? fail('nothing is open');
      return drawSamples(createGenerator(runner, contract), contract, seed, condition);
    },
    async accept({ contract, encoder: wanted, title, licence, provenance }) {
      const generator = chosen ?? fail('nothing is open');
      const { manifest } = generator.loaded;
      if (manifest !== undefined && isWhole(manifest, generator.understood, { contract, encoder: wanted })) {
        return importPack(opened(), generator.candidate.path, places, {
          title: plain(title) || manifest.title,
          licence: plain(licence) || manifest.licence,
          provenance: plain(provenance) || manifest.provenance,
          source: sourceOf(generator),
        });
      }
      const checked = await checkLowering(generator.loaded.network, generator.runner);
      const running = createGenerator(checked.trusted, contract);
      await drawSamples(running, contract, SEED); // a contract that gives no pictures is not accepted
      if (wanted !== null && wanted.path !== beside?.candidate.path) {
        const other = await asEncoder(candidateAt(wanted.path), withContract(generator, contract));
        await beside?.runner.dispose();
        beside = other;
      }
      const encoder =
        wanted === null || beside === null
          ? null
          : { network: beside.loaded.network, contract: wanted.contract };
      if (encoder !== null && beside !== null) await tryEncoder(beside.runner, encoder.contract, contract);
      const { loaded, understood } = generator;
      const words = {
        title: plain(title) || 'Imported model',
        licence: plain(licence),
        provenance: plain(provenance),
      };
      const id = await writeImport(
        {
          words,
          generator: { network: loaded.network, contract, running },
          encoder,
          source: sourceOf(generator),
          warnings: [...loaded.warnings, ...understood.warnings, ...checked.warnings],
          deterministic: understood.deterministic,
          strict: checked.trusted !== generator.runner,
        },
        places,
      );
      if (checked.trusted !== generator.runner) await checked.trusted.dispose();
      return id;
    },
    async dispose() {
      await Promise.all([chosen?.runner.dispose(), beside?.runner.dispose()]);
      await source?.close();
    },
  };
}

const withContract = (generator: Chosen, contract: GeneratorContract): Chosen => ({
  ...generator,
  understood: { ...generator.understood, contract },
});

/** Less than this comes back from an encoder of another generator. */
const LEAST_AGREEMENT = 0.1;

const sizeOf = (shape: readonly number[]): number => shape.reduce((total, side) => total * side, 1);

async function tryEncoder(
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

/** Without what a terminal or a file system reads in its own way. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);

const GENERIC =
  /^(best|my|the|final|last|model|models|saved|savedmodel|decoder|generator|encoder|gen|dec|enc|tfjs|keras|onnx|export|exported|\d+|[_\s.-])+$/i;

function nameOf(target: string, at: string): string {
  return at === '' || at === '.' || at === basename(target) ? basename(target) : `${basename(target)}/${at}`;
}

/** The file's own word for it, else its name, else its folder's: "decoder.onnx" in "faces" is called faces. */
function titleOf(target: string, hint: string | undefined, at: string): string {
  const names = [
    hint ?? '',
    ownName(at),
    ...[...at.split('/').slice(0, -1)].reverse(),
    basename(target),
    basename(dirname(target)),
  ];
  const bare = names.map((name) =>
    plain(name.replace(/\.(onnx|keras|h5|hdf5|json|safetensors|zip|pb)$/i, '')),
  );
  const title = bare.find(
    (name) => name !== '' && !GENERIC.test(name) && !/^[0-9a-f]{24}$/.test(name) && name !== 'uploads',
  );
  return title ?? 'Imported model';
}

function fail(cause: string): never {
  throw new AppError({
    code: 'usage/import',
    headline: 'The import cannot go on',
    cause,
    remedy: 'open the file again',
  });
}

function unrecognised(where: string): AppError {
  return new AppError({
    code: 'model/format',
    headline: 'No model was recognised',
    where: basename(where),
    cause: 'nothing in it is of a format that is opened here',
    remedy: 'give an ONNX, Keras, TensorFlow.js or SavedModel file, or a folder or zip with one',
  });
}
