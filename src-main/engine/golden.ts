/**
 * Expected pictures of a pack: a few latents and the pixels they decode to, written when the model was trained. Whoever
 * opens the pack decodes them again, so that a runtime that computes something else is noticed before a person is misled.
 */
import { z } from 'zod';
import { AppError } from '#shared/errors';
import { latentOfSeed } from '#shared/random';
import type { LatentSpace } from '#shared/domain';
import { parseStrictJson } from './store/strict-json';

const numbers = z.array(z.number());
const goldenSchema = z.object({
  formatVersion: z.literal(1),
  seed: z.int(),
  /** // [n][latent] */
  z: z.array(numbers).min(1).max(64),
  /** Values of the generator in its own range, channels last. // [n][height * width * channels] */
  pixels: z.array(numbers).min(1).max(64),
  /** Largest difference of a pixel that still counts as the same picture. */
  tolerance: z.number().positive(),
});
export type Golden = z.infer<typeof goldenSchema>;

export const GOLDEN_COUNT = 4;
/** A quarter of a grey level of 256 on [0, 1]: no eye and no rounding to bytes sees it, every wrong layer exceeds it. */
export const GOLDEN_TOLERANCE = 1e-3;
const DECIMALS = 1e5;

/** Values of the generator for `count` latents. // [count, latent] -> [count, height * width * channels] */
export type RawDecode = (z: Float32Array, count: number) => Promise<Float32Array>;

/** golden.json of a generator: the first latents of seeds `seed`, `seed + 1`, … */
export async function createGolden(
  latent: LatentSpace,
  seed: number,
  decode: RawDecode,
  { count = GOLDEN_COUNT, tolerance = GOLDEN_TOLERANCE } = {},
): Promise<Uint8Array> {
  const latents = Array.from({ length: count }, (_, i) => latentOfSeed(seed + i, latent.size, latent.prior));
  const pixels = await decode(concatenate(latents), latents.length);
  const each = pixels.length / latents.length;
  const golden: Golden = {
    formatVersion: 1,
    seed,
    z: latents.map((latentVector) => [...latentVector]),
    pixels: latents.map((_, i) =>
      Array.from(
        pixels.subarray(i * each, (i + 1) * each),
        (value) => Math.round(value * DECIMALS) / DECIMALS,
      ),
    ),
    tolerance,
  };
  return new TextEncoder().encode(`${JSON.stringify(golden)}\n`);
}

export function parseGolden(bytes: Uint8Array, where: string): Golden {
  const parsed = goldenSchema.safeParse(parseStrictJson(bytes, { code: 'pack/golden', where }));
  if (parsed.success && parsed.data.z.length === parsed.data.pixels.length) return parsed.data;
  throw new AppError({
    code: 'pack/golden',
    headline: 'The expected pictures of the model pack cannot be read',
    where,
    cause: parsed.success ? 'it has not one picture for each latent' : parsed.error.issues[0]?.message,
    remedy: 'get or make the pack again',
  });
}

export interface GoldenCheck {
  readonly passed: boolean;
  /** Largest difference of a pixel; Infinity where the sizes differ or a value is no number. */
  readonly worst: number;
  readonly tolerance: number;
}

export async function checkGolden(golden: Golden, decode: RawDecode): Promise<GoldenCheck> {
  const { tolerance } = golden;
  const expected = golden.pixels.flat();
  const actual = await decode(Float32Array.from(golden.z.flat()), golden.z.length);
  if (actual.length !== expected.length) return { passed: false, worst: Infinity, tolerance };
  let worst = 0;
  for (const [at, value] of expected.entries()) {
    const difference = Math.abs((actual[at] ?? NaN) - value);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return { passed: worst <= tolerance, worst, tolerance };
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
