/**
 * The global heaps of an HDF5 file, walked before its library does: an object of no length keeps H5HG's reader at one place for ever, and
 * nothing ends a loop inside WebAssembly but the end of its process. Here such a file is damaged, and is said to be.
 * Layout: HDF5 File Format Specification 3.0, III.E "Disk Format: Level 1E - Global Heap".
 */

const SIGNATURE = new Uint8Array([0x47, 0x43, 0x4f, 0x4c, 1]); // "GCOL", version 1: the library reads no other
/** The collection's own header, and that of each object in it: both end on a multiple of 8. */
const HEADER = 16;
const LENGTH_AT = 8;
type Lengths = 2 | 4 | 8;
/** Where the superblock says how many bytes a length takes, by its version. */
const LENGTHS_AT = [14, 14, 10, 10] as const;

/** What is wrong with a global heap, as a clause; null where all of them end. */
export function heapFault(bytes: Uint8Array): string | null {
  const lengths = bytes[LENGTHS_AT[bytes[8] ?? 0] ?? 0] ?? 0;
  if (lengths !== 2 && lengths !== 4 && lengths !== 8) return `its lengths are said to take ${lengths} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf(SIGNATURE); at >= 0; at = buffer.indexOf(SIGNATURE, at + 1)) {
    if (at + HEADER > bytes.length) return null;
    const end = at + lengthAt(view, at + LENGTH_AT, lengths);
    // numbers that spell the signature by chance have no such length, and the library refuses a heap that leaves the file
    if (end <= bytes.length && !ends(view, at + HEADER, end, lengths))
      return `the global heap at byte ${at} has an object without an end`;
  }
  return null;
}

/** Each object leads to a later one, and the last to the end. */
function ends(view: DataView, first: number, end: number, lengths: Lengths): boolean {
  let at = first;
  while (at + HEADER <= end) {
    const isFree = view.getUint16(at, true) === 0;
    const length = lengthAt(view, at + LENGTH_AT, lengths);
    const whole = isFree ? length : HEADER + 8 * Math.ceil(length / 8);
    if (whole < HEADER || at + whole > end) return false;
    at += whole;
  }
  return true;
}

function lengthAt(view: DataView, at: number, bytes: Lengths): number {
  if (bytes === 2) return view.getUint16(at, true);
  return bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
}
