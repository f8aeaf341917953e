/** What goes into the inputs that are not the latent: labels are counted by trying; what changes nothing, and every further label, is fixed. */
import type { GeneratorContract } from '#shared/importing';
import type { NetworkRunner } from '../network-runner';
import type { Say } from './first-run';
import { countClasses, latentsOf, runOnce, sizeOf, type Feeding } from './probe';

const SEED = 1;

type Sides = Pick<GeneratorContract, 'condition' | 'fixed'>;

export async function readSides(
  runner: NetworkRunner,
  feeding: Feeding,
  output: string,
  classNames: readonly string[],
  rows: number,
  guess: Say,
): Promise<Sides> {
  let condition: GeneratorContract['condition'] = null;
  const fixed: GeneratorContract['fixed'][number][] = [];
  const z = latentsOf(SEED, rows, sizeOf(feeding.shape), { kind: 'normal' });
  for (const side of feeding.sides) {
    const { port } = side;
    const fix = (value: number, why: string): void => {
      guess(`fixed.${port.name}`, false, why);
      fixed.push({ input: port.name, shape: wholeShape(side), value });
    };
    if (side.kind === 'fixed') {
      fix(side.value, side.why);
    } else if (condition !== null) {
      fix(
        0,
        `${port.name} could be a second condition; only ${condition.input} can be chosen, and this one is 0.`,
      );
    } else if (side.kind === 'one-hot') {
      condition = {
        input: port.name,
        encoding: 'one-hot',
        size: side.size,
        names: namesFor(classNames, side.size),
      };
      guess(
        'condition',
        side.sure,
        `${port.name} takes ${side.size} numbers for each picture; one of them is 1, the others 0.`,
      );
    } else {
      const picture = async (label: number): Promise<Float32Array> => {
        const others = feeding.sides
          .filter((one) => one !== side)
          .map((one) => (one.kind === 'label' ? frozen(one) : one));
        const answer = await runOnce(runner, { ...feeding, sides: [side, ...others], label }, z, rows);
        return answer.get(output)?.data ?? new Float32Array();
      };
      const classes = await countClasses(picture, port.type.startsWith('float'));
      if (classes === null) {
        fix(0, `${port.name} takes one number that chooses no class; it is 0.`);
      } else {
        condition = {
          input: port.name,
          encoding: 'index',
          size: classes.size,
          names: namesFor(classNames, classes.size),
        };
        guess(
          'condition',
          classes.certain && side.sure,
          `${port.name} takes the number of a class; it was found to know ${classes.size}.`,
        );
      }
    }
  }
  return { condition, fixed };
}

const namesFor = (names: readonly string[], size: number): readonly string[] =>
  names.length === size ? names : [];
const wholeShape = ({ port }: Feeding['sides'][number]): readonly number[] =>
  port.shape.map((side) => side ?? 1);
const frozen = (side: Feeding['sides'][number]): Feeding['sides'][number] => ({
  kind: 'fixed',
  port: side.port,
  shape: wholeShape(side),
  value: 0,
  why: '',
});
