// Tables of comma-separated values (RFC 4180): quotes, doubled quotes and line breaks inside quotes; semicolon and tab as separators too,
// because that is what spreadsheets write in half of the world.
import { MAX_TABLE_BYTES, MAX_TABLE_COLUMNS } from '../store/limits';
import { badData } from './data-errors';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function parseTable(bytes: Uint8Array, where: string): Table {
  if (bytes.byteLength > MAX_TABLE_BYTES)
    throw badData('table', 'The table is too large', where, `it is ${bytes.byteLength} bytes long`);
  const text = textOf(bytes, where);
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const separator = [',', ';', '\t'].toSorted(
    (a, b) => occurrences(firstLine, b) - occurrences(firstLine, a),
  )[0]!;
  const [columns, ...rows] = rowsOf(text, separator, where);
  if (columns === undefined) throw badData('table', 'The table is empty', where);
  const ragged = rows.findIndex((row) => row.length !== columns.length);
  if (ragged >= 0) {
    const counts = `line ${ragged + 2} has ${rows[ragged]!.length} columns, and the first has ${columns.length}`;
    throw badData('table', 'The table is damaged', where, counts, 'correct that line');
  }
  return { columns: columns.map((name) => name.trim()), rows };
}

function textOf(bytes: Uint8Array, where: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte order mark
    if (!text.includes('\0')) return text;
  } catch {
    // told below
  }
  throw badData('table', 'The table is no text', where, 'it is not UTF-8', 'save it as CSV in UTF-8');
}

function rowsOf(text: string, separator: string, where: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const endRow = (): void => {
    if (row.length > 1 || row[0] !== '') rows.push(row); // an empty line is no row
    row = [];
  };
  while (at <= text.length) {
    let field: string;
    if (text[at] === '"') [field, at] = quoted(text, at + 1, where);
    else {
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
      [field, at] = [text.slice(at, end), end];
    }
    row.push(field);
    if (row.length > MAX_TABLE_COLUMNS)
      throw badData('table', 'The table is too wide', where, `more than ${MAX_TABLE_COLUMNS} columns`);
    if (text[at] === separator) at++;
    else {
      endRow();
      at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
    }
  }
  return rows;
}

function quoted(text: string, start: number, where: string): [string, number] {
  let field = '';
  for (let at = start; ;) {
    const end = text.indexOf('"', at);
    if (end < 0) throw badData('table', 'The table is damaged', where, 'a quotation mark is never closed');
    field += text.slice(at, end);
    if (text[end + 1] !== '"') return [field, end + 1];
    field += '"';
    at = end + 2;
  }
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;
