/** From pictures to latents by a contract: mu, and logVar where the network gives it. */
import { AppError } from '#shared/errors';
import type { EncoderContract } from '#shared/importing';
import { padded, rowsOf } from './generator';
import type { NetworkRunner } from './network-runner';
import { channelOrder, pictureShape, type PictureSize } from './picture-order';
import { bytesToFloats } from './pictures';

export interface Posterior {
  readonly mu: Float32Array; // [count, latent]
  readonly logVar: Float32Array | null; // [count, latent]
}

export interface Encoder {
  /** Bytes, channels last. // [count, height, width, channels] -> [count, latent] */
  readonly encode: (pictures: Uint8Array, count: number) => Promise<Posterior>;
  readonly dispose: () => Promise<void>;
}

export interface EncoderSize {
  readonly picture: PictureSize;
  readonly latent: number;
  /** logVar is cut to this, as it was in training. */
  readonly logVarRange?: readonly [number, number] | undefined;
}

export function createEncoder(
  runner: NetworkRunner,
  contract: EncoderContract,
  { picture, latent, logVarRange = [-Infinity, Infinity] }: EncoderSize,
): Encoder {
  const { input, layout, range, batch, mu: muName, logVar } = contract;
  const { height, width, channels } = picture;
  const each = height * width * channels;
  const rowsPerRun = rowsOf(batch, each);
  const order = channelOrder(layout);
  const wanted = logVar?.kind === 'output' ? [muName, logVar.output] : [muName];
  const [low, high] = logVarRange;

  /** // [rows, latent] or [rows, 2 * latent] for each wanted output */
  async function run(values: Float32Array, rows: number): Promise<readonly Float32Array[]> {
    const shape = pictureShape(layout, picture, rows, batch !== 'none');
    const answer = await runner.run(new Map([[input, { shape, data: values }]]), wanted);
    return wanted.map((name, at) => {
      const data = answer.get(name)?.data ?? new Float32Array();
      const expected = rows * latent * (at === 0 && logVar?.kind === 'half' ? 2 : 1);
      if (data.length !== expected) throw wrongSize(name, expected, data.length);
      return data;
    });
  }

  return {
    async encode(pictures, count) {
      const values = bytesToFloats(pictures, {
        height,
        width,
        channels: channels as 1 | 3 | 4,
        range,
        layout: order,
      });
      const mu = new Float32Array(count * latent);
      const variance = logVar === null ? null : new Float32Array(count * latent);
      for (let from = 0; from < count; from += rowsPerRun) {
        const part = Math.min(rowsPerRun, count - from);
        const rows = batch === 'any' ? part : rowsPerRun;
        const [first = new Float32Array(), second] = await run(
          padded(values.subarray(from * each, (from + part) * each), each, rows),
          rows,
        );
        for (let row = 0; row < part; row++) {
          const at = (values: Float32Array | undefined, block: number): Float32Array | undefined =>
            values?.subarray(block * latent, (block + 1) * latent);
          const [ofMu, ofVariance] =
            logVar?.kind !== 'half'
              ? [at(first, row), at(second, row)]
              : logVar.half === 'first'
                ? [at(first, 2 * row + 1), at(first, 2 * row)]
                : [at(first, 2 * row), at(first, 2 * row + 1)];
          if (ofMu !== undefined) mu.set(ofMu, (from + row) * latent);
          if (ofVariance !== undefined) variance?.set(ofVariance, (from + row) * latent);
        }
      }
      return { mu, logVar: variance?.map((value) => Math.min(high, Math.max(low, value))) ?? null };
    },
    dispose: () => runner.dispose(),
  };
}

function wrongSize(output: string, expected: number, given: number): AppError {
  return new AppError({
    code: 'model/size',
    headline: 'The encoder gives another number of values than the latent has',
    where: `output ${output}`,
    cause: `${expected} are expected and ${given} come`,
    remedy: 'choose the encoder of this generator',
  });
}
