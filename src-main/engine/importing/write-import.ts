/** From what was inspected and corrected to a pack in the library: complete, portable, written whole or not at all. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncoderContract, GeneratorContract, ImportWords } from '#shared/importing';
import { FORMATS, type FormatName } from '#shared/importing';
import { errorCode } from '../store/file-port';
import { isJsonObject } from '../store/strict-json';
import { encodeAnyNetwork } from '../any-network';
import { createGolden, GOLDEN_COUNT, GOLDEN_TOLERANCE } from '../golden';
import type { Generator } from '../generator';
import type { AnyNetwork } from '../loaders/loader';
import { PACK_ID, type Manifest } from '../manifest';
import { manifestOfContract } from '../manifest-contract';
import { MANIFEST_FILE, writePack } from '../pack';
import { toChannelsLast } from '../picture-order';

export interface ImportedModel {
  readonly words: ImportWords;
  readonly generator: {
    readonly network: AnyNetwork;
    readonly contract: GeneratorContract;
    readonly running: Generator;
  };
  readonly encoder: { readonly network: AnyNetwork; readonly contract: EncoderContract } | null;
  readonly source: {
    readonly name: string;
    readonly format: FormatName;
    readonly sha256: string;
    readonly producer?: string | undefined;
  };
  readonly warnings: readonly string[];
  /** False where one z does not always give one picture: nothing could be compared later. */
  readonly deterministic: boolean;
  /** ONNX Runtime was found to give other numbers: the expected pictures are those of TensorFlow.js, and are held to closely. */
  readonly strict: boolean;
}

export interface LibraryPlaces {
  readonly library: string;
  /** Ids that are taken elsewhere, e.g. by packs that came with the app. */
  readonly taken: readonly string[];
}

/** Numbers in golden.json; a few large pictures say as much as many small ones. */
const GOLDEN_VALUES = 400_000;
const MOST_GOLDEN_VALUES = 1_200_000;
/** Rounding of sums in another order; what a wrong translation differs by is more. */
const STRICT_TOLERANCE = 1e-5;
const SEED = 1;

/** @returns the id of the new pack. */
export async function writeImport(model: ImportedModel, places: LibraryPlaces): Promise<string> {
  const { words, generator, encoder, source } = model;
  await mkdir(places.library, { recursive: true });
  const id = await freeId(words.title, places);
  const main = encodeAnyNetwork(generator.network);
  const beside = encoder === null ? null : encodeAnyNetwork(encoder.network);
  const { ports, ...contractParts } = manifestOfContract(generator.contract);
  const files = new Map([[`generator.${main.ending}`, main.bytes]]);
  if (beside !== null) files.set(`encoder.${beside.ending}`, beside.bytes);
  const golden = await goldenOf(model);
  if (golden !== null) files.set('golden.json', golden);
  files.set('README.md', new TextEncoder().encode(cardOf(model)));
  const manifest: Omit<Manifest, 'files' | 'formatVersion'> = {
    id,
    title: words.title,
    family: 'imported',
    generator: { file: `generator.${main.ending}`, format: main.format, ports },
    ...(beside === null || encoder === null
      ? {}
      : {
          encoder: {
            file: `encoder.${beside.ending}`,
            format: beside.format,
            ports: mutable(encoder.contract),
          },
        }),
    ...contractParts,
    ...(golden === null ? {} : { golden: 'golden.json' }),
    card: 'README.md',
    licence: words.licence === '' ? 'not stated' : words.licence,
    provenance: words.provenance === '' ? `imported from ${source.name}` : words.provenance,
    source: {
      name: source.name,
      format: source.format,
      sha256: source.sha256,
      ...(source.producer === undefined ? {} : { producer: source.producer }),
    },
  };
  await writePack(join(places.library, id), { manifest, files });
  return id;
}

const mutable = ({
  range,
  ...contract
}: EncoderContract): NonNullable<NonNullable<Manifest['encoder']>['ports']> => ({
  ...contract,
  range: [range[0], range[1]],
});

async function goldenOf({
  generator: { contract, running },
  deterministic,
  strict,
}: ImportedModel): Promise<Uint8Array | null> {
  const { picture, latent } = contract;
  const each = picture.height * picture.width * picture.channels;
  if (!deterministic || each > MOST_GOLDEN_VALUES) return null;
  const count = Math.max(1, Math.min(GOLDEN_COUNT, Math.floor(GOLDEN_VALUES / each)));
  const [black, white] = picture.range;
  return createGolden(
    { size: running.size, prior: latent.prior },
    SEED,
    async (z, rows) => toChannelsLast(await running.decode(z, rows), picture, running.order),
    { count, tolerance: (strict ? STRICT_TOLERANCE : GOLDEN_TOLERANCE) * (white - black) },
  );
}

/** The title in small letters and digits; a number after it where that is taken. */
export async function freeId(title: string, { library, taken }: LibraryPlaces): Promise<string> {
  const used = new Set([...taken, ...(await readdir(library).catch(() => []))]);
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 56)
    .replace(/-+$/, '');
  const base = PACK_ID.test(plain) ? plain : 'imported-model';
  for (let number = 1; ; number++) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!used.has(id)) return id;
  }
}

/** The pack in the library that was imported from the same bytes. Manifests only: nothing is opened. */
export async function findImported(library: string, sha256: string): Promise<string | null> {
  let names: readonly string[];
  try {
    names = (await readdir(library)).filter((name) => PACK_ID.test(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  for (const name of names) {
    try {
      const json: unknown = JSON.parse(await readFile(join(library, name, MANIFEST_FILE), 'utf8'));
      if (!isJsonObject(json as never)) continue;
      const { source } = json as { readonly source?: { readonly sha256?: unknown } };
      if (source?.sha256 === sha256) return name;
    } catch {
      // a damaged pack is told of in the library, not here
    }
  }
  return null;
}

function cardOf({ words, source, warnings, encoder, generator }: ImportedModel): string {
  const { latent, condition, picture } = generator.contract;
  const prior = latent.prior.kind === 'normal' ? 'N(0, I)' : `U(${latent.prior.low}, ${latent.prior.high})`;
  const lines = [
    `# ${words.title}`,
    '',
    `Imported from \`${source.name.replaceAll('`', "'")}\` (${FORMATS[source.format]}${source.producer === undefined ? '' : `, written by ${source.producer}`}), SHA-256 \`${source.sha256}\`.`,
    '',
    `- Latent: ${latent.shape.join(' x ')}, prior ${prior}`,
    ...(condition === null ? [] : [`- Class: one of ${condition.size}`]),
    `- Pictures: ${picture.width} x ${picture.height}, ${picture.channels === 1 ? 'grey' : picture.channels === 3 ? 'RGB' : 'RGBA'}, values from ${picture.range[0]} to ${picture.range[1]}`,
    `- Encoder: ${encoder === null ? 'none' : 'yes'}`,
    `- Licence: ${words.licence === '' ? 'not stated' : words.licence}`,
    ...(words.provenance === '' ? [] : [`- Provenance: ${words.provenance}`]),
    ...(warnings.length === 0
      ? []
      : ['', '## Noticed on the way in', '', ...warnings.map((warning) => `- ${warning}`)]),
    '',
  ];
  return lines.join('\n');
}
