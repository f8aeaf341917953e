/**
 * A pack, ready for use: latents to pictures, pictures to latents. The fast way (ONNX Runtime) is taken only after it has
 * given the pack's own expected pictures; otherwise TensorFlow.js decodes, and the reason is kept for people to see.
 */
import { AppError } from '#shared/errors';
import type { Encoded, ModelInfo, ModelRuntime, Pictures } from '#shared/domain';
import type { GeneratorContract } from '#shared/importing';
import { resemblanceNote, unlikeness } from './attributes/likeness';
import { decodeAnyNetwork, runNetwork, type DecodedFile } from './any-network';
import { createEncoder, type Encoder, type Posterior } from './encoder';
import { createGenerator, type Generator } from './generator';
import { checkGolden, parseGolden, type Golden } from './golden';
import { encoderContractOf, generatorContractOf } from './manifest-contract';
import type { NetworkRunner } from './network-runner';
import { readPackFile, type Manifest, type Pack } from './pack';
import { toChannelsLast } from './picture-order';
import { bytesToRgba, floatsToRgba, type ReadPicture } from './pictures';
import { modelInfo } from './registry';
import { MAX_DECODE_COUNT } from './store/limits';

export type { Posterior } from './encoder';

export interface DecodedPictures extends Pictures {
  readonly networkMs: number;
  /** What a person should know, e.g. that values were no numbers. */
  readonly notes: readonly string[];
}

export interface OpenModel {
  readonly info: ModelInfo;
  readonly runtime: ModelRuntime;
  /** // [count, latent] -> [count, height, width, 4] */
  readonly decode: (z: Float32Array, count: number, condition?: number) => Promise<DecodedPictures>;
  /** As the network gives them, in the model's own range and layout. // [count, latent] -> [count, ...picture] */
  readonly values: (z: Float32Array, count: number, condition?: number) => Promise<Float32Array>;
  /** Bytes of pictures in the model's size and channels. // [count, height, width, channels] */
  readonly encode: (pictures: Uint8Array, count: number) => Promise<Posterior>;
  readonly encodePicture: (picture: ReadPicture) => Promise<Encoded>;
  readonly dispose: () => Promise<void>;
}

export async function openModel(pack: Pack): Promise<OpenModel> {
  const { manifest } = pack;
  const info = modelInfo(pack);
  const { generator: generatorFile, encoder: encoderFile, golden: goldenFile } = manifest;
  const stored = await readNetwork(pack, generatorFile);
  const golden =
    goldenFile === undefined ? undefined : parseGolden(await readPackFile(pack, goldenFile), goldenFile);
  const { generator, runtime } = await chooseRunner(manifest, stored, golden);
  let encoder: Promise<Encoder> | undefined;

  async function values(z: Float32Array, count: number, condition?: number): Promise<Float32Array> {
    checkLatents(z, count, info.latent.size);
    checkCondition(info, condition);
    return generator.decode(z, count, condition);
  }

  async function decode(z: Float32Array, count: number, condition?: number): Promise<DecodedPictures> {
    const { width, height } = info.output;
    const start = performance.now();
    const given = await values(z, count, condition);
    const networkMs = performance.now() - start;
    const { rgba, notNumbers } = floatsToRgba(given, info.output);
    const notes = [...stored.warnings];
    if (notNumbers > 0)
      notes.push(`${notNumbers} values of the pictures were no numbers and are shown as 0.`);
    return { count, width, height, rgba, networkMs, notes };
  }

  /** Loaded when first asked for: most people only decode. */
  async function loadEncoder(): Promise<Encoder> {
    if (encoderFile === undefined) {
      throw new AppError({
        code: 'model/no-encoder',
        headline: 'The model has no encoder, so it cannot tell the latent of a picture',
        where: info.id,
        remedy: 'choose a model with an encoder',
      });
    }
    const { network } = await readNetwork(pack, encoderFile);
    const runner = await runNetwork(network);
    return createEncoder(runner, encoderContractOf(manifest, runner), {
      picture: info.output,
      latent: info.latent.size,
      logVarRange: encoderFile.logVarRange,
    });
  }

  async function encode(pictures: Uint8Array, count: number): Promise<Posterior> {
    encoder ??= loadEncoder();
    encoder.catch(() => (encoder = undefined));
    return (await encoder).encode(pictures, count);
  }

  return {
    info,
    runtime,
    decode,
    values,
    encode,
    async encodePicture({ pixels, width, height, channels, notes }) {
      const { mu, logVar } = await encode(pixels, 1);
      const { networkMs: _, notes: decodeNotes, ...reconstruction } = await decode(mu, 1);
      const original = { count: 1, width, height, rgba: bytesToRgba(pixels, channels) };
      const [error = 0] = unlikeness(pixels, reconstruction.rgba, 1, channels);
      const doubt = resemblanceNote(error, manifest.labels?.likeness);
      const all = [...notes, ...decodeNotes, ...(doubt === null ? [] : [doubt])];
      return { mu, logVar, original, reconstruction, notes: all };
    },
    async dispose() {
      await Promise.all([generator.dispose(), encoder?.then((opened) => opened.dispose())]);
    },
  };
}

async function readNetwork(
  pack: Pack,
  { file, format }: Pick<Manifest['generator'], 'file' | 'format'>,
): Promise<DecodedFile> {
  return decodeAnyNetwork(await readPackFile(pack, file), format, `${pack.manifest.id}/${file}`);
}

/** The network of the generator, bare: what the cost of everything around it is measured against. */
export async function rawOnnxDecoder(pack: Pack): Promise<{
  /** // [count, ...latent] -> [count, ...picture] */
  readonly run: (z: Float32Array, count: number) => Promise<Float32Array>;
  readonly dispose: () => Promise<void>;
}> {
  const { manifest } = pack;
  const runner = await runNetwork((await readNetwork(pack, manifest.generator)).network);
  const { latent, picture } = generatorContractOf(manifest, runner);
  return {
    async run(z, count) {
      const feeds = new Map([[latent.input, { shape: [count, ...latent.shape], data: z }]]);
      return (await runner.run(feeds, [picture.output])).get(picture.output)?.data ?? new Float32Array();
    },
    dispose: () => runner.dispose(),
  };
}

function checkCondition({ id, condition }: ModelInfo, wanted: number | undefined): void {
  const classes = condition?.names.length ?? 0;
  if (wanted === undefined || wanted < classes) return;
  throw new AppError({
    code: 'input/condition',
    headline: classes === 0 ? 'This model takes no class' : 'There is no such class',
    where: id,
    cause: classes === 0 ? undefined : `${wanted}, the last is ${classes - 1}`,
    remedy: classes === 0 ? 'leave it out' : `choose one of ${condition!.names.slice(0, 20).join(', ')}`,
  });
}

// ---- which runtime ----------------------------------------------------------------------------------------------------------

interface Choice {
  readonly generator: Generator;
  readonly runtime: ModelRuntime;
}

async function chooseRunner(
  manifest: Manifest,
  stored: DecodedFile,
  golden: Golden | undefined,
): Promise<Choice> {
  const runner = await runNetwork(stored.network);
  const { generator, difference } = await tried(manifest, runner, golden);
  if (difference === undefined || runner.runtime !== 'onnxruntime') {
    return { generator, runtime: runtimeOf(runner.runtime, runner.why, golden, difference) };
  }
  await generator.dispose();
  const why = `ONNX Runtime gives other pictures than expected (${difference})`;
  if (stored.network.kind === 'onnx') throw otherPictures(manifest, why);
  const second = await runNetwork(stored.network, { avoid: 'onnxruntime' });
  const rest = await tried(manifest, second, golden);
  return { generator: rest.generator, runtime: runtimeOf(second.runtime, why, golden, rest.difference) };
}

/** The generator on this runner, and by how much its pictures are not the expected ones. */
async function tried(
  manifest: Manifest,
  runner: NetworkRunner,
  golden: Golden | undefined,
): Promise<{ readonly generator: Generator; readonly difference: string | undefined }> {
  try {
    const contract = generatorContractOf(manifest, runner);
    const generator = createGenerator(runner, contract);
    return { generator, difference: await differenceFrom(golden, runner, generator, contract) };
  } catch (error) {
    await runner.dispose();
    throw error;
  }
}

function runtimeOf(
  name: ModelRuntime['name'],
  why: string | undefined,
  golden: Golden | undefined,
  difference: string | undefined,
): ModelRuntime {
  if (name === 'onnxruntime') {
    const checked =
      golden === undefined ? 'it has no expected pictures to compare with' : 'its expected pictures agree';
    return { name, why: `ONNX Runtime runs it; ${checked}.`, fallback: false };
  }
  const doubt =
    difference === undefined ? '' : ` It gives other pictures than expected as well (${difference}).`;
  return { name, why: `TensorFlow.js runs it: ${why ?? 'it has to'}.${doubt}`, fallback: true };
}

async function differenceFrom(
  golden: Golden | undefined,
  runner: NetworkRunner,
  generator: Generator,
  contract: GeneratorContract,
): Promise<string | undefined> {
  if (golden === undefined) return undefined;
  const { latent, picture } = contract;
  const { passed, worst, tolerance } = await checkGolden(golden, async (z, count) => {
    const width = z.length / count;
    if (width === generator.size)
      return toChannelsLast(await generator.decode(z, count), picture, generator.order);
    // made where a generator is trained: whole rows, with any numbers where the class goes
    const feeds = new Map([[latent.input, { shape: [count, width], data: z }]]);
    const values = (await runner.run(feeds, [picture.output])).get(picture.output)?.data;
    return toChannelsLast(values ?? new Float32Array(), picture, generator.order);
  });
  return passed ? undefined : `a pixel differs by ${worst.toPrecision(2)}, and ${tolerance} is allowed`;
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------

function checkLatents(z: Float32Array, count: number, size: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MAX_DECODE_COUNT || z.length !== count * size) {
    throw new AppError({
      code: 'input/latent',
      headline: 'The latent has the wrong length',
      cause: `${z.length} numbers for ${count} pictures, and the model takes ${size} for each`,
      remedy: `give ${size} numbers for each picture`,
    });
  }
  if (z.every(Number.isFinite)) return;
  throw new AppError({
    code: 'input/latent',
    headline: 'The latent holds a value that is no number',
    remedy: 'give finite numbers',
  });
}

/** There is no second way to run it. */
function otherPictures({ id }: Manifest, cause: string): AppError {
  return new AppError({
    code: 'pack/golden',
    headline: 'The model does not give its expected pictures here',
    where: id,
    cause,
    remedy: 'import it again from its file',
  });
}
