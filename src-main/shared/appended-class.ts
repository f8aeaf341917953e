// Conditional generators that take their class as the last numbers of z, one-hot. Nothing in such a file tells them from others, so a person
// says so; and says what no class is.
import type { GeneratorContract, TensorPort } from './importing';

const isAppended = ({ latent, condition }: GeneratorContract): boolean => condition?.input === latent.input;

/** Numbers that the latent's input takes: z, and a class after it; null where z is no vector. */
export function numbersTaken(contract: GeneratorContract): number | null {
  const [size] = contract.latent.shape;
  if (contract.latent.shape.length !== 1 || size === undefined) return null;
  return size + (isAppended(contract) ? (contract.condition?.size ?? 0) : 0);
}

/** The last `classes` numbers become a class, and z what is before them; null where too few would be left. */
export function withClassAppended(
  contract: GeneratorContract,
  classes: number,
  inputs: readonly TensorPort[],
): GeneratorContract | null {
  const taken = numbersTaken(contract);
  if (taken === null || !Number.isInteger(classes) || classes < 1 || classes >= taken) return null;
  const alone = withoutCondition(contract, inputs);
  const { latent, condition } = contract;
  const names = condition?.size === classes ? condition.names : [];
  return {
    ...alone,
    latent: { ...latent, shape: [taken - classes] },
    condition: { input: latent.input, encoding: 'one-hot', size: classes, names },
  };
}

/** An input of its own is then filled with 0; numbers after z belong to z again. */
export function withoutCondition(
  contract: GeneratorContract,
  inputs: readonly TensorPort[],
): GeneratorContract {
  const { latent, condition, fixed } = contract;
  if (condition === null) return contract;
  const taken = numbersTaken(contract);
  if (isAppended(contract))
    return {
      ...contract,
      condition: null,
      latent: { ...latent, shape: taken === null ? latent.shape : [taken] },
    };
  const port = inputs.find(({ name }) => name === condition.input);
  const shape = (port?.shape ?? []).map((side) => side ?? 1);
  return { ...contract, condition: null, fixed: [...fixed, { input: condition.input, shape, value: 0 }] };
}
