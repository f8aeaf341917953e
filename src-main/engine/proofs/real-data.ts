// Data that is not drawn here, for claims about it. It lies where a person keeps data sets; see Proof.needs.
import { join } from 'node:path';
import { openData } from '../datasets/open-data';

/** A data set with a test set of its own, from the folder that LATENTSCAPE_DATA names. */
export async function openReal(name: string, size: number | null = null) {
  const spec = { kind: 'path', path: join(process.env.LATENTSCAPE_DATA ?? '', name) } as const;
  const { source, validation } = await openData(spec, { size });
  if (validation === null) throw new Error(`${spec.path} has no test set`);
  return { spec, source, test: validation };
}
