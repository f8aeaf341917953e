// Zip files written field by field, so that each field can lie. PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16.
import { crc32, deflateRawSync } from 'node:zlib';
import { joined, little } from './recipes/bytes';
import { text } from './corpus';

export interface Entry {
  readonly name: string | Uint8Array;
  readonly content: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** Of the unpacked file, in both places. */
  readonly size?: number;
  readonly packedSize?: number;
  /** As Unix keeps it in the high half: 0xa1ff for a link. */
  readonly mode?: number;
  readonly localName?: string;
  readonly localSize?: number;
  /** Lies where this entry lies, instead of in a place of its own. */
  readonly offset?: number;
  readonly disk?: number;
}

export interface End {
  readonly count?: number;
  readonly comment?: Uint8Array;
  readonly directoryAt?: number;
  readonly directorySize?: number;
  readonly disk?: number;
  readonly before?: Uint8Array;
}

export function zipOf(entries: readonly Entry[], end: End = {}): Uint8Array {
  const before = end.before ?? new Uint8Array();
  const locals: Uint8Array[] = [before];
  const directory: Uint8Array[] = [];
  let at = before.length;
  for (const entry of entries) {
    const { content, method = 8, flags = 0x800, mode = 0x81a4, disk = 0 } = entry;
    const packed = method === 8 ? deflateRawSync(content) : content;
    const name = typeof entry.name === 'string' ? text(entry.name) : entry.name;
    const localName = entry.localName === undefined ? name : text(entry.localName);
    const size = entry.size ?? content.length;
    const sizes = (unpacked: number): readonly number[] => [
      ...little(entry.crc ?? crc32(content), 4),
      ...little(entry.packedSize ?? packed.length, 4),
      ...little(unpacked, 4),
    ];
    const common = [...little(20, 2), ...little(flags, 2), ...little(method, 2), ...little(0x21_0000, 4)];
    const offset = entry.offset ?? at;
    if (entry.offset === undefined) {
      const head = [...little(0x04034b50, 4), ...common, ...sizes(entry.localSize ?? size)];
      const local = joined(
        Uint8Array.from([...head, ...little(localName.length, 2), 0, 0]),
        localName,
        packed,
      );
      locals.push(local);
      at += local.length;
    }
    const head = [...little(0x02014b50, 4), ...little(0x0314, 2), ...common, ...sizes(size)];
    const tail = [
      ...little(name.length, 2),
      0,
      0,
      0,
      0,
      ...little(disk, 2),
      0,
      0,
      ...little(mode * 65_536, 4),
    ];
    directory.push(Uint8Array.from([...head, ...tail, ...little(offset, 4)]), name);
  }
  const central = joined(...directory);
  const comment = end.comment ?? new Uint8Array();
  const last = [
    ...little(0x06054b50, 4),
    ...little(end.disk ?? 0, 2),
    ...little(end.disk ?? 0, 2),
    ...little(end.count ?? entries.length, 2),
    ...little(end.count ?? entries.length, 2),
    ...little(end.directorySize ?? central.length, 4),
    ...little(end.directoryAt ?? at, 4),
    ...little(comment.length, 2),
  ];
  return joined(...locals, central, Uint8Array.from(last), comment);
}
