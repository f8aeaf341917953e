// Points in a row and directions by name, as the commands of planes and traversals take them.
import { AppError } from '#shared/errors';
import type { Direction, DirectionMethod } from '#shared/attributes';
import type { ModelInfo } from '#shared/domain';
import { nearestWord } from '#shared/nearest-word';
import type { PlaneDirection } from '#shared/plane';
import { randomRotation } from '#shared/rotation';
import type { Coordinate } from '#shared/traversal';
import { isLabelMethod } from '../attributes/find';
import type { CommandContext } from './command';
import { OPERAND, readOperand } from './walk-operands';

export const ALONG =
  'an attribute (smile, or conditional:smile), pca:1, axis:3, or random:7 (random:7:2: the second of seed 7)';

/** "seed:1,seed:2,image:a.png"; between ";" where one of them is numbers. */
export const operandsOf = (list: string): readonly string[] =>
  list
    .split(list.includes(';') ? ';' : ',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

export async function readOperands(
  list: string,
  info: ModelInfo,
  context: Pick<CommandContext, 'call'>,
): Promise<readonly Float32Array[]> {
  const latents: Float32Array[] = [];
  for (const operand of operandsOf(list)) latents.push(await readOperand(operand, info, context));
  return latents;
}

/** "seed:3", or the origin of the latent space. */
export const readPlace = (
  at: string | undefined,
  info: ModelInfo,
  context: Pick<CommandContext, 'call'>,
): Promise<Float32Array> =>
  at === undefined ? Promise.resolve(new Float32Array(info.latent.size)) : readOperand(at, info, context);

/** The same vectors that the window takes for the same names. @throws AppError usage/direction */
export async function readDirection(
  ref: string,
  info: ModelInfo,
  context: Pick<CommandContext, 'call'>,
): Promise<PlaneDirection> {
  const { size } = info.latent;
  const [kind, ...rest] = ref.split(':');
  const number = (text: string | undefined): number => (/^-?\d{1,10}$/.test(text ?? '') ? Number(text) : NaN);
  if (kind === 'axis') {
    const axis = number(rest[0]) - 1;
    if (!(axis >= 0 && axis < size)) throw wrong(ref, `the axes are axis:1 to axis:${size}`);
    return {
      name: `z${axis + 1}`,
      vector: Float32Array.from({ length: size }, (_, i) => (i === axis ? 1 : 0)),
      ref,
    };
  }
  if (kind === 'random') {
    const [seed, row] = [number(rest[0]), number(rest[1] ?? '1')];
    if (!(Math.abs(seed) < 2 ** 31) || !(row >= 1 && row <= size))
      throw wrong(ref, `it is random:<seed>, or random:<seed>:<number from 1 to ${size}>`);
    return { name: ref, vector: randomRotation(seed, size, row).at(-1)!, ref };
  }
  if (kind === 'pca' && rest.length === 1 && !Number.isNaN(number(rest[0]))) {
    const { directions, deviations, count } = await context.call('latent/components', { model: info.id });
    const at = number(rest[0]) - 1;
    if (!(at >= 0 && at < count)) throw wrong(ref, `the components are pca:1 to pca:${count}`);
    const vector = directions.slice(at * size, (at + 1) * size).map((value) => value * deviations[at]!);
    return { name: `Component ${at + 1}`, vector, ref };
  }
  const { title, vector } = await attributeDirection(ref, info, context);
  return { name: title, vector: Float32Array.from(vector), ref };
}

/** A direction as a coordinate: its own axis, or the distance along it. */
export async function readCoordinate(
  ref: string,
  info: ModelInfo,
  context: Pick<CommandContext, 'call'>,
): Promise<Coordinate> {
  const { size } = info.latent;
  if (ref.startsWith('axis:')) {
    const { vector } = await readDirection(ref, info, context);
    return { axis: vector.indexOf(1) };
  }
  if (ref.startsWith('pca:')) {
    await readDirection(ref, info, context); // is there one?
    const { directions, mean } = await context.call('latent/components', { model: info.id });
    const at = Number(ref.slice('pca:'.length)) - 1;
    return { direction: directions.slice(at * size, (at + 1) * size), mean };
  }
  const { vector } = await readDirection(ref, info, context);
  const length = Math.hypot(...vector);
  const direction = ref.startsWith('random:') ? vector : vector.map((value) => value / length);
  return { direction, mean: new Float32Array(size) };
}

/** By "name" or by "method:name"; one that the window found in passing is found again. */
async function attributeDirection(
  ref: string,
  info: ModelInfo,
  { call }: Pick<CommandContext, 'call'>,
): Promise<Direction> {
  const { directions, attributes } = await call('attributes/list', { model: info.id });
  const named = directions.find((each) => `${each.method}:${each.name}` === ref || each.name === ref);
  if (named !== undefined) return named;
  const [method = '', name = ''] = ref.split(':');
  const canFind = isLabelMethod(method as DirectionMethod) || method === 'pca' || method === 'sefa';
  if (canFind) {
    const found = await call('attributes/find', { model: info.id, method: method as DirectionMethod });
    const again = found.find((each) => each.name === name);
    if (again !== undefined) return again;
  }
  const known = [...new Set([...directions, ...attributes].map((each) => each.name))];
  const near = nearestWord(ref, known);
  throw wrong(ref, near === undefined ? `it is ${ALONG}` : `did you mean ${near}?`);
}

export const wrongPoints = (where: string | undefined, cause: string): AppError =>
  new AppError({
    code: 'usage/operand',
    headline: 'These points span no plane',
    ...(where === undefined ? {} : { where }),
    cause,
    remedy: `give three, each ${OPERAND}; between ";" where one of them is numbers`,
  });

const wrong = (where: string, remedy: string): AppError =>
  new AppError({
    code: 'usage/direction',
    headline: 'This model has no such direction',
    where: where.slice(0, 80),
    remedy,
  });
