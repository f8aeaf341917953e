/**
 * One import, from the path that a person pointed at to a pack. It holds a stranger's network and runs it, so it lives in a
 * process of its own (entry/inspector.ts) and ends with it.
 */
import { basename, join } from 'node:path';
import type {
  EncoderContract,
  FoundNetwork,
  GeneratorContract,
  ImportEvent,
  ImportWords,
  Samples,
} from '#shared/importing';
import { AppError } from '#shared/errors';
import { createGenerator } from '../generator';
import { LOADERS } from '../loaders/all';
import { openSource } from '../loaders/open-source';
import { importPack } from '../loaders/pack-source';
import { recogniseRefused } from '../loaders/refusals';
import type { Source } from '../loaders/source';
import { findCandidates, looksLikeEncoder, ownName, type Candidate } from './candidates';
import { checkLowering } from './check-lowering';
import { describeImport, type InspectedFile } from './describe-import';
import { portsOf } from './describe-network';
import { drawSamples } from './draw-samples';
import { asEncoder, findEncoder, packEncoder, tryEncoder } from './find-encoder';
import { ofFile } from './of-file';
import {
  fail,
  start,
  withContract,
  type Beside,
  type Chosen,
  type Opening,
  type Running,
} from './opened-network';
import { roleOf } from './ports';
import { hashOf } from './source-hash';
import { nameOf, plain } from './titles';
import { understand } from './understand';
import { isWhole, understoodPack } from './understand-pack';
import { writeImport, type ImportedModel, type LibraryPlaces } from './write-import';

export type { InspectedFile };

export interface AcceptChoice extends ImportWords {
  readonly contract: GeneratorContract;
  readonly encoder: { readonly path: string; readonly contract: EncoderContract } | null;
}

export interface ImportSession {
  /** Of several models the first that can be opened; with `within`, of those in this folder of it. */
  readonly open: (
    path: string,
    send: (event: ImportEvent) => void,
    within?: string,
  ) => Promise<InspectedFile>;
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

  const opened = (): Source => source ?? fail('nothing is open');
  const opening = (): Opening => ({ source: opened(), phase });
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

  async function findGenerator(within: string): Promise<Chosen> {
    let first: AppError | null = null;
    for (const candidate of candidates) {
      if (!candidate.path.startsWith(within)) continue;
      try {
        const generator = await ofFile(placeOf(candidate), async () =>
          asGenerator(await start(opening(), candidate)),
        );
        remember(candidate, 'generator', 'It makes pictures from a latent.');
        return generator;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        first ??= error;
        const isEncoder = error.code === 'model/not-a-generator' && /as an encoder does/.test(error.message);
        remember(candidate, isEncoder ? 'encoder' : 'other', error.sentence);
      }
    }
    throw first ?? unrecognised(join(path, within));
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

  async function settle(generator: Chosen): Promise<InspectedFile> {
    await Promise.all([chosen?.runner.dispose(), beside?.runner.dispose()]);
    chosen = generator;
    beside = null;
    const encoders = candidates.filter(({ path: at }) => found.get(at)?.role === 'encoder');
    ({ encoder: beside, notes } = await (generator.loaded.manifest === undefined
      ? findEncoder(opening(), encoders, generator)
      : packEncoder(opening(), generator)));
    return describe(generator);
  }

  const describe = (generator: Chosen): Promise<InspectedFile> =>
    describeImport({
      ...{ opening: opening(), path, library: places.library, candidates, found },
      ...{ chosen: generator, beside, notes },
    });

  const sourceOf = ({ candidate, loaded, hash }: Chosen): ImportedModel['source'] => ({
    name: plain(nameOf(path, candidate.path)),
    format: candidate.format,
    sha256: hash.sha256,
    ...(loaded.hints.producer === undefined ? {} : { producer: loaded.hints.producer }),
  });

  const candidateAt = (at: string): Candidate =>
    candidates.find((candidate) => candidate.path === at) ?? fail(`${at} is not among what was found`);

  return {
    async open(target, onEvent, within = '') {
      send = onEvent;
      path = target;
      phase('looking at the files');
      source = await openSource(target);
      candidates = await findCandidates(source, LOADERS);
      if (candidates.length === 0) throw (await recogniseRefused(source)) ?? unrecognised(target);
      const generator = await findGenerator(within);
      await lookAtOthers();
      return ofFile(placeOf(generator.candidate), () => settle(generator));
    },
    async choose(at) {
      const candidate = candidateAt(at);
      const generator = await ofFile(placeOf(candidate), async () =>
        asGenerator(await start(opening(), candidate)),
      );
      remember(candidate, 'generator', 'It makes pictures from a latent.');
      return ofFile(placeOf(candidate), () => settle(generator));
    },
    async chooseEncoder(at, corrected = null) {
      const before = chosen ?? fail('nothing is open');
      const generator = corrected === null ? before : withContract(before, corrected);
      const encoder = at === null ? null : await asEncoder(opening(), candidateAt(at), generator);
      await beside?.runner.dispose();
      chosen = generator;
      beside = encoder;
      notes = [];
      return describe(generator);
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
        const other = await asEncoder(opening(), candidateAt(wanted.path), withContract(generator, contract));
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

function unrecognised(where: string): AppError {
  return new AppError({
    code: 'model/format',
    headline: 'No model was recognised',
    where: basename(where),
    cause: 'nothing in it is of a format that is opened here',
    remedy: 'give an ONNX, Keras, TensorFlow.js or SavedModel file, or a folder or zip with one',
  });
}
