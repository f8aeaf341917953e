import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import { contactSheet } from '#engine/datasets/describe-data';
import { openData, type OpenOptions } from '#engine/datasets/open-data';
import { idxFile, writeBars } from '../training/tiny-data';
import {
  animatedGif,
  cmykFile,
  deepFile,
  greyFile,
  jpegFile,
  npyFile,
  patched,
  pngFile,
  writeFiles,
  zipFile,
} from './data-files';

let root = '';
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'latentscape-data-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, Uint8Array | string>>;
const place = (name = '') => join(root, `${made++}-${name}`);
const folder = (files: Files) => writeFiles(place('pictures'), files);
const file = async (name: string, content: Uint8Array | string) => {
  const path = place(name);
  await writeFile(path, content);
  return path;
};
const open = (path: string, options: OpenOptions = {}) =>
  openData({ kind: 'path', path }, { cache: join(root, 'cache'), ...options });

const RED = [255, 0, 0] as const;
const BLUE = [0, 0, 255] as const;

describe('pictures of people', () => {
  it('takes the folders that pictures lie in as classes', async () => {
    const path = await folder({
      'all/blue/1.png': await pngFile({ colour: BLUE }),
      'all/red/1.png': await pngFile({ colour: RED }),
      'all/red/2.png': await pngFile({ colour: RED }),
      'all/.hidden/1.png': await pngFile(),
      'all/read me.txt': 'hello',
    });
    const { source, validation, description } = await open(path);
    expect([...source.labels!]).toEqual([0, 1, 1]);
    expect(description).toMatchObject({
      count: 3,
      shape: { height: 8, width: 8, channels: 3, classes: 2 },
      classNames: ['blue', 'red'],
      classCounts: [1, 2],
      unreadable: [],
    });
    expect(description.notes.join(' ')).toContain('One file is no picture');
    expect(validation).toBeNull();
    expect([...(await source.read([2])).subarray(0, 3)]).toEqual([1, 0, 0]);
    expect([...(await source.read([0])).subarray(0, 3)]).toEqual([0, 0, 1]);
  });

  it('reads the same from a zip, and holds out what the folders call a test set', async () => {
    const files = {
      'set/train/a/1.png': await pngFile({ colour: RED }),
      'set/train/b/2.png': await pngFile({ colour: BLUE }),
      'set/test/b/3.png': await pngFile({ colour: BLUE }),
    };
    for (const path of [await folder(files), await file('set.zip', zipFile(files))]) {
      const { source, validation, description } = await open(path);
      expect(description.classNames).toEqual(['a', 'b']);
      expect([source.count, validation?.count]).toEqual([2, 1]);
      expect([...validation!.labels!]).toEqual([1]);
      expect([...(await validation!.read([0])).subarray(0, 3)]).toEqual([0, 0, 1]);
    }
  });

  it('takes classes and held-out part from labels.csv, and says what does not match', async () => {
    const path = await folder({
      'images/1.png': await pngFile({ colour: RED }),
      'images/2.png': await pngFile({ colour: BLUE }),
      'images/3.png': await pngFile({ colour: BLUE }),
      'images/extra.png': await pngFile(),
      'labels.csv':
        'file;split;hair;glasses\r\n1.png;train;"dark; long";0\r\n2.png;train;fair;1\r\n3.png;test;fair;1\r\ngone.png;train;fair;0\r\n',
    });
    const { source, validation, description } = await open(path);
    expect(description.classNames).toEqual(['dark; long', 'fair']);
    expect([...source.labels!, ...validation!.labels!]).toEqual([0, 1, 1]);
    expect(description.notes.join(' ')).toMatch(/1 row of labels.csv names no picture .*gone.png/);
    expect(description.notes.join(' ')).toContain('1 picture is not named in labels.csv');
    expect((await open(path, { labelColumn: 'glasses' })).description.classNames).toEqual(['0', '1']);
    await expect(open(path, { labelColumn: 'age' })).rejects.toThrow('no column age');
  });

  it('lists what cannot be read and keeps the rest', async () => {
    const whole = await jpegFile({ width: 40, height: 40 });
    const path = await folder({
      'broken.jpg': whole.subarray(0, whole.length - 200),
      'empty.png': '',
      'text.png': 'this is text',
      'cmyk.jpg': await cmykFile(),
      'deep.png': await deepFile(),
      'moving.gif': await animatedGif(),
      'good.png': await pngFile(),
      'wide.png': await pngFile({ width: 16 }),
    });
    const { description } = await open(path);
    expect(description.count).toBe(5);
    expect(description.shape).toMatchObject({ height: 8, width: 8, channels: 3 });
    expect(description.unreadable.map(({ file }) => file)).toEqual(['broken.jpg', 'empty.png', 'text.png']);
    for (const { why } of description.unreadable) expect(why).toMatch(/damaged|empty|none of PNG/);
    const notes = description.notes.join(' ');
    for (const word of [
      'CMYK',
      '16 bits',
      'first frame',
      'several sizes: 1 was cropped to 8 x 8',
      '3 files could not be read',
    ])
      expect(notes).toContain(word);
  });

  it('brings pictures to the size asked for, cropped or whole, in grey', async () => {
    const path = await folder({ '1.png': await pngFile({ width: 16, height: 8, colour: RED }) });
    const cropped = (await open(path, { size: 4 })).source;
    const whole = (await open(path, { size: 4, crop: 'contain' })).source;
    const grey = (await open(path, { size: 4, grey: true })).source;
    expect([...(await cropped.read([0])).subarray(0, 3)]).toEqual([1, 0, 0]);
    expect([...(await whole.read([0])).subarray(0, 3)]).toEqual([1, 1, 1]); // white paper above
    expect(grey.shape.channels).toBe(1);
    expect((await open(path)).source.shape).toMatchObject({ height: 8, width: 16 });
  });

  it('keeps grey pictures grey, and reduces photographs unless a size is asked for', async () => {
    expect((await open(await folder({ '1.png': await greyFile() }))).source.shape.channels).toBe(1);
    const large = await open(await folder({ '1.png': await pngFile({ width: 400, height: 300 }) }));
    expect(large.source.shape).toMatchObject({ height: 64, width: 64 });
    expect(large.description.notes.join(' ')).toContain('400 x 300');
  });

  it('reads from disk what does not fit into memory, with the same pictures', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `${i % 2}/${String(i).padStart(2, '0')}.png`);
    const path = await folder(
      Object.fromEntries(
        await Promise.all(
          names.map(async (name, i) => [name, await pngFile({ colour: [10 * i, 0, 255] })] as const),
        ),
      ),
    );
    const inMemory = await open(path);
    const onDisk = await open(path, { memoryBytes: 10 });
    const order = [19, 0, 7, 7, 3];
    expect(await onDisk.source.read(order)).toEqual(await inMemory.source.read(order));
    expect(onDisk.source.labels).toEqual(inMemory.source.labels);
    expect(onDisk.description).toEqual(inMemory.description);
  });

  it('tells how far it is, and stops for nobody', async () => {
    const small = await pngFile({ width: 2, height: 2 });
    const files = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`${i}.png`, small]));
    const path = await folder(files);
    const told: number[] = [];
    const cache = place('cache');
    const isCancelled = (): boolean => told.length > 1;
    const onProgress = (done: number): void => void told.push(done);
    await expect(open(path, { cache, onProgress, isCancelled })).rejects.toMatchObject({
      code: 'engine/cancelled',
    });
    expect(told).toEqual([0, 64]);
    expect(await readdir(join(cache, 'data'))).toEqual([]); // nothing half-decoded stays
    await open(path, { cache, onProgress });
    expect(told.slice(2)).toEqual([0, 64, 128, 150]);
  });

  it('takes the column of labels.csv that is asked for, and says which there are', async () => {
    const path = await folder({
      '1.png': await pngFile(),
      '2.png': await pngFile({ colour: BLUE }),
      'labels.csv': 'file,hair,young\n1.png,dark,1\n2.png,fair,1\n',
    });
    expect((await open(path)).description).toMatchObject({
      labelColumn: 'hair',
      labelColumns: [
        { name: 'hair', values: 2 },
        { name: 'young', values: 1 },
      ],
    });
    const one = (await open(path, { labelColumn: 'young' })).description;
    expect([one.classNames, one.notes.join(' ')]).toEqual([
      ['1'],
      expect.stringContaining('only one class, 1'),
    ]);
  });

  it('knows how many labels there are to learn beside the class, in either part', async () => {
    const labels =
      'file,split,hair,young,age\n1.png,train,dark,1,40\n2.png,train,fair,0,20\n3.png,test,fair,1,30\n';
    const colours = [undefined, BLUE, BLUE];
    const pictures = await Promise.all(
      colours.map((colour) => pngFile(colour === undefined ? {} : { colour })),
    );
    const files = Object.fromEntries(pictures.map((bytes, at) => [`${at + 1}.png`, bytes]));
    const { source, validation } = await open(await folder({ ...files, 'labels.csv': labels }));
    expect([source.shape.labels, validation?.shape.labels]).toEqual([3, 3]);
    expect(source.labelTable?.attributes.map(({ name }) => name)).toEqual(['hair', 'young', 'age']);
    const none = await open(await folder(files));
    expect(none.source.shape.labels).toBeUndefined();
  });

  it('says that a column of one value makes no classes', async () => {
    const files = { '1.png': await pngFile(), '2.png': await pngFile({ colour: BLUE }) };
    const { description } = await open(
      await folder({ ...files, 'labels.csv': 'file,young\n1.png,1\n2.png,1\n' }),
    );
    expect([description.classNames, description.labelColumn]).toEqual([[], null]);
    expect(description.notes.join(' ')).toContain('The column young of labels.csv has one value only');
  });

  it('counts pictures of another size wherever they lie', async () => {
    const small = await pngFile({ width: 4, height: 4 });
    const files = Object.fromEntries(Array.from({ length: 450 }, (_, i) => [`a${1000 + i}.png`, small]));
    // the shape is chosen from every second file: this one is seen when it is decoded
    const path = await folder({ ...files, 'a1001.png': await pngFile({ width: 6, height: 4 }) });
    expect((await open(path)).description.notes.join(' ')).toContain('several sizes: 1 was cropped to 4 x 4');
    expect((await open(path, { size: 4 })).description.notes).toEqual([]); // as it was asked for
  });

  it('decodes once, and again when a file changes', async () => {
    const path = await folder({ '1.png': await pngFile({ colour: RED }) });
    const cache = place('cache');
    await open(path, { cache });
    await open(path, { cache });
    expect((await readdir(join(cache, 'data'))).length).toBe(2);
    await writeFiles(path, { '1.png': await pngFile({ colour: BLUE, height: 9 }) });
    const { source } = await open(path, { cache });
    expect([...(await source.read([0])).subarray(0, 3)]).toEqual([0, 0, 1]);
  });

  it('holds out the same pictures each time', async () => {
    const spec = { kind: 'builtin', name: 'glyphs', count: 50, seed: 1, size: 16 } as const;
    const [one, two] = await Promise.all([0, 1].map(() => openData(spec, { validationFraction: 0.2 })));
    expect([one!.source.count, one!.validation!.count]).toEqual([40, 10]);
    expect(await one!.validation!.read([0, 1])).toEqual(await two!.validation!.read([0, 1]));
  });

  it('shows some of them on a sheet', async () => {
    const { source } = await openData({ kind: 'builtin', name: 'heads', count: 9, seed: 1, size: 16 });
    const sheet = await contactSheet(source, 4, 1);
    expect(sheet).toMatchObject({ count: 4, width: 16, height: 16 });
    expect(sheet.rgba.length).toBe(4 * 16 * 16 * 4);
    expect((await contactSheet(source, 40, 1)).count).toBe(9);
  });
});

describe('tables of numbers', () => {
  it('IDX: a folder with its test set, and one file', async () => {
    const path = place('idx');
    await writeBars(path);
    const { source, validation, description } = await open(path);
    expect([source.count, validation?.count, description.classNames.length]).toEqual([100, 24, 2]);
    const one = await file('pictures.idx3', idxFile([2, 3, 3], new Uint8Array(18).fill(255)));
    expect((await open(one)).description).toMatchObject({ count: 2, statistics: { mean: 1, sd: 0 } });
  });

  const bytes = Uint8Array.from({ length: 2 * 4 * 4 }, (_, i) => 8 * i);
  const npz = (arrays: Files) => file('data.npz', zipFile(arrays));

  it('npz: bytes, fractions, negative fractions, channels first, labels', async () => {
    const read = async (arrays: Files) => {
      const { source, description } = await open(await npz(arrays));
      return { description, values: await source.read([0, 1]), source };
    };
    const asBytes = await read({ 'images.npy': npyFile('|u1', [2, 4, 4], bytes) });
    expect(asBytes.values[5]).toBeCloseTo(40 / 255, 6);
    const fractions = Float32Array.from(bytes, (value) => value / 255);
    const asFractions = await read({ 'x.npy': npyFile('<f4', [2, 4, 4, 1], fractions) });
    expect(asFractions.values).toEqual(asBytes.values);
    const signed = Float64Array.from(bytes, (value) => value / 127.5 - 1);
    const asSigned = await read({ 'arr_0.npy': npyFile('<f8', [2, 16], signed) });
    expect(asSigned.values).toEqual(asBytes.values);
    expect(asSigned.description.notes[0]).toContain('-1 to 1');
    const labels = BigInt64Array.of(7n, 3n);
    const first = await read({
      'x_train.npy': npyFile('|u1', [2, 3, 2, 2], bytes.subarray(0, 24)),
      'y_train.npy': npyFile('<i8', [2], labels),
    });
    expect([...first.source.labels!]).toEqual([1, 0]);
    expect(first.description.classNames).toEqual(['3', '7']);
    expect(first.values[1]).toBeCloseTo(32 / 255, 6); // green of the first pixel: the second plane
  });

  it('CSV of pixels: with heading and classes, without, and across chunks', async () => {
    const line = (label: number) => [label, ...Array.from({ length: 16 }, (_, i) => 15 * i)].join(',');
    const headed = `label,${Array.from({ length: 16 }, (_, i) => `p${i}`).join(',')}\n${line(3)}\r\n${line(5)}\n`;
    const { source, description } = await open(await file('digits.csv', headed));
    expect(description).toMatchObject({
      count: 2,
      classNames: ['3', '5'],
      shape: { height: 4, channels: 1 },
    });
    expect((await source.read([1]))[15]).toBeCloseTo(225 / 255, 6);
    const bare = await open(
      await file('digits.csv', Array.from({ length: 20_000 }, () => line(1)).join('\n')),
    );
    expect(bare.description).toMatchObject({ count: 20_000, classNames: ['1'] });
    expect(bare.description.notes.join(' ')).toContain('only one class, 1:');
    expect((await bare.source.read([19_999]))[15]).toBeCloseTo(225 / 255, 6);
  });
});

describe('bad data gets one clear sentence', () => {
  const CENTRAL = 0x02014b50;
  const LOCAL = 0x04034b50;
  const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  const u16 = (value: number) => new Uint8Array(Uint16Array.of(value).buffer);
  const picture = async () =>
    zipFile({ 'aa.png': await pngFile(), 'b.png': await pngFile({ colour: BLUE }) });
  const npy = (content: Uint8Array) => file('x.npz', zipFile({ 'x.npy': content }));
  const table = (text: string) => file('pixels.csv', text);
  const labelled = async (labels: string) => folder({ '1.png': await pngFile(), 'labels.csv': labels });
  const floats = (...values: number[]) => Float32Array.from(values);

  const cases: readonly (readonly [string, () => Promise<string>, RegExp])[] = [
    ['nothing there', async () => place('nowhere'), /no such data/],
    [
      'an empty folder',
      async () => folder({}).then(async (path) => (await mkdir(path, { recursive: true }), path)),
      /no pictures/,
    ],
    ['a folder without pictures', () => folder({ 'a.txt': 'x' }), /no pictures/],
    [
      'only broken pictures',
      () => folder({ 'a.png': 'x', 'b.jpg': 'y' }),
      /None of the pictures can be read/,
    ],
    ['an empty file', () => file('x.zip', ''), /empty/],
    ['some other file', () => file('x.pdf', '%PDF-1.4 ...'), /no data that can be read/],
    ['labels without file names', () => labelled('colour,size\nred,1\n'), /name no files.*colour, size/],
    ['labels of other files', () => labelled('file,label\n7.png,a\n8.png,b\n'), /do not match.*7\.png/],
    ['ragged labels', () => labelled('file,label\n1.png,a,b\n'), /line 2 has 3 columns/],
    ['an open quotation', () => labelled('file,label\n1.png,"a\n'), /never closed/],
    [
      'labels in UTF-16',
      () => labelled(Buffer.from('file,label\n1.png,a\n', 'utf16le').toString('latin1')),
      /no text/,
    ],
    ['an empty table of labels', () => labelled(''), /table is empty/],
    ['a zip cut in half', async () => file('x.zip', (await picture()).subarray(0, 60)), /zip is damaged/],
    [
      'a zip that leads out',
      async () => file('x.zip', zipFile({ '../../e.png': await pngFile() })),
      /zip is damaged.*\.\./,
    ],
    [
      'a zip with an absolute path',
      async () => file('x.zip', zipFile({ '/etc/e.png': await pngFile() })),
      /zip is damaged/,
    ],
    [
      'a zip with backslashes',
      async () => file('x.zip', zipFile({ 'a\\e.png': await pngFile() })),
      /zip is damaged/,
    ],
    ['an .npz of text', () => npy(new TextEncoder().encode('hello world, this is text')), /no \.npy/],
    ['an .npz without arrays', () => file('x.npz', zipFile({ 'a.txt': 'x' })), /no pictures/],
    ['an array of objects', () => npy(npyFile('|O', [2], new Uint8Array(16))), /no plain numbers/],
    ['complex numbers', () => npy(npyFile('<c8', [1, 2, 2], new Uint8Array(32))), /type is c8/],
    ['a big-endian array', () => npy(npyFile('>f4', [1, 2, 2], floats(1, 2, 3, 4))), /big-endian/],
    ['Fortran order', () => npy(npyFile('<f4', [1, 2, 2], floats(1, 2, 3, 4), true)), /Fortran/],
    [
      'an array cut short',
      () => npy(npyFile('<f4', [9, 2, 2], floats(1, 2, 3, 4))),
      /144 bytes and 16 are there/,
    ],
    ['an array of NaN', () => npy(npyFile('<f4', [1, 2, 2], floats(1, NaN, 3, 4))), /no numbers.*value 2/],
    [
      'an array that is no pictures',
      () => npy(npyFile('<f4', [1, 7], new Float32Array(7))),
      /no shape of pictures/,
    ],
    ['no picture in the array', () => npy(npyFile('<f4', [0, 2, 2], new Float32Array(0))), /no pictures/],
    [
      'fewer labels than pictures',
      () =>
        file(
          'x.npz',
          zipFile({
            'x.npy': npyFile('|u1', [2, 2, 2], new Uint8Array(8)),
            'y.npy': npyFile('|u1', [1], new Uint8Array(1)),
          }),
        ),
      /not as many labels/,
    ],
    ['a table of words', () => table('1,2,3,4\na,b,c,d\n'), /line 2: 'a' is no number/],
    ['a ragged table', () => table('1,2,3,4\n1,2,3\n'), /line 2: it has 3 columns/],
    ['rows that are no square', () => table('1,2,3,4,5,6,7\n'), /no shape of pictures/],
    ['only a heading', () => table('a,b,c,d\n'), /no pictures/],
    ['NUL bytes', () => table('1,2\0,3,4\n'), /a byte that no text has/],
    ['one endless value', () => table('1'.repeat(100_000)), /longer than any number/],
    ['too many columns', () => table('1,'.repeat(100_001)), /more than 100000 columns/],
  ];

  it.each(cases)('%s', async (_, make, sentence) => {
    const path = await make();
    const error: unknown = await open(path).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toMatch(/^data\//);
    expect((error as AppError).sentence).toMatch(sentence);
    expect((error as AppError).sentence).not.toContain('\n');
  });

  const damagedEntries: readonly (readonly [string, (zip: Uint8Array) => Uint8Array, RegExp])[] = [
    ['a wrong checksum', (zip) => patched(zip, CENTRAL, 16, u32(123)), /checksum/],
    ['a size that is too small', (zip) => patched(zip, CENTRAL, 24, u32(10)), /bytes|longer|size/],
    ['an encrypted entry', (zip) => patched(patched(zip, CENTRAL, 8, u16(1)), LOCAL, 6, u16(1)), /encrypted/],
    [
      'an unknown packing',
      (zip) => patched(patched(zip, CENTRAL, 10, u16(99)), LOCAL, 8, u16(99)),
      /method 99/,
    ],
  ];

  it.each(damagedEntries)('a zip with %s loses that picture alone', async (_, damage, why) => {
    const path = await file('x.zip', damage(await picture()));
    const { description } = await open(path);
    expect(description.count).toBe(1);
    expect(description.unreadable.map(({ file }) => file)).toEqual(['aa.png']);
    expect(description.unreadable[0]!.why).toMatch(why);
  });

  it('a zip bomb loses that entry alone', async () => {
    const path = await file(
      'x.zip',
      zipFile({ 'bomb.png': new Uint8Array(2 ** 22), 'b.png': await pngFile() }),
    );
    const { description } = await open(path);
    expect(description.unreadable).toEqual([
      { file: 'bomb.png', why: 'it unpacks to more than 100 times its size' },
    ]);
  });

  it('takes 256 classes, and goes without them from 257', async () => {
    const classes = async (count: number) => {
      const numbers = Array.from({ length: count }, (_, i) => String(i));
      const path = await folder({
        ...Object.fromEntries(numbers.map((n) => [`${n}.png`, one])),
        'labels.csv': `file,label\n${numbers.map((n) => `${n}.png,${n}\n`).join('')}`,
      });
      return (await open(path)).description;
    };
    const one = await pngFile({ width: 2, height: 2 });
    expect((await classes(255)).classNames.length).toBe(255);
    expect((await classes(256)).classNames.slice(-2)).toEqual(['254', '255']);
    const many = await classes(257);
    expect([many.count, many.classNames.length]).toEqual([257, 0]);
    expect(many.notes.join(' ')).toContain('257 classes');
  });

  it.each([
    [{ size: 1 }, /2 to 1024/],
    [{ size: 1025 }, /2 to 1024/],
    [{ size: 2.5 }, /2 to 1024/],
    [{ validationFraction: 1 }, /cannot be held out/],
    [{ validationFraction: NaN }, /cannot be held out/],
  ] as const)('options %o', async (options, sentence) => {
    await expect(open(root, options)).rejects.toThrow(sentence);
  });

  it('one picture, and one class, are said', async () => {
    const { description } = await open(await folder({ 'a/1.png': await pngFile() }));
    expect(description.notes.join(' ')).toContain('only one picture');
  });

  it.each([
    [{ name: 'nonesuch' }, /no such built-in data/],
    [{ name: '__proto__' }, /no such built-in data/],
    [{ count: 0 }, /this many pictures/],
    [{ size: 1 }, /cannot have this size/],
    [{ size: 100_000 }, /cannot have this size/],
  ])('built-in data %o', async (changes, sentence) => {
    const spec = { kind: 'builtin', name: 'heads', count: 10, seed: 1, size: 16, ...changes } as const;
    await expect(openData(spec)).rejects.toThrow(sentence);
  });
});
