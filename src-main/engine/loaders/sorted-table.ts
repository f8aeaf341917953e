/**
 * A table of sorted keys as LevelDB keeps it: https://github.com/google/leveldb/blob/main/doc/table_format.md. Blocks of
 * entries whose keys share their beginnings, an index of the blocks, and a footer of 48 bytes that says where that is.
 */
import { readVarint, viewOf, WireError } from '../graph/wire';
import { MAX_NAME_BYTES, MAX_TENSORS } from '../store/limits';
import { maskedCrc32c } from './crc32c';

const FOOTER_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Behind each block: one byte for its compression, four for its checksum. */
const TRAILER_BYTES = 5;

/** @throws WireError with what is wrong. */
export function readSortedTable(file: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (file.length < FOOTER_BYTES) throw new WireError('it is too short');
  const footer = file.subarray(file.length - FOOTER_BYTES);
  if (viewOf(footer).getBigUint64(FOOTER_BYTES - 8, true) !== MAGIC)
    throw new WireError('it does not end as such a table does, or is cut short');
  const cursor = { at: 0 };
  readHandle(footer, cursor); // of blocks that say more about the others
  const index = readBlock(file, readHandle(footer, cursor));
  const entries = new Map<string, Uint8Array>();
  for (const [, handle] of entriesOf(index)) {
    for (const [key, value] of entriesOf(readBlock(file, readHandle(handle, { at: 0 })))) {
      if (entries.size > MAX_TENSORS) throw new WireError(`it has more than ${MAX_TENSORS} entries`);
      entries.set(key, value);
    }
  }
  return entries;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readHandle(bytes: Uint8Array, cursor: { at: number }): Handle {
  return { offset: Number(readVarint(bytes, cursor)), size: Number(readVarint(bytes, cursor)) };
}

function readBlock(file: Uint8Array, { offset, size }: Handle): Uint8Array {
  const end = offset + size;
  if (end + TRAILER_BYTES > file.length) throw new WireError('a block lies behind its end');
  const block = file.subarray(offset, end);
  const compression = file.subarray(end, end + 1);
  if (viewOf(file).getUint32(end + 1, true) !== maskedCrc32c(block, compression))
    throw new WireError('the checksum of a block is wrong');
  if (compression[0] !== 0) throw new WireError('its blocks are compressed, which no TensorFlow writes');
  return block;
}

function* entriesOf(block: Uint8Array): Generator<readonly [key: string, value: Uint8Array]> {
  if (block.length < 4) throw new WireError('a block is too short');
  const restarts = viewOf(block).getUint32(block.length - 4, true);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw new WireError('a block is too short');
  const cursor = { at: 0 };
  let key: Uint8Array = new Uint8Array(0);
  while (cursor.at < end) {
    const shared = Number(readVarint(block, cursor));
    const own = Number(readVarint(block, cursor));
    const valueBytes = Number(readVarint(block, cursor));
    const keyEnd = cursor.at + own;
    if (shared > key.length || shared + own > 4 * MAX_NAME_BYTES || keyEnd + valueBytes > end)
      throw new WireError('an entry of a block lies behind its end');
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(block.subarray(cursor.at, keyEnd), shared);
    key = next;
    cursor.at = keyEnd + valueBytes;
    yield [new TextDecoder().decode(key), block.subarray(keyEnd, cursor.at)];
  }
}
