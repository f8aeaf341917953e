// .npz of NumPy: a zip of .npy arrays (numpy.org, "The NPY format"). Only plain numbers are read: an array of objects is a pickle, which
// is a program, and is refused.
import { endianness } from 'node:os';
import { basename } from 'node:path';
import { MAX_ELEMENTS } from '../store/limits';
import { badData } from './data-errors';
import { classesOf, picturesOfNumbers, type NumberTable } from './number-pictures';
import type { LabelledImages } from './idx';
import { openZip } from './zip-file';

export interface NpzData {
  readonly train: LabelledImages;
  readonly test: LabelledImages | null;
  readonly classNames: readonly string[];
  readonly notes: readonly string[];
}

const READERS: Readonly<
  Record<string, readonly [bytes: number, read: (bytes: ArrayBuffer) => ArrayLike<number>]>
> = {
  u1: [1, (bytes) => new Uint8Array(bytes)],
  i1: [1, (bytes) => new Int8Array(bytes)],
  b1: [1, (bytes) => new Uint8Array(bytes)],
  u2: [2, (bytes) => new Uint16Array(bytes)],
  i2: [2, (bytes) => new Int16Array(bytes)],
  u4: [4, (bytes) => new Uint32Array(bytes)],
  i4: [4, (bytes) => new Int32Array(bytes)],
  i8: [8, (bytes) => Float64Array.from(new BigInt64Array(bytes), Number)],
  u8: [8, (bytes) => Float64Array.from(new BigUint64Array(bytes), Number)],
  f4: [4, (bytes) => new Float32Array(bytes)],
  f8: [8, (bytes) => new Float64Array(bytes)],
};

export function parseNpy(bytes: Uint8Array, where: string): NumberTable {
  const fail = (cause: string) => badData('npz', 'The array cannot be read', where, cause);
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.byteLength < 12 || magic.some((byte, i) => bytes[i] !== byte)) throw fail('it is no .npy array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 : 12;
  const headerEnd = start + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (headerEnd > bytes.byteLength) throw fail('it ends inside its header');
  const header = new TextDecoder('latin1').decode(bytes.subarray(start, headerEnd));
  const type = /'descr':\s*'([<>|=])?([a-zA-Z])(\d+)'/.exec(header);
  const shapeText = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (type === null || shapeText === undefined) throw fail('it holds no plain numbers');
  const kind = `${type[2]!}${type[3]!}`;
  const reader = READERS[kind];
  if (reader === undefined)
    throw fail(`its type is ${kind}, and ${Object.keys(READERS).join(', ')} are read`);
  if (type[1] === '>' || endianness() !== 'LE') throw fail('its numbers are big-endian');
  const shape = shapeText
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)
    .map(Number);
  if (/'fortran_order':\s*True/.test(header) && shape.length > 1)
    throw fail('it is in Fortran order; save numpy.ascontiguousarray of it');
  const elements = shape.reduce((product, size) => product * size, 1);
  const [width, read] = reader;
  const present = bytes.byteLength - headerEnd;
  if (elements > 4 * MAX_ELEMENTS) throw fail(`its shape [${shape.join(', ')}] has too many elements`);
  if (present !== elements * width)
    throw fail(`its shape [${shape.join(', ')}] needs ${elements * width} bytes and ${present} are there`);
  return { values: read(bytes.slice(headerEnd).buffer), shape };
}

const PICTURES = [
  /^(x|images?|pictures?|data|x_?train|train_?(images?|x|data)|arr_0)$/i,
  /image|picture|frame|^x/i,
];
const LABELS = /^(y|labels?|targets?|class(es)?|y_?train|train_?(labels?|y)|arr_1)$/i;
const TEST_PICTURES = /^(x_?test|test_?(images?|x|data)|x_?val|val_?(images?|x))$/i;
const TEST_LABELS = /^(y_?test|test_?(labels?|y)|y_?val|val_?(labels?|y))$/i;

export async function readNpz(path: string): Promise<NpzData> {
  const where = basename(path);
  const zip = await openZip(path);
  try {
    const arrays = zip.entries.filter(({ name }) => name.endsWith('.npy'));
    const names = arrays.map(({ name }) => name.replace(/\.npy$/, ''));
    const array = async (name: string): Promise<NumberTable> =>
      parseNpy(await arrays[names.indexOf(name)]!.read(), `${where}, ${name}`);
    const free = names.filter(
      (name) => ![LABELS, TEST_PICTURES, TEST_LABELS].some((known) => known.test(name)),
    );
    const pictures =
      PICTURES.map((known) => free.find((name) => known.test(name))).find((name) => name !== undefined) ??
      free[0];
    if (pictures === undefined)
      throw badData(
        'npz',
        'The file holds no pictures',
        where,
        `its arrays are ${names.join(', ') || 'none'}`,
      );
    const find = (known: RegExp): string | undefined => names.find((name) => known.test(name));
    const train = await labelled(pictures, find(LABELS));
    const testName = find(TEST_PICTURES);
    const test = testName === undefined ? null : await labelled(testName, find(TEST_LABELS));
    const sameShape = test?.images.height === train.images.height && test.images.width === train.images.width;
    return {
      train: train.images,
      test: test !== null && sameShape ? test.images : null,
      classNames: train.classNames,
      notes: train.notes,
    };

    async function labelled(pictureName: string, labelName: string | undefined) {
      const numbers = await array(pictureName);
      const classes = labelName === undefined ? null : classesOf((await array(labelName)).values, where);
      if (classes !== null && classes.labels.length !== numbers.shape[0]) {
        const cause = `${labelName!} has ${classes.labels.length} and ${pictureName} ${numbers.shape[0] ?? 0}`;
        throw badData('labels', 'There are not as many labels as pictures', where, cause);
      }
      const { images, notes } = picturesOfNumbers(
        numbers,
        classes?.labels ?? null,
        `${where}, ${pictureName}`,
      );
      return { images, classNames: classes?.classNames ?? [], notes };
    }
  } finally {
    zip.close();
  }
}
