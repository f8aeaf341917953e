/** What the inputs of a network are likely to mean, by their names, types and shapes; probing decides what these leave open. */
import type { Batch, TensorPort } from '#shared/importing';
import { MOST_ASPECT_OF_ROWS } from './picture-reading';

/** What a run would be fed with, besides the latent. */
export type SideInput =
  | { readonly kind: 'label'; readonly port: TensorPort; readonly sure: boolean }
  | { readonly kind: 'one-hot'; readonly port: TensorPort; readonly size: number; readonly sure: boolean }
  | {
      readonly kind: 'fixed';
      readonly port: TensorPort;
      readonly shape: readonly number[];
      readonly value: number;
      readonly why: string;
    };

export interface InputReading {
  readonly latent: TensorPort;
  /** Without the batch; null where the network leaves a side open. */
  readonly latentShape: readonly (number | null)[];
  readonly batch: Batch;
  readonly sides: readonly SideInput[];
  /** More than one input could take the latent. */
  readonly rivals: readonly string[];
}

const LATENT = /(^|[^a-z])(z|zs|latents?|noise|codes?|embedding|w|ws|h)([^a-z]|$)|latent|noise/i;
const LABEL = /label|class|cond|categor|digit|attr|one.?hot|(^|[^a-z])(y|c|cls|target)([^a-z]|$)/i;
const NOISE = /noise|style|gauss|eps/i;
const TRUNCATION = /psi|trunc/i;
const SCALE = /temp|scale|sigma|std|alpha|strength/i;

const isFloat = ({ type }: TensorPort): boolean => type.startsWith('float');
/** A named axis of the batch is open; the rest of a shape is the shape of one. */
const rowOf = ({ shape }: TensorPort): readonly (number | null)[] =>
  shape.length <= 1 ? shape : shape.slice(1);
const sizeOf = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((total, side) => total * (side ?? 1), 1);
const isOpen = (shape: readonly (number | null)[]): boolean => shape.includes(null);

/** One number for each picture: [], [batch], [batch, 1]. */
export function isSingle(port: TensorPort): boolean {
  const { shape } = port;
  if (shape.length === 0) return true;
  if (shape.length === 1) return shape[0] === null || shape[0] === 1;
  return shape.slice(1).every((side) => side === 1);
}

/** null where no input could be a latent. */
export function readInputs(inputs: readonly TensorPort[]): InputReading | null {
  const vectors = inputs.filter((port) => isFloat(port) && !isSingle(port));
  // a latent of one number looks like a label or a switch: taken only where there is nothing else, or by its name
  const candidates =
    vectors.length > 0 ? vectors : inputs.filter((port) => isFloat(port) && port.shape.length >= 2);
  const unlabelled = candidates.filter(({ name }) => !LABEL.test(name));
  const named = unlabelled.filter(({ name }) => LATENT.test(name) && !/const|bias/i.test(name));
  const pool = named.length > 0 ? named : unlabelled.length > 0 ? unlabelled : candidates;
  // noise inputs of a style generator are pictures; a latent is a vector before it is a picture
  const [latent] = pool.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) || sizeOf(rowOf(b)) - sizeOf(rowOf(a)) || inputs.indexOf(a) - inputs.indexOf(b),
  );
  if (latent === undefined) return null;
  const batch = batchOf(latent);
  return {
    latent,
    latentShape: batch === 'none' ? latent.shape : latent.shape.slice(1),
    batch,
    sides: inputs.filter((port) => port !== latent).map((port) => readSide(port, latent)),
    rivals: pool.filter((port) => port !== latent && rankOf(port) === rankOf(latent)).map(({ name }) => name),
  };
}

const rankOf = ({ shape }: TensorPort): number => (shape.length <= 2 ? 0 : 1);

function batchOf({ shape }: TensorPort): Batch {
  if (shape.length <= 1) return 'none';
  return shape[0] ?? 'any';
}

function readSide(port: TensorPort, latent: TensorPort): SideInput {
  const { name, shape, type } = port;
  const fixed = (value: number, why: string): SideInput => ({
    kind: 'fixed',
    port,
    shape: shape.map((side) => side ?? 1),
    value,
    why,
  });
  if (type === 'bool') return fixed(0, `${name} is a switch; it is left off, as after training.`);
  if (isSingle(port)) {
    if (/train|dropout|is_?test/i.test(name))
      return fixed(0, `${name} is a switch; it is left off, as after training.`);
    if (TRUNCATION.test(name)) return fixed(1, `${name} is a truncation; 1 leaves the pictures as they are.`);
    if (isFloat(port) && SCALE.test(name)) return fixed(1, `${name} scales something; 1 leaves it as it is.`);
    return { kind: 'label', port, sure: LABEL.test(name) };
  }
  const row = rowOf(port);
  if (row.length === 1 && !isOpen(row)) {
    const sure = LABEL.test(name) || !isFloat(port);
    if (sure || !NOISE.test(name)) return { kind: 'one-hot', port, size: sizeOf(row), sure };
  }
  return fixed(0, `${name} is neither the latent (${latent.name}) nor a class; it is filled with zeros.`);
}

export type PortRole =
  | { readonly role: 'generator' | 'encoder' | 'other'; readonly why: string }
  | { readonly role: 'unclear'; readonly why: string };

const LEAST_PICTURE = 196;

/** The role of a network by its declared ports alone. */
export function roleOf(inputs: readonly TensorPort[], outputs: readonly TensorPort[]): PortRole {
  const input = largest(inputs);
  const output = largest(outputs);
  if (input === undefined || output === undefined)
    return { role: 'other', why: 'It has no input or no output.' };
  const [from, to] = [rowOf(input), rowOf(output)];
  if (isOpen(from) || isOpen(to) || to.length === 0)
    return { role: 'unclear', why: 'Its ports do not say how large they are.' };
  const [read, given] = [sizeOf(from), sizeOf(to)];
  const why = `It takes ${describe(from)} and gives ${describe(to)}.`;
  const takesPicture = isPictureShape(from);
  const givesPicture = isPictureShape(to);
  if (givesPicture && (!takesPicture || (read < given && !isColourPicture(from))))
    return { role: 'generator', why };
  if (takesPicture && !givesPicture && given < read) return { role: 'encoder', why };
  if (takesPicture && givesPicture && isColourPicture(to) && from.length === 1 && read < given)
    return { role: 'generator', why };
  if (takesPicture && from.length === 3 && to.length === 1 && given < read) return { role: 'encoder', why };
  return { role: 'other', why };
}

function largest(ports: readonly TensorPort[]): TensorPort | undefined {
  return ports.toSorted((a, b) => sizeOf(rowOf(b)) - sizeOf(rowOf(a)))[0];
}

/** A shape that people would draw: rows, columns and a few channels, or as many numbers as a square has. */
export function isPictureShape(row: readonly (number | null)[]): boolean {
  const sides = row.map((side) => side ?? 0);
  if (sides.length === 3) {
    const [a = 0, b = 0, c = 0] = sides;
    return (isColour(c) && Math.min(a, b) >= 4 && a * b >= 16) || (isColour(a) && Math.min(b, c) >= 4);
  }
  if (sides.length === 2)
    return Math.min(...sides) >= 8 && Math.max(...sides) <= MOST_ASPECT_OF_ROWS * Math.min(...sides);
  const [total = 0] = sides;
  return (
    sides.length === 1 &&
    total >= LEAST_PICTURE &&
    [1, 3, 4].some((c) => Number.isInteger(Math.sqrt(total / c)))
  );
}

const isColour = (channels: number): boolean => channels === 1 || channels === 3 || channels === 4;

/** Rows, columns and 1 or 3 channels, too large to be a spatial latent. */
export function isColourPicture(row: readonly (number | null)[]): boolean {
  if (row.length !== 3) return false;
  const [a = 0, b = 0, c = 0] = row.map((side) => side ?? 0);
  const isPicture = (channels: number, height: number, width: number): boolean =>
    (channels === 1 || channels === 3) && Math.min(height, width) >= 16;
  return isPicture(c, a, b) || isPicture(a, b, c);
}

export function describe(row: readonly (number | null)[]): string {
  if (row.length === 1) return row[0] === 1 ? '1 number' : `${row[0] ?? 'any'} numbers`;
  return row.map((side) => side ?? '?').join(' x ');
}
