/** What a manifest says of its networks, as the contracts by which they are run; and back, for a pack that is being written. */
import type { EncoderContract, GeneratorContract } from '#shared/importing';
import { AppError } from '#shared/errors';
import type { Manifest } from './manifest';
import type { NetworkRunner } from './network-runner';

/** @throws AppError model/ports where the manifest names no ports and the network has not one input. */
export function generatorContractOf(
  { generator, latent, condition, output }: Manifest,
  runner: NetworkRunner,
): GeneratorContract {
  const { ports } = generator;
  const input = ports?.latent ?? onlyInput(runner, generator.file);
  return {
    latent: {
      input,
      shape: latent.shape ?? [latent.size],
      batch: ports?.batch ?? 'any',
      prior: latent.prior,
    },
    condition:
      condition === undefined
        ? null
        : {
            input: ports?.condition?.input ?? input,
            encoding: ports?.condition?.encoding ?? 'one-hot',
            size: condition.size,
            names: condition.names,
          },
    fixed: ports?.fixed ?? [],
    picture: { ...output, output: ports?.picture ?? runner.outputs[0]?.name ?? '' },
  };
}

/** The parts of a manifest that a contract decides. */
export function manifestOfContract({ latent, condition, fixed, picture }: GeneratorContract): Pick<
  Manifest,
  'latent' | 'output'
> & {
  readonly condition?: NonNullable<Manifest['condition']>;
  readonly ports: NonNullable<Manifest['generator']['ports']>;
} {
  const { output, ...format } = picture;
  return {
    latent: {
      size: latent.shape.reduce((total, side) => total * side, 1),
      prior: latent.prior,
      ...(latent.shape.length === 1 ? {} : { shape: [...latent.shape] }),
    },
    output: { ...format, range: [...format.range] },
    ...(condition === null
      ? {}
      : { condition: { kind: 'class', size: condition.size, names: [...condition.names] } }),
    ports: {
      latent: latent.input,
      batch: latent.batch,
      ...(condition === null ? {} : { condition: { input: condition.input, encoding: condition.encoding } }),
      fixed: fixed.map(({ input, shape, value }) => ({ input, shape: [...shape], value })),
      picture: output,
    },
  };
}

export function encoderContractOf(
  { encoder, latent, output }: Manifest,
  runner: NetworkRunner,
): EncoderContract {
  if (encoder?.ports !== undefined) return encoder.ports;
  const [first, second] = runner.outputs;
  const width = (first?.shape ?? []).slice(1).reduce<number>((total, side) => total * (side ?? 1), 1);
  return {
    input: onlyInput(runner, encoder?.file ?? ''),
    layout: output.layout,
    range: output.range,
    batch: 'any',
    mu: first?.name ?? '',
    logVar:
      second !== undefined
        ? { kind: 'output', output: second.name }
        : width === 2 * latent.size
          ? { kind: 'half' }
          : null,
  };
}

function onlyInput({ inputs }: NetworkRunner, where: string): string {
  const [input] = inputs;
  if (input !== undefined && inputs.length === 1) return input.name;
  throw new AppError({
    code: 'model/ports',
    headline: 'The manifest does not say what goes into which input of the network',
    where,
    cause: `it has ${inputs.length}: ${inputs
      .map(({ name }) => name)
      .join(', ')
      .slice(0, 200)}`,
    remedy: 'get or make the pack again',
  });
}
