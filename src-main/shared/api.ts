// Every operation of the engine, once: what it takes, what it gives, what it sends on the way. The app's table of contents.
// To add one: a line here, a handler in engine/handlers, a method in the renderer's state, a test.
import { z } from 'zod';
import type { Operation } from './rpc';
import { LIMITS, bytes, fileBytes, fileName, latents, modelId, parserOf } from './schema';
import type {
  Codes,
  DataPicture,
  Decoded,
  Encoded,
  EngineInfo,
  EngineStats,
  ModelList,
  OpenedModel,
} from './domain';

/** operation<Result, Event>()(schema of the params) */
const operation =
  <Result, Event = never>() =>
  <Params>(params: z.ZodType<Params>): Operation<Params, Result, Event> => ({ parse: parserOf(params) });

const model = modelId;

export const engineApi = {
  /** Version, platform, and whether there is a native engine. Cheap: loads nothing. */
  'engine/info': operation<EngineInfo>()(z.object({})),
  /** Runs until cancelled; an event every `everyMs`. */
  'engine/watch': operation<null, EngineStats>()(z.object({ everyMs: z.number().int().min(50).max(60_000) })),

  /** Every pack, bundled and in the person's library; damaged ones with the reason. */
  'models/list': operation<ModelList>()(z.object({})),
  /** Loads the model, so that the first decode is fast. */
  'models/open': operation<OpenedModel>()(z.object({ model })),
  /** The encoded test set, if the pack has one. */
  'models/codes': operation<Codes | null>()(z.object({ model })),

  /** z is [n, size]; the pictures come in that order. */
  'latent/decode': operation<Decoded>()(z.object({ model, z: latents })),
  /** n x n pictures through the inverse CDF of a 2-d prior, row by row from the top. `span` in standard deviations. */
  'latent/grid': operation<Decoded>()(
    z.object({ model, n: z.number().int().min(2).max(LIMITS.gridSide), span: z.number().min(0.1).max(6) }),
  ),
  /** A picture file (PNG, JPEG, WebP, GIF, …) through the encoder and back. */
  'latent/encode': operation<Encoded>()(
    z.object({
      model,
      name: fileName,
      file: fileBytes(LIMITS.pictureBytes),
      /** Dark on light drawings for a model of light on dark: 'auto' looks at the border. */
      invert: z.enum(['auto', 'yes', 'no']),
    }),
  ),

  /** One picture of the test set beside its reconstruction. */
  'data/picture': operation<DataPicture>()(z.object({ model, index: z.number().int().min(0) })),
  /** Brings the pictures of the test set to this machine: the data's own file, recognised by its hash. */
  'data/attach': operation<{ readonly count: number }>()(
    z.object({ model, name: fileName, file: fileBytes(LIMITS.dataBytes) }),
  ),

  /** Pictures side by side as one PNG; `text` is kept inside it (what reproduces it). */
  'export/png': operation<{ readonly png: Uint8Array }>()(
    z.object({
      count: z.number().int().min(1).max(LIMITS.decodeCount),
      width: z.number().int().min(1).max(4096),
      height: z.number().int().min(1).max(4096),
      rgba: bytes,
      columns: z.number().int().min(1).max(LIMITS.decodeCount),
      gap: z.number().int().min(0).max(64),
      scale: z.number().int().min(1).max(64),
      text: z.record(z.string().max(79), z.string().max(65_536)),
    }),
  ),
} as const;

export type EngineApi = typeof engineApi;
