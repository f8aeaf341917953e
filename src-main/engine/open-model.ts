/**
 * A pack, ready for use: latents to pictures, pictures to latents. The fast way (ONNX Runtime) is taken only after it has
 * given the pack's own expected pictures; otherwise TensorFlow.js decodes, and the reason is kept for people to see.
 */
import { AppError } from '#shared/errors';
import type { Encoded, ModelInfo, ModelRuntime, Pictures } from '#shared/domain';
import type { Runner } from './decoder';
import { checkGolden, parseGolden, type Golden } from './golden';
import { decodeNetwork, type DecodedNetwork } from './network-file';
import { createOnnxRunner } from './onnx-runner';
import { readPackFile, type Pack } from './pack';
import { bytesToFloats, bytesToRgba, floatsToRgba, type ReadPicture } from './pictures';
import { modelInfo } from './registry';
import { MAX_DECODE_COUNT } from './store/limits';

export interface DecodedPictures extends Pictures {
  readonly networkMs: number;
  /** What a person should know, e.g. that values were no numbers. */
  readonly notes: readonly string[];
}

export interface Posterior {
  readonly mu: Float32Array; // [count, latent]
  readonly logVar: Float32Array | null; // [count, latent]
}

export interface OpenModel {
  readonly info: ModelInfo;
  readonly runtime: ModelRuntime;
  /** // [count, latent] -> [count, height, width, 4] */
  readonly decode: (z: Float32Array, count: number, condition?: number) => Promise<DecodedPictures>;
  /** Bytes of pictures in the model's size and channels. // [count, height, width, channels] */
  readonly encode: (pictures: Uint8Array, count: number) => Promise<Posterior>;
  readonly encodePicture: (picture: ReadPicture) => Promise<Encoded>;
  readonly dispose: () => Promise<void>;
}

/** Pictures in one run of the network: enough to keep the processor busy, little enough to bound the memory. */
const CHUNK = 256;

export async function openModel(pack: Pack): Promise<OpenModel> {
  const info = modelInfo(pack);
  const { generator: generatorFile, encoder: encoderFile, golden: goldenFile } = pack.manifest;
  const network = decodeNetwork(await readPackFile(pack, generatorFile.file));
  const golden =
    goldenFile === undefined ? undefined : parseGolden(await readPackFile(pack, goldenFile), goldenFile);
  const { runner: generator, runtime } = await chooseRunner(network, golden);
  let encoder: Promise<Runner> | undefined;

  async function decode(z: Float32Array, count: number, condition?: number): Promise<DecodedPictures> {
    checkLatents(z, count, info.latent.size);
    const input = withCondition(z, count, info, condition);
    const { width, height } = info.output;
    const start = performance.now();
    const values = await inChunks(generator, input, count);
    const networkMs = performance.now() - start;
    checkSize(values, count * height * width * info.output.channels, 'pictures of its generator');
    const { rgba, notNumbers } = floatsToRgba(values, info.output);
    const notes = [...network.warnings];
    if (notNumbers > 0)
      notes.push(`${notNumbers} values of the pictures were no numbers and are shown as 0.`);
    return { count, width, height, rgba, networkMs, notes };
  }

  /** Loaded when first asked for: most people only decode. */
  async function loadEncoder(): Promise<Runner> {
    if (encoderFile === undefined) {
      throw new AppError({
        code: 'model/no-encoder',
        headline: 'The model has no encoder, so it cannot tell the latent of a picture',
        where: info.id,
        remedy: 'choose a model with an encoder',
      });
    }
    return (await chooseRunner(decodeNetwork(await readPackFile(pack, encoderFile.file)), undefined)).runner;
  }

  async function encode(pictures: Uint8Array, count: number): Promise<Posterior> {
    encoder ??= loadEncoder();
    encoder.catch(() => (encoder = undefined));
    const outputs = await (await encoder).run(bytesToFloats(pictures, info.output), count);
    return posteriorOf(outputs, count, info.latent.size, encoderFile?.logVarRange);
  }

  return {
    info,
    runtime,
    decode,
    encode,
    async encodePicture({ pixels, width, height, channels, notes }) {
      const { mu, logVar } = await encode(pixels, 1);
      const { networkMs: _, notes: decodeNotes, ...reconstruction } = await decode(mu, 1);
      const original = { count: 1, width, height, rgba: bytesToRgba(pixels, channels) };
      return { mu, logVar, original, reconstruction, notes: [...notes, ...decodeNotes] };
    },
    async dispose() {
      await Promise.all([generator.dispose(), encoder?.then((runner) => runner.dispose())]);
    },
  };
}

/** The generator in ONNX Runtime, bare: what the cost of everything around it is measured against. */
export async function rawOnnxDecoder(pack: Pack): Promise<Runner> {
  return createOnnxRunner(decodeNetwork(await readPackFile(pack, pack.manifest.generator.file)));
}

/** Each latent with its class one-hot after it, for a model that takes one; the first class where none is named. */
function withCondition(
  z: Float32Array,
  count: number,
  { id, latent, condition }: ModelInfo,
  wanted: number | undefined,
): Float32Array {
  const classes = condition?.names.length ?? 0;
  if (wanted !== undefined && wanted >= classes) {
    throw new AppError({
      code: 'input/condition',
      headline: classes === 0 ? 'This model takes no class' : 'There is no such class',
      where: id,
      cause: classes === 0 ? undefined : `${wanted}, the last is ${classes - 1}`,
      remedy: classes === 0 ? 'leave it out' : `choose one of ${condition!.names.join(', ')}`,
    });
  }
  if (classes === 0) return z;
  const width = latent.size + classes;
  const rows = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    rows.set(z.subarray(row * latent.size, (row + 1) * latent.size), row * width);
    rows[row * width + latent.size + (wanted ?? 0)] = 1;
  }
  return rows;
}

// ---- which runtime ----------------------------------------------------------------------------------------------------------

interface Choice {
  readonly runner: Runner;
  readonly runtime: ModelRuntime;
}

async function chooseRunner(network: DecodedNetwork, golden: Golden | undefined): Promise<Choice> {
  let why: string;
  try {
    const runner = await createOnnxRunner(network);
    const difference = await differenceFrom(golden, runner);
    if (difference === undefined) {
      const checked =
        golden === undefined ? 'it has no expected pictures to compare with' : 'its expected pictures agree';
      return {
        runner,
        runtime: { name: 'onnxruntime', why: `ONNX Runtime runs it; ${checked}.`, fallback: false },
      };
    }
    await runner.dispose();
    why = `ONNX Runtime gives other pictures than expected (${difference})`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    why = error.message.replace(/\.$/, '');
  }
  const { createTfRunner } = await import('./tf-runner');
  const runner = await createTfRunner(network);
  const difference = await differenceFrom(golden, runner);
  const doubt =
    difference === undefined ? '' : ` It gives other pictures than expected as well (${difference}).`;
  return {
    runner,
    runtime: { name: runner.backend, why: `TensorFlow.js runs it: ${why}.${doubt}`, fallback: true },
  };
}

async function differenceFrom(golden: Golden | undefined, runner: Runner): Promise<string | undefined> {
  if (golden === undefined) return undefined;
  const { passed, worst, tolerance } = await checkGolden(
    golden,
    async (z, count) => (await runner.run(z, count))[0] ?? new Float32Array(),
  );
  return passed ? undefined : `a pixel differs by ${worst.toPrecision(2)}, and ${tolerance} is allowed`;
}

// ---- numbers ----------------------------------------------------------------------------------------------------------------

async function inChunks(runner: Runner, z: Float32Array, count: number): Promise<Float32Array> {
  const each = z.length / count;
  if (count <= CHUNK) return (await runner.run(z, count))[0] ?? new Float32Array();
  let values: Float32Array | undefined;
  for (let from = 0; from < count; from += CHUNK) {
    const rows = Math.min(CHUNK, count - from);
    const [part = new Float32Array()] = await runner.run(z.subarray(from * each, (from + rows) * each), rows);
    values ??= new Float32Array((part.length / rows) * count);
    values.set(part, (part.length / rows) * from);
  }
  return values ?? new Float32Array();
}

/** Two outputs, or one with mu and logVar side by side in each row; mu alone where there is no more. */
function posteriorOf(
  outputs: readonly Float32Array[],
  count: number,
  size: number,
  logVarRange: readonly [number, number] | undefined,
): Posterior {
  const [low, high] = logVarRange ?? [-Infinity, Infinity];
  const bounded = (logVar: Float32Array): Float32Array =>
    logVar.map((value) => Math.min(high, Math.max(low, value)));
  const [first = new Float32Array(), second] = outputs;
  if (second !== undefined) {
    checkSize(first, count * size, 'latents of its encoder');
    checkSize(second, count * size, 'variances of its encoder');
    return { mu: first, logVar: bounded(second) };
  }
  if (first.length === count * size) return { mu: first, logVar: null };
  checkSize(first, 2 * count * size, 'latents of its encoder');
  const half = (offset: number): Float32Array =>
    Float32Array.from(
      { length: count * size },
      (_, at) => first[Math.floor(at / size) * 2 * size + offset + (at % size)] ?? 0,
    );
  return { mu: half(0), logVar: bounded(half(size)) };
}

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

/** The manifest says one size and the network gives another: nothing sensible can be shown. */
function checkSize(values: Float32Array, expected: number, what: string): void {
  if (values.length === expected) return;
  throw new AppError({
    code: 'model/size',
    headline: `The model's manifest does not fit the ${what}`,
    cause: `${expected} values are expected and ${values.length} come`,
    remedy: 'correct the manifest, or get the pack again',
  });
}
