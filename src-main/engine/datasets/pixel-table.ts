// A CSV of pixels: one picture a line, perhaps with its class before (or, where the heading says so, anywhere). Read as a stream of bytes:
// such files are often larger than memory can hold as text.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { MAX_TABLE_COLUMNS } from '../store/limits';
import { badData } from './data-errors';
import { classesOf, picturesOfNumbers, squareOf, type NumberPictures } from './number-pictures';

export interface PixelTable extends NumberPictures {
  readonly classNames: readonly string[];
}

const LABEL = /^"?(label|class|target|y|digit|category)"?$/i;
const LONGEST_FIELD = 64;

export async function readPixelTable(path: string): Promise<PixelTable> {
  const where = basename(path);
  const { values, columns, heading } = await readNumbers(path, where);
  const rows = columns === 0 ? 0 : values.length / columns;
  if (rows === 0) throw badData('none', 'The table holds no pictures', where);
  const named = heading?.findIndex((name) => LABEL.test(name)) ?? -1;
  const labelColumn =
    named >= 0 ? named : squareOf(columns) === null && squareOf(columns - 1) !== null ? 0 : -1;
  if (labelColumn < 0) {
    return { ...picturesOfNumbers({ values, shape: [rows, columns] }, null, where), classNames: [] };
  }
  const pixels = new Float32Array(rows * (columns - 1));
  const classes = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const line = values.subarray(row * columns, (row + 1) * columns);
    classes[row] = line[labelColumn]!;
    pixels.set(line.subarray(0, labelColumn), row * (columns - 1));
    pixels.set(line.subarray(labelColumn + 1), row * (columns - 1) + labelColumn);
  }
  const { labels, classNames } = classesOf(classes, where);
  return { ...picturesOfNumbers({ values: pixels, shape: [rows, columns - 1] }, labels, where), classNames };
}

async function readNumbers(path: string, where: string) {
  let values = new Float32Array(1 << 16);
  let [count, columns, line, column] = [0, 0, 1, 0];
  let heading: string[] | null = null;
  let field = '';
  const fail = (cause: string) =>
    badData('table', 'The table of pixels is damaged', where, `line ${line}: ${cause}`);

  const endField = (): void => {
    const text = field.trim();
    field = '';
    column++;
    if (column > MAX_TABLE_COLUMNS) throw fail(`more than ${MAX_TABLE_COLUMNS} columns`);
    const value = text === '' ? NaN : Number(text);
    if (heading !== null && line === 1) heading.push(text);
    else if (Number.isNaN(value)) {
      if (line > 1) throw fail(`'${text.slice(0, 20)}' is no number`);
      heading = [...Array.from(values.subarray(0, count), String), text];
      count = 0;
    } else {
      if (count === values.length) {
        const larger = new Float32Array(2 * count);
        larger.set(values);
        values = larger;
      }
      values[count++] = value;
    }
  };
  const endLine = (): void => {
    if (column === 0 && field.trim() === '') return; // an empty line
    endField();
    if (columns === 0) columns = column;
    if (column !== columns) throw fail(`it has ${column} columns, and the first has ${columns}`);
    column = 0;
    line++;
  };
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = chunk as Uint8Array;
    for (const byte of bytes) {
      if (byte === 0x0a) endLine();
      else if (byte === 0x2c || byte === 0x3b || byte === 0x09) endField();
      else if (byte === 0) throw fail('it holds a byte that no text has');
      else if (byte !== 0x0d) {
        field += String.fromCharCode(byte);
        if (field.length > LONGEST_FIELD) throw fail('a value is longer than any number');
      }
    }
  }
  endLine();
  return { values: values.subarray(0, count), columns, heading: heading as readonly string[] | null };
}
