/** A pack says itself what its networks are: nothing is guessed, and it is taken over whole unless a person corrects it. */
import { isDeepStrictEqual } from 'node:util';
import type { GeneratorContract } from '#shared/importing';
import type { Manifest } from '../manifest';
import { generatorContractOf } from '../manifest-contract';
import type { NetworkRunner } from '../network-runner';
import type { Understood } from './understand';

export function understoodPack(manifest: Manifest, runner: NetworkRunner): Understood {
  const fields = ['latent.input', 'latent.prior', 'picture.layout', 'picture.range'];
  return {
    contract: generatorContractOf(manifest, runner),
    guesses: fields.map((field) => ({ field, certain: true, why: 'The pack says so itself.' })),
    warnings: [],
    deterministic: manifest.golden !== undefined,
  };
}

/** With its codes, its card and its expected pictures, which a corrected contract would make wrong. */
export const isWhole = (
  manifest: Manifest,
  understood: Understood,
  chosen: { readonly contract: GeneratorContract; readonly encoder: object | null },
): boolean =>
  isDeepStrictEqual(plain(chosen.contract), plain(understood.contract)) &&
  (chosen.encoder === null) === (manifest.encoder === undefined);

/** As it comes back from a window, which has no undefined values. */
const plain = (contract: GeneratorContract): unknown => JSON.parse(JSON.stringify(contract));
