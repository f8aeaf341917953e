// The models that a project was made with, by the hash of their generators: what is written down of them, and what has become of them since.
import type { ModelStanding, ProjectModel } from '#shared/project';
import { AppError } from '#shared/errors';
import type { Pack } from '../pack';
import type { Registry } from '../registry';

/** What a project keeps of a model; `known` is what it had before, for a model that is not there any more. */
export async function noteModels(
  ids: readonly string[],
  known: readonly ProjectModel[],
  registry: Registry,
): Promise<readonly ProjectModel[]> {
  const noted: ProjectModel[] = [];
  for (const id of new Set(ids)) {
    const before = known.find((model) => model.id === id);
    const pack = await packOf(id, registry);
    if (pack !== null) noted.push(noteOf(pack));
    else if (before !== undefined) noted.push(before);
  }
  return noted;
}

export async function standingOf(model: ProjectModel, registry: Registry): Promise<ModelStanding> {
  const there = await packOf(model.id, registry);
  if (there !== null && generatorOf(there) === model.generator) return { kind: 'there' };
  const { models } = await registry.list();
  for (const { id } of models) {
    const pack = await packOf(id, registry);
    if (pack !== null && generatorOf(pack) === model.generator) return { kind: 'elsewhere', id };
  }
  return { kind: there === null ? 'missing' : 'changed' };
}

/** A pack that is missing or damaged is nothing to a project, which says so in its own words. */
async function packOf(id: string, registry: Registry): Promise<Pack | null> {
  try {
    return await registry.get(id);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const generatorOf = ({ manifest }: Pack): string | undefined => manifest.files[manifest.generator.file];

const cut = (text: string, max: number): string => text.slice(0, max);

function noteOf(pack: Pack): ProjectModel {
  const { id, title, licence, provenance } = pack.manifest;
  return {
    id,
    title: cut(title, 400),
    generator: generatorOf(pack) ?? '',
    licence: cut(licence, 400),
    provenance: cut(provenance, 4_000),
  };
}

/**
 * A JSON text in which another id stands for a model: a project speaks of models by their ids, and the one that was brought in may bear
 * another. Only whole texts are exchanged, the id in its quotes.
 */
export function withModelId(part: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(part);
  const [old, other] = [JSON.stringify(from), JSON.stringify(to)];
  if (!text.includes(old) && !text.includes(inner(old))) return part;
  return new TextEncoder().encode(text.replaceAll(old, other).replaceAll(inner(old), inner(other)));
}

/** As it stands in a JSON text that is itself a text of the JSON. */
const inner = (quoted: string): string => JSON.stringify(quoted).slice(1, -1);
