/**
 * What people bring that is no model we open: recognised by its content and answered with what it is and what to do. Asked
 * only when no loader knows it, or to say more than "not recognised".
 */
import { AppError } from '#shared/errors';
import { MAX_JSON_BYTES } from '../store/limits';
import { isJsonObject, parseStrictJson, type JsonObject } from '../store/strict-json';
import {
  checkpointSnippet,
  diffusersSnippet,
  exportedProgramSnippet,
  tfLiteSnippet,
} from './export-snippets';
import { refuseSafetensors } from './safetensors-model';
import type { Source, SourceFile } from './source';
import { refusePickle, refused } from './torch';

/** Files looked at in a folder: one that is full of pictures is told from its first few. */
const MOST_FILES = 200;
const HEAD = 512;

/** Null where nothing is recognised. Never throws for what is in a file. */
export async function recogniseRefused(source: Source): Promise<AppError | null> {
  const whole = (await diffusersFolder(source)) ?? (await exportedProgram(source));
  if (whole !== null) return whole;
  const pointedAt = source.entry === null ? undefined : source.files.get(source.entry);
  const files = pointedAt === undefined ? [...source.files.values()].slice(0, MOST_FILES) : [pointedAt];
  const answers: AppError[] = [];
  for (const file of files) {
    const answer = await refuseFile(file, source);
    if (answer !== null) answers.push(answer);
  }
  // A folder may hold weights and pictures and a readme: what comes nearest to a model is what was meant.
  return answers.find(({ code }) => code === 'model/refused') ?? answers[0] ?? null;
}

async function refuseFile(file: SourceFile, source: Source): Promise<AppError | null> {
  if (file.size === 0) return other(file.path, 'The file is empty', 'get it again');
  const head = await file.head(HEAD);
  for (const kind of KINDS) if (kind.match(head, file.path)) return kind.answer(file.path);
  return (
    (await refusePickle(file)) ??
    (await refuseSafetensors(file)) ??
    (await tensorFlowCheckpoint(file, source))
  );
}

interface Kind {
  readonly match: (head: Uint8Array, path: string) => boolean;
  readonly answer: (path: string) => AppError;
}

const text = (head: Uint8Array): string => String.fromCharCode(...head);
const starts =
  (...beginnings: readonly string[]) =>
  (head: Uint8Array): boolean =>
    beginnings.some((beginning) => text(head.subarray(0, beginning.length)) === beginning);
const at =
  (offset: number, ...marks: readonly string[]) =>
  (head: Uint8Array): boolean =>
    marks.some((mark) => text(head.subarray(offset, offset + mark.length)) === mark);

const KINDS: readonly Kind[] = [
  {
    match: starts('version https://git-lfs.github.com/spec/'),
    answer: (path) =>
      other(
        path,
        'The file is only a pointer of Git LFS',
        'fetch the file itself: git lfs pull, or download it from its page',
      ),
  },
  {
    match: (head) => /^\s*<(!doctype html|html)/i.test(text(head)),
    answer: (path) =>
      other(path, 'The file is a web page', 'download the file itself; the link led to a page about it'),
  },
  {
    match: starts('\x89PNG', 'GIF8', '\xff\xd8\xff', 'BM', 'II*\0', 'MM\0*'),
    answer: picture,
  },
  { match: (head) => starts('RIFF')(head) && at(8, 'WEBP')(head), answer: picture },
  { match: at(4, 'ftypavif', 'ftypheic'), answer: picture },
  {
    match: at(4, 'TFL3'),
    answer: (path) =>
      refused(
        path,
        'TensorFlow Lite file',
        'its weights are rounded for telephones',
        tfLiteSnippet(fileName(path)),
      ),
  },
  {
    match: starts('GGUF', 'ggml', 'ggjt'),
    answer: (path) => refused(path, 'GGUF file', 'it is the format of llama.cpp, for language models'),
  },
  {
    match: at(4, 'ORTM'),
    answer: (path) => refused(path, 'ONNX Runtime (.ort) file', 'it is compiled for one kind of machine'),
  },
  {
    match: at(4, 'ET12'),
    answer: (path) => refused(path, 'ExecuTorch file', 'it is compiled for one kind of machine'),
  },
  {
    match: starts('\x1f\x8b', '7z\xbc\xaf\x27\x1c', 'Rar!', '\xfd7zXZ\0', 'BZh', '\x28\xb5\x2f\xfd'),
    answer: (path) =>
      other(path, 'The file is a packed archive', 'unpack it and open what is in it; a zip is read as it is'),
  },
  {
    match: at(257, 'ustar'),
    answer: (path) =>
      other(path, 'The file is a tar archive', 'unpack it and open what is in it; a zip is read as it is'),
  },
  {
    match: starts('\x93NUMPY'),
    answer: (path) =>
      other(path, 'The file is an array of numpy, no network', 'train on it, or open a generator'),
  },
  {
    match: (head) => starts('PK\x03\x04')(head) && text(head.subarray(30, 160)).includes('.npy'),
    answer: (path) =>
      other(path, 'The file holds arrays of numpy, no network', 'train on them, or open a generator'),
  },
  {
    match: (head, path) => head[0] === 0x08 && /\.mlmodel$/i.test(path),
    answer: (path) => refused(path, 'Core ML model', 'it is made for systems of Apple'),
  },
  {
    match: (head, path) => head[0] === 0x0a && /\.caffemodel$/i.test(path),
    answer: (path) =>
      refused(path, 'Caffe model', 'its program is long out of use, and the network lies in another file'),
  },
  {
    match: starts('\x7fELF', 'MZ', '\xcf\xfa\xed\xfe'),
    answer: (path) => other(path, 'The file is a program', 'open a model; programs are never run'),
  },
  {
    match: (_, path) => /\.(py|ipynb)$/i.test(path),
    answer: (path) =>
      other(path, 'The file is Python code', 'export the generator to ONNX with it; code is never run here'),
  },
];

function picture(path: string): AppError {
  return other(
    path,
    'The file is a picture, no model',
    'open a model first and drop the picture on its Explore view',
  );
}

/** `<prefix>.index` is a sorted table of LevelDB, whose last bytes are its magic number. */
async function tensorFlowCheckpoint(file: SourceFile, source: Source): Promise<AppError | null> {
  const prefix = file.path.replace(/\.(index|meta|data-\d{5}-of-\d{5})$/, '');
  const index = source.files.get(`${prefix}.index`);
  if (prefix === file.path || index === undefined || index.size > MAX_JSON_BYTES) {
    const head = text(await file.head(64));
    if (!head.startsWith('model_checkpoint_path:')) return null;
    const name = /"([^"]{1,60})"/.exec(head)?.[1] ?? 'checkpoint';
    return checkpoint(file.path, name);
  }
  const bytes = await index.read(MAX_JSON_BYTES);
  return text(bytes.subarray(-8)) === '\x57\xfb\x80\x8b\x24\x75\x47\xdb'
    ? checkpoint(file.path, fileName(prefix))
    : null;
}

const checkpoint = (path: string, prefix: string): AppError =>
  new AppError({
    code: 'model/refused',
    headline: 'A TensorFlow checkpoint is not opened',
    where: path,
    cause: 'it holds numbers only, and not the network that uses them',
    remedy: 'save the whole model with the script that is given',
    snippet: checkpointSnippet(prefix),
  });

/** A pipeline of diffusers, or the folder of one of its autoencoders. */
async function diffusersFolder(source: Source): Promise<AppError | null> {
  for (const [name, subfolder] of [
    ['model_index.json', 'vae'],
    ['vae/config.json', 'vae'],
    ['config.json', null],
  ] as const) {
    const file = source.files.get(name);
    if (file === undefined || file.size > MAX_JSON_BYTES) continue;
    const config = parsed(await file.read(MAX_JSON_BYTES), name);
    if (!('_diffusers_version' in config)) continue;
    const kind = config['_class_name'];
    if (subfolder === null && !(typeof kind === 'string' && kind.startsWith('Autoencoder'))) continue;
    return refused(
      source.name,
      'diffusers model',
      'it is code and weights that make a picture in many steps',
      diffusersSnippet(source.name, subfolder),
    );
  }
  return null;
}

/** What torch.export.save writes: a zip that says so, with the program, its weights and its examples in it. */
async function exportedProgram(source: Source): Promise<AppError | null> {
  const mark = [...source.files.values()].find(({ path }) => /^([^/]+\/)?archive_format$/.test(path));
  if (mark === undefined || text(await mark.head(8)).trim() !== 'pt2') return null;
  return refused(
    source.name,
    'exported PyTorch program',
    'it holds a program of its own',
    exportedProgramSnippet(source.name),
  );
}

function parsed(bytes: Uint8Array, where: string): JsonObject {
  try {
    const json = parseStrictJson(bytes, { code: 'model/format', where });
    return isJsonObject(json) ? json : {};
  } catch {
    return {}; // not the JSON of diffusers, then
  }
}

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const other = (where: string, headline: string, remedy: string): AppError =>
  new AppError({ code: 'model/format', headline, where, remedy });
