/**
 * One file that a training can be resumed from: weights, optimiser slots, random state, step and data cursor together,
 * so that they can never belong to different moments. Two generations are kept; a newest one that is damaged is
 * passed over for the one before, and the caller is told.
 *
 *   8 bytes magic | 8 bytes payload length | 32 bytes SHA-256 of the payload | payload: safetensors, state in metadata
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '#shared/errors';
import { previousOf, writeAtomic, type Written } from './atomic';
import { errorCode, type FilePort } from './file-port';
import { MAX_TENSOR_FILE_BYTES } from './limits';
import { decodeSafetensors, encodeSafetensors, type Tensor } from './safetensors';
import { isJsonObject, parseStrictJson, type JsonObject } from './strict-json';

export interface Checkpoint {
  readonly state: JsonObject;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

export interface LoadedCheckpoint extends Checkpoint {
  /** True when the newest file was damaged or missing and the generation before it was loaded. */
  readonly recovered: boolean;
  readonly why?: string;
}

const MAGIC = new TextEncoder().encode('LSCKPT01');
const HASH_AT = 16;
const PAYLOAD_AT = 48;
const FORMAT = 'latentscape-checkpoint/1';

export async function saveCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  port?: FilePort,
): Promise<Written> {
  // A damaged newest file must not push out the good generation behind it.
  const keepPrevious = await isWhole(path);
  return writeAtomic(path, encodeCheckpoint(checkpoint), {
    keepPrevious,
    ...(port === undefined ? {} : { port }),
  });
}

export async function loadCheckpoint(path: string): Promise<LoadedCheckpoint> {
  try {
    return { ...decodeCheckpoint(await read(path), path), recovered: false };
  } catch (newest) {
    if (!(newest instanceof AppError)) throw newest;
    try {
      const previous = decodeCheckpoint(await read(previousOf(path)), previousOf(path));
      return { ...previous, recovered: true, why: newest.sentence };
    } catch (older) {
      if (older instanceof AppError) throw newest;
      throw older;
    }
  }
}

/** Makes the generation before the newest the newest, where there is a whole one, and says what it is. */
export async function revertCheckpoint(path: string): Promise<Checkpoint | null> {
  try {
    const bytes = await read(previousOf(path));
    const checkpoint = decodeCheckpoint(bytes, previousOf(path));
    await writeAtomic(path, bytes);
    return checkpoint;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

export function encodeCheckpoint({ state, tensors }: Checkpoint): Uint8Array {
  const payload = encodeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) });
  const file = new Uint8Array(PAYLOAD_AT + payload.byteLength);
  file.set(MAGIC);
  new DataView(file.buffer).setBigUint64(MAGIC.byteLength, BigInt(payload.byteLength), true);
  file.set(createHash('sha256').update(payload).digest(), HASH_AT);
  file.set(payload, PAYLOAD_AT);
  return file;
}

export function decodeCheckpoint(file: Uint8Array, where: string): Checkpoint {
  const { metadata, tensors } = decodeSafetensors(checkedPayload(file, where));
  if (metadata['format'] !== FORMAT)
    throw damaged(where, `its format is ${metadata['format'] ?? 'not named'}, not ${FORMAT}`);
  const state = parseStrictJson(new TextEncoder().encode(metadata['state'] ?? ''), {
    code: 'store/checkpoint',
    where,
  });
  if (!isJsonObject(state)) throw damaged(where, 'its state is not an object');
  return { state, tensors };
}

function checkedPayload(file: Uint8Array, where: string): Uint8Array {
  if (file.byteLength < PAYLOAD_AT || MAGIC.some((byte, at) => file[at] !== byte)) {
    throw damaged(where, 'it does not start like a checkpoint');
  }
  const declared = new DataView(file.buffer, file.byteOffset).getBigUint64(MAGIC.byteLength, true);
  const payload = file.subarray(PAYLOAD_AT);
  if (declared !== BigInt(payload.byteLength)) {
    throw damaged(where, `it should hold ${declared} bytes and holds ${payload.byteLength}`);
  }
  const hash = createHash('sha256').update(payload).digest();
  if (!hash.equals(file.subarray(HASH_AT, PAYLOAD_AT)))
    throw damaged(where, 'its content does not match its checksum');
  return payload;
}

async function isWhole(path: string): Promise<boolean> {
  try {
    checkedPayload(await read(path), path);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

async function read(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = errorCode(error);
    throw new AppError({
      code: code === 'ENOENT' ? 'store/gone' : 'store/denied',
      headline: code === 'ENOENT' ? 'There is no checkpoint' : 'The checkpoint cannot be read',
      where: path,
      ...(code === 'ENOENT' ? {} : { cause: code }),
      remedy: 'start the training anew, or name another folder',
    });
  }
  if (bytes.byteLength > MAX_TENSOR_FILE_BYTES) throw damaged(path, `it is ${bytes.byteLength} bytes long`);
  return bytes;
}

function damaged(where: string, cause: string): AppError {
  return new AppError({
    code: 'store/checkpoint',
    headline: 'The checkpoint is damaged',
    where,
    cause,
    remedy: 'start the training anew, or restore the file from a backup',
  });
}
