// Every operation of the engine, once: what it takes, what it gives, what it sends on the way. The app's table of contents.
// To add one: a line here, a handler in engine/handlers, a method in the renderer's state, a test.
import { z } from 'zod';
import type { Operation } from './rpc';
import { attributeName, directionMethod, directionSchema } from './attribute-schema';
import type { Direction, Exemplar, ModelAttributes, Readout } from './attributes';
import type { Activity, Components } from './dimensions';
import * as contracts from './import-schema';
import type {
  DownloadEvent,
  Downloaded,
  EncoderContract,
  GeneratorContract,
  ImportEvent,
  Inspection,
  Samples,
} from './importing';
import type { HoldEvent, OpenedProject, ProjectList } from './project';
import { projectId, projectNotes, projectParts, projectTitle } from './project-schema';
import type {
  BroughtPictures,
  MapColours,
  MapGroupSummary,
  MapOverlay,
  MapPoint,
  MapPoints,
  MapProgress,
  Neighbours,
} from './map';
import { MAP_OVERLAYS } from './map';
import { broughtId, MAP_LIMITS, mapIndices, mapRecipeParts, mapSource } from './map-schema';
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
  Pictures,
} from './domain';
import { EXPORT_FORMATS } from './exporting';
import { FILM_FORMATS, type ExportedFilm, type FilmProgress } from './film';
import type { DataSummary, Estimate, JobEvent, JobInfo, PresetInfo, UnreadableJob } from './training';
import type { Walk } from './walk';
import type { WalkMeasure } from './walk-pace';
import { walkSchema } from './walk-schema';

/** operation<Result, Event>()(schema of the params) */
const operation =
  <Result, Event = never>() =>
  <Params>(params: z.ZodType<Params>): Operation<Params, Result, Event> => ({ parse: parserOf(params) });

const model = modelId;
/** The class of every picture asked for, by its number; only for models that take one. */
const condition = z.number().int().min(0).optional();
const job = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'is not a job');
const path = z.string().min(1).max(4096);
/** One line of text: no control characters, which a terminal or a file name would obey. */
const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'holds a control character');
const contract: z.ZodType<GeneratorContract> = contracts.generatorContract;
const encoderContract: z.ZodType<EncoderContract> = contracts.encoderContract;
/** Moments that a walk is looked at. */
const samples = z.number().int().min(2).max(LIMITS.walkSamples);
/** An import under way; given by imports/open. */
const importId = z.string().regex(/^[a-z0-9-]{1,64}$/, 'is not an import');

const data = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('path'), path }),
  z.object({
    kind: z.literal('builtin'),
    name: z.string().min(1).max(40),
    count: z.number().int().min(1).max(1_000_000),
    seed: z.number().int(),
    size: z.number().int().min(1).max(512),
  }),
]);
const options = z.object({
  size: z.number().int().min(4).max(512).nullable(),
  crop: z.enum(['cover', 'contain']),
  grey: z.boolean(),
  augmentation: z
    .object({
      mirror: z.boolean(),
      shift: z.number().int().min(0).max(32),
      brightness: z.number().min(0).max(1),
    })
    .optional(),
  labelColumn: z.string().min(1).max(256).optional(),
});
/** Checked in full by engine/training/train-config, which says what is wrong in the words of the family. */
const config = z.record(z.string(), z.unknown());
const trainCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('resume') }),
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('only'), update: z.string().max(40).nullable() }),
  z.object({ kind: z.literal('learning-rate'), scale: z.number().min(0).max(1e6) }),
  z.object({
    kind: z.literal('live'),
    live: z.record(z.string().max(40), z.union([z.number(), z.string().max(40)])),
  }),
  z.object({ kind: z.literal('pace'), stepsPerSecond: z.number().min(0.1).max(1e6).nullable() }),
  z.object({ kind: z.literal('preview-now') }),
]);

export const engineApi = {
  /** Version, platform, and whether there is a native engine. Cheap: loads nothing. */
  'engine/info': operation<EngineInfo>()(z.object({})),
  /** Runs until cancelled; an event every `everyMs`. */
  'engine/watch': operation<null, EngineStats>()(z.object({ everyMs: z.number().int().min(50).max(60_000) })),

  /** Every pack, bundled and in the person's library; damaged ones with the reason. */
  'models/list': operation<ModelList>()(z.object({})),
  /** Loads the model, so that the first decode is fast. */
  'models/open': operation<OpenedModel>()(z.object({ model })),
  /** The encoded pictures, if the pack has any. */
  'models/codes': operation<Codes | null>()(z.object({ model })),

  'models/rename': operation<null>()(z.object({ model, title: line(200) })),
  /** The words of the card, and how its classes are called. */
  'models/card': operation<null>()(
    z.object({
      model,
      card: z.string().max(LIMITS.cardLength),
      licence: line(200),
      provenance: z.string().min(1).max(2_000),
      classNames: z.array(z.string().max(200)).max(100_000).optional(),
    }),
  ),
  /** Out of the library; `undo` brings it back, for 30 days. */
  'models/remove': operation<{ readonly undo: string }>()(z.object({ model })),
  'models/restore': operation<{ readonly model: string }>()(z.object({ undo: z.string().max(200) })),
  /** Where it lies on the engine's machine. */
  'models/folder': operation<{ readonly folder: string }>()(z.object({ model })),
  /** 16 seeded pictures, the classes spread over them; at most 128 pixels on a side. */
  'models/samples': operation<Pictures>()(z.object({ model })),
  /** Makes the file; its bytes are fetched in pieces, in order. It is forgotten when it was read, or after a while. */
  'models/export': operation<{ readonly file: string; readonly name: string; readonly size: number }>()(
    z.object({ model, part: z.enum(['generator', 'encoder']), format: z.enum(EXPORT_FORMATS) }),
  ),
  'models/piece': operation<{ readonly piece: Uint8Array }>()(
    z.object({ file: z.string().max(64), offset: z.number().int().min(0) }),
  ),

  /** z is [n, size]; the pictures come in that order. */
  'latent/decode': operation<Decoded>()(z.object({ model, z: latents, condition })),
  /**
   * n x n pictures through the inverse CDF of a 2-d prior, row by row from the top. `span` in standard deviations. Of a latent with
   * more dimensions, over the plane origin + x u + y v; with `range`, x and y go in equal steps from its first number to its second,
   * both included.
   */
  'latent/grid': operation<Decoded>()(
    z.object({
      model,
      n: z.number().int().min(2).max(LIMITS.gridSide),
      span: z.number().min(0.1).max(6),
      condition,
      plane: z.object({ origin: latents, u: latents, v: latents }).optional(),
      range: z.tuple([z.number().min(-100).max(100), z.number().min(-100).max(100)]).optional(),
    }),
  ),
  /** How much each dimension of z says; quick where the model brings figures or codes, else by many small decodes. */
  'latent/activity': operation<Activity, { readonly done: number; readonly total: number }>()(
    z.object({ model }),
  ),
  /** Principal components, to be coordinates or directions. */
  'latent/components': operation<Components, { readonly done: number; readonly total: number }>()(
    z.object({ model }),
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

  /** The words that a model's pictures are labelled with, and its sliders: those of the pack and the person's own. */
  'attributes/list': operation<ModelAttributes>()(z.object({ model })),
  /** Labelled latents that meet the words, drawn by the seed: the same for the same seed. `found` is how many there are to draw from. */
  'attributes/pick': operation<{
    readonly found: number;
    readonly exemplars: readonly Exemplar[];
    readonly pictures: Pictures;
  }>()(
    z.object({
      model,
      phrase: z.string().max(400),
      count: z.number().int().min(1).max(LIMITS.exemplars),
      seed: z.number().int(),
    }),
  ),
  /** Directions of one method: one for `attribute`, one for each attribute without it, or the first `count` where there are no labels. */
  'attributes/find': operation<readonly Direction[], { readonly done: number; readonly total: number }>()(
    z.object({
      model,
      method: directionMethod,
      attribute: attributeName.optional(),
      /** What a conditional direction must not move; all others where it is left out. */
      against: z.array(attributeName).max(LIMITS.attributes).optional(),
      count: z.number().int().min(1).max(LIMITS.exemplars).optional(),
    }),
  ),
  /** A person's own slider; one of the same name is replaced. */
  'attributes/save': operation<null>()(z.object({ model, direction: directionSchema })),
  'attributes/remove': operation<null>()(z.object({ model, name: attributeName })),
  /** What the attributes read at one z, by linear regression on the labelled latents: quick enough for every frame. */
  'attributes/readout': operation<Readout>()(z.object({ model, z: latents })),

  /** How much the picture changes along a walk, at evenly spread moments. */
  'walks/measure': operation<WalkMeasure, FilmProgress>()(z.object({ model, walk: walkSchema, samples })),
  /** The walk at an even pace: equal times, equal changes of the picture. With `keepSeconds` even within each leg only. */
  'walks/even': operation<Walk, FilmProgress>()(
    z.object({ model, walk: walkSchema, samples, keepSeconds: z.boolean() }),
  ),
  /** Makes the film as a whole; its bytes are fetched by `models/piece`. Where it is very large, `yes` must say so. */
  'walks/export': operation<ExportedFilm, FilmProgress>()(
    z.object({
      model,
      walk: walkSchema,
      format: z.enum(FILM_FORMATS),
      fps: z.number().min(1).max(LIMITS.filmRate),
      frames: z.number().int().min(1).max(LIMITS.filmFrames).optional(),
      size: z.number().int().min(1).max(LIMITS.pictureSide).optional(),
      smooth: z.boolean().optional(),
      loop: z.boolean(),
      yes: z.boolean().optional(),
    }),
  ),

  /** Everything a person made, a file each; those that cannot be opened with the reason. */
  'projects/list': operation<ProjectList>()(z.object({})),
  'projects/open': operation<OpenedProject>()(z.object({ project: projectId })),
  /** Until it is cancelled nobody else may save the project. Where somebody else holds it, ends when they let it go. */
  'projects/hold': operation<null, HoldEvent>()(z.object({ project: projectId })),
  /** On top of `revision`, or not at all. Parts that are left out stay as they are. Without a title it lies among the unnamed. */
  'projects/save': operation<{ readonly revision: number; readonly savedAt: number }>()(
    z.object({
      project: projectId,
      holder: z.string().max(64),
      revision: z.number().int().min(0),
      title: projectTitle.nullable(),
      notes: projectNotes,
      models: z.array(modelId).max(LIMITS.projectModels),
      parts: projectParts,
      cover: z
        .object({
          width: z.number().int().min(1).max(LIMITS.pictureSide),
          height: z.number().int().min(1).max(LIMITS.pictureSide),
          rgba: bytes,
        })
        .nullable(),
    }),
  ),
  'projects/duplicate': operation<{ readonly project: string }>()(
    z.object({ project: projectId, title: projectTitle }),
  ),
  /** `undo` brings it back, for 30 days. */
  'projects/remove': operation<{ readonly undo: string }>()(z.object({ project: projectId })),
  'projects/restore': operation<{ readonly project: string }>()(z.object({ undo: z.string().max(200) })),
  /** Its bytes are fetched by `models/piece`. */
  'projects/export': operation<{ readonly file: string; readonly name: string; readonly size: number }>()(
    z.object({ project: projectId, withModels: z.boolean() }),
  ),
  /** A project file of anybody's; the models that lie in it are brought in by imports/open of the same path. */
  'projects/import': operation<{ readonly project: string; readonly inside: readonly string[] }>()(
    z.object({ path }),
  ),

  /** Many points of the latent space laid out flat. The same recipe gives the same map. */
  'maps/make': operation<MapPoints, MapProgress>()(z.object({ model, condition, ...mapRecipeParts })),
  /** What its points are coloured by: a key of MapPoints.colours. */
  'maps/colour': operation<MapColours, MapProgress>()(
    z.object({ model, source: mapSource, by: z.string().min(1).max(300), condition }),
  ),
  /** As a PNG with what makes it again inside. */
  'maps/draw': operation<{ readonly png: Uint8Array }, MapProgress>()(
    z.object({
      ...{ model, condition, ...mapRecipeParts, colour: z.string().min(1).max(300) },
      hidden: z.array(z.number().int().min(0).max(255)).max(256).readonly(),
    }),
  ),
  'maps/point': operation<MapPoint>()(
    z.object({ model, source: mapSource, index: z.number().int().min(0), condition }),
  ),
  /** What these points decode to, in their order. */
  'maps/pictures': operation<Pictures>()(
    z.object({ model, source: mapSource, indices: mapIndices(MAP_LIMITS.pictures), condition }),
  ),
  /** // z [indices, size] */
  'maps/latents': operation<{ readonly z: Float32Array }>()(
    z.object({ model, source: mapSource, indices: mapIndices(MAP_LIMITS.latents) }),
  ),
  'maps/group': operation<MapGroupSummary>()(
    z.object({ model, source: mapSource, indices: mapIndices(MAP_LIMITS.points) }),
  ),
  /** Where further latents lie on a map. // xy [n, 2] */
  'maps/place': operation<{ readonly xy: Float32Array }>()(
    z.object({ model, z: latents, condition, ...mapRecipeParts }),
  ),
  /** Of a 2-d latent: what is drawn under its points. */
  'maps/overlay': operation<MapOverlay, MapProgress>()(
    z.object({ model, kind: z.enum(MAP_OVERLAYS), condition }),
  ),
  /** Pictures that windows brought in as points of maps, the newest first. */
  'maps/brought': operation<readonly BroughtPictures[]>()(z.object({})),
  /** Takes the copy of such pictures away; what the person has elsewhere stays. */
  'maps/forget': operation<null>()(z.object({ id: broughtId })),
  /** The closest points of a source to a latent, to one of its own points, or to a picture: by z and by pixels. */
  'neighbours/find': operation<Neighbours, MapProgress>()(
    z.object({
      model,
      query: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('z'), z: latents }),
        z.object({ kind: z.literal('point'), index: z.number().int().min(0) }),
        z.object({
          kind: z.literal('picture'),
          name: fileName,
          file: fileBytes(LIMITS.pictureBytes),
        }),
      ]),
      source: mapSource,
      count: z.number().int().min(1).max(MAP_LIMITS.neighbours),
      condition,
    }),
  ),

  /** One of the encoded pictures beside its reconstruction. */
  'data/picture': operation<DataPicture>()(z.object({ model, index: z.number().int().min(0) })),
  /** Brings the pictures of the test set to this machine: the data's own file, recognised by its hash. */
  'data/attach': operation<{ readonly count: number }>()(
    z.object({ model, name: fileName, file: fileBytes(LIMITS.dataBytes) }),
  ),

  /** Data for training as it would be read: counts, statistics, what cannot be read, a contact sheet. */
  'data/summary': operation<DataSummary, { readonly done: number; readonly total: number }>()(
    z.object({ data, options }),
  ),
  /**
   * A file of the person's, in pieces, for a window that knows no paths. The last piece answers with where it lies. Files of one
   * folder come under one `upload`, each by its path inside the folder; the last of them answers with where the folder lies. `forMap`:
   * it is kept under this id as points of a map, in place of what was kept under it.
   */
  'data/upload': operation<{ readonly path: string | null }>()(
    z.object({
      upload: z.string().regex(/^[a-z0-9]{8,40}$/),
      name: fileName,
      offset: z.number().int().min(0),
      total: z.number().int().min(1).max(LIMITS.uploadBytes),
      piece: fileBytes(LIMITS.pieceBytes),
      folder: z.object({ name: fileName, last: z.boolean(), forMap: broughtId.optional() }).optional(),
    }),
  ),

  /** Looks at a stranger's file, folder or zip in a process of its own. It stays open until it is accepted, closed, or an hour old. */
  /** Where several models lie in it: the one to begin with is the one in the folder `within`. */
  'imports/open': operation<Inspection, ImportEvent>()(
    z.object({ path, within: z.string().max(4096).optional() }),
  ),
  /** Another of the networks that were found becomes the generator. */
  'imports/choose': operation<Inspection>()(z.object({ import: importId, path })),
  /** Another of the networks that were found becomes the encoder, or none; of the generator as a person corrected it. */
  'imports/encoder': operation<Inspection>()(
    z.object({ import: importId, path: path.nullable(), contract: contract.optional() }),
  ),
  /** 16 pictures under a contract that a person corrected. */
  'imports/sample': operation<Samples>()(
    z.object({ import: importId, contract, seed: z.number().int(), condition }),
  ),
  /** Writes the pack into the library and ends the import. */
  'imports/accept': operation<{ readonly model: string }>()(
    z.object({
      import: importId,
      contract,
      encoder: z.object({ path, contract: encoderContract }).nullable(),
      title: z.string().min(1).max(200),
      /** Empty where the person does not know: the card then says so. */
      licence: z.string().max(200),
      provenance: z.string().max(2000),
    }),
  ),
  'imports/close': operation<null>()(z.object({ import: importId })),
  /** A file from a web address, to be opened next; cancelled or failed, nothing stays. */
  'imports/download': operation<Downloaded, DownloadEvent>()(z.object({ url: z.string().min(1).max(4096) })),

  /** Ready-made configurations, bundled and by family. */
  'train/presets': operation<readonly PresetInfo[]>()(z.object({})),
  /** Parameters, memory and time of a configuration, measured by a few trial steps on the data. */
  'train/estimate': operation<Estimate>()(z.object({ config, data, options })),

  'jobs/list': operation<readonly JobInfo[]>()(z.object({})),
  /** Those of a newer version, and damaged ones. */
  'jobs/unreadable': operation<readonly UnreadableJob[]>()(z.object({})),
  /** Queues a training; it runs in a process of its own. */
  'jobs/start': operation<{ readonly id: string }>()(z.object({ config, data, options })),
  /** First where the job stands and its history, then what happens, until cancelled. */
  'jobs/watch': operation<null, JobEvent>()(z.object({ job })),
  'jobs/command': operation<null>()(z.object({ job, command: trainCommand })),
  /** Goes on with a job that was stopped or failed, from its last checkpoint. */
  'jobs/resume': operation<null>()(z.object({ job })),
  /**
   * Stops it if it runs, and removes its folder. A finished model in the library stays. What was brought in for it goes where no other
   * training names it, unless another is being `prepared` of it: the path of its data.
   */
  'jobs/remove': operation<null>()(z.object({ job, prepared: path.optional() })),

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
