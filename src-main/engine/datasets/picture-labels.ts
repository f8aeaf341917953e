// Which class each picture has: by the folder it lies in, or by a labels.csv beside the pictures; and which part of the data it belongs
// to, where the data says so itself.
import type { LabelColumn } from '#shared/training';
import { MAX_DATA_CLASSES } from '../store/limits';
import { parseTable, type Table } from './csv';
import { badData } from './data-errors';
import type { PictureFile, PictureFiles } from './picture-files';

export interface LabelledFile {
  readonly file: PictureFile;
  /** Class; null where the data has none. */
  readonly label: string | null;
  readonly part: 'train' | 'held out';
  /** What labels.csv says of it, in the order of `columns`. */
  readonly texts?: readonly string[];
}

export interface LabelledFiles {
  readonly files: readonly LabelledFile[];
  readonly classNames: readonly string[];
  /** Columns of labels.csv that could hold the classes, and which of them does. */
  readonly columns: readonly LabelColumn[];
  readonly column: string | null;
  readonly notes: readonly string[];
}

type Classes = Pick<LabelledFiles, 'files' | 'classNames' | 'notes'>;
const NO_TABLE = { columns: [], column: null };

const HELD_OUT = /^(test|val|valid|validation|dev|held-?out)$/i;
const PART = /^(train|training|test|val|valid|validation|dev)$/i;
const FILE_COLUMN = /^(file|file_?name|image|picture|path|name|id)$/i;
const SPLIT_COLUMN = /^(split|part|partition|subset)$/i;
const LABEL_COLUMN = /^(label|class|category|target|y)$/i;

/** `column` chooses among the columns of labels.csv. */
export async function labelFiles(source: PictureFiles, column?: string): Promise<LabelledFiles> {
  const named = source.tables.find(({ name }) => /(^|\/)labels\.(csv|tsv)$/i.test(name));
  const only = source.tables.length === 1 ? source.tables[0] : undefined;
  const file = named ?? only;
  if (file !== undefined) {
    const table = parseTable(await file.read(), file.name);
    // A table of another name may be about anything.
    if (file === named || table.columns.some((name) => FILE_COLUMN.test(name)))
      return byTable(source, table, file.name, column);
  }
  if (column !== undefined)
    throw badData('labels', 'There is no labels.csv', source.title, undefined, 'leave out the label column');
  return { ...byFolder(source), ...NO_TABLE };
}

function byFolder({ pictures }: PictureFiles): Classes {
  const folders = pictures.map(({ name }) => name.split('/').slice(0, -1));
  let depth = 0; // folders that all have in common say nothing
  while (
    folders.length > 0 &&
    folders.every((path) => path[depth] !== undefined && path[depth] === folders[0]![depth])
  )
    depth++;
  const inParts = folders.length > 0 && folders.every((path) => PART.test(path[depth] ?? ''));
  const at = inParts ? depth + 1 : depth;
  const files = pictures.map((file, i) => ({
    file,
    label: folders[i]![at] ?? null,
    part: inParts && HELD_OUT.test(folders[i]![depth]!) ? ('held out' as const) : ('train' as const),
  }));
  const loose = files.filter(({ label }) => label === null).length;
  const notes: string[] = [];
  if (loose > 0 && loose < files.length) {
    notes.push(
      `${loose} ${loose === 1 ? 'picture lies' : 'pictures lie'} in no folder of a class and ${loose === 1 ? 'was' : 'were'} left out.`,
    );
    return withClasses(
      files.filter(({ label }) => label !== null),
      notes,
    );
  }
  return withClasses(files, notes);
}

function byTable(source: PictureFiles, table: Table, where: string, wanted?: string): LabelledFiles {
  const fileColumn = table.columns.findIndex((name) => FILE_COLUMN.test(name));
  if (fileColumn < 0) {
    const cause = `its columns are ${table.columns.slice(0, 12).join(', ')}`;
    throw badData('labels', 'The labels name no files', where, cause, 'give it a column called file');
  }
  const splitColumn = table.columns.findIndex((name) => SPLIT_COLUMN.test(name));
  const labelColumn = labelColumnOf(table, [fileColumn, splitColumn], where, wanted);
  const byName = new Map(source.pictures.map((file) => [file.name, file]));
  // A table may name pictures by their path or by their last name alone; a last name that two files share names neither.
  const byLastName = new Map<string, PictureFile | null>();
  for (const file of source.pictures)
    byLastName.set(lastName(file.name), byLastName.has(lastName(file.name)) ? null : file);
  const columns = valuesOf(table, [fileColumn, splitColumn]);
  const places = table.columns.map((_, i) => i).filter((i) => i !== fileColumn && i !== splitColumn);
  const files: LabelledFile[] = [];
  const missing: string[] = [];
  const seen = new Set<PictureFile>();
  for (const row of table.rows) {
    const name = row[fileColumn]!.replaceAll('\\', '/');
    const file = byName.get(name) ?? byLastName.get(lastName(name)) ?? undefined;
    if (file === undefined) missing.push(name);
    else if (!seen.has(file)) {
      seen.add(file);
      const part = HELD_OUT.test(row[splitColumn] ?? '') ? 'held out' : 'train';
      const label = labelColumn === null ? null : row[labelColumn]!;
      files.push({ file, label, part, texts: places.map((place) => row[place]!) });
    }
  }
  if (files.length === 0 && source.pictures.length > 0) {
    const cause = `none of its ${table.rows.length} names is a picture that is there (the first is ${table.rows[0]?.[fileColumn] ?? 'missing'})`;
    throw badData('labels', 'The labels do not match the pictures', where, cause, 'check the names');
  }
  const notes: string[] = [];
  if (missing.length > 0)
    notes.push(
      `${missing.length} ${missing.length === 1 ? 'row' : 'rows'} of ${where} ${missing.length === 1 ? 'names' : 'name'} no picture that is there (${missing[0]!}${missing.length === 1 ? '' : ' is the first'}).`,
    );
  const unnamed = byName.size - seen.size;
  if (unnamed > 0)
    notes.push(
      `${unnamed} ${unnamed === 1 ? 'picture is not named in' : 'pictures are not named in'} ${where} and left out.`,
    );
  const column = labelColumn === null ? null : table.columns[labelColumn]!;
  if (column !== null) notes.push(`The classes are the column ${column} of ${where}.`);
  const same = columns.filter(({ values }) => values === 1).map(({ name }) => name);
  if (column === null && same.length > 0)
    notes.push(`The column ${same[0]!} of ${where} has one value only, so it makes no classes.`);
  return { ...withClasses(files, notes), columns, column };
}

const valuesOf = ({ columns, rows }: Table, taken: readonly number[]): readonly LabelColumn[] =>
  columns.flatMap((name, i) =>
    taken.includes(i) ? [] : [{ name, values: new Set(rows.map((row) => row[i])).size }],
  );

/** The column asked for, one called label or class, or the first with few different values, words before numbers. */
function labelColumnOf(
  table: Table,
  taken: readonly number[],
  where: string,
  wanted?: string,
): number | null {
  const free = table.columns.map((_, i) => i).filter((i) => !taken.includes(i));
  if (wanted !== undefined) {
    const found = free.find((i) => table.columns[i] === wanted);
    if (found !== undefined) return found;
    const names = free.map((i) => table.columns[i]).join(', ');
    throw badData(
      'labels',
      `The labels have no column ${wanted}`,
      where,
      `they have ${names}`,
      'choose one of them',
    );
  }
  const few = free.filter((i) => {
    const values = new Set(table.rows.map((row) => row[i]));
    return values.size > 1 && values.size <= Math.min(MAX_DATA_CLASSES, Math.max(2, table.rows.length / 2));
  });
  const isWords = (i: number): boolean => table.rows.some((row) => Number.isNaN(Number(row[i])));
  return free.find((i) => LABEL_COLUMN.test(table.columns[i]!)) ?? few.find(isWords) ?? few[0] ?? null;
}

function withClasses(files: readonly LabelledFile[], notes: readonly string[]): Classes {
  const names = [...new Set(files.map(({ label }) => label))]
    .filter((label) => label !== null)
    .sort(byNumberOrName);
  if (names.length > MAX_DATA_CLASSES) {
    const note = `There are ${names.length} classes, more than ${MAX_DATA_CLASSES}: the pictures are used without them.`;
    return {
      files: files.map((file) => ({ ...file, label: null })),
      classNames: [],
      notes: [...notes, note],
    };
  }
  return { files, classNames: names, notes };
}

const byNumberOrName = (a: string, b: string): number =>
  Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0);

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
