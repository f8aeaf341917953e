// safetensors: 8 bytes of length, a header of JSON, and bytes. https://github.com/huggingface/safetensors#format
import { joined } from './bytes';
import { partOf, text, type Base, type Recipe, type Verdict } from '../corpus';
import { genericRecipes } from './generic';

interface Entry {
  dtype: string;
  shape: unknown;
  data_offsets: unknown;
}
type Header = Record<string, Entry>;

const FILE = 'generator.safetensors';

const lengthOf = (count: bigint): Uint8Array =>
  new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, count)).buffer);

export async function safetensorsRecipes(base: Base): Promise<readonly Recipe[]> {
  const bytes = partOf(base.parts, FILE);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + size));
  const data = bytes.slice(8 + size);
  const file = (name: string, make: () => Uint8Array, verdict: Verdict = 'refused'): Recipe => ({
    ...{ name, verdict },
    files: () => new Map([[FILE, make()]]),
  });
  const headed = (name: string, content: () => string | Uint8Array, verdict?: Verdict): Recipe =>
    file(
      name,
      () => {
        const given = content();
        const written = typeof given === 'string' ? text(given) : given;
        return joined(lengthOf(BigInt(written.length)), written, data);
      },
      verdict,
    );
  const edited = (name: string, edit: (first: Entry, header: Header) => void): Recipe =>
    headed(name, () => {
      const parsed = JSON.parse(header) as Header;
      const [, first] = Object.entries(parsed).find(([key]) => key !== '__metadata__') ?? [];
      if (first !== undefined) edit(first, parsed);
      return JSON.stringify(parsed);
    });
  const offsets = (change: (start: number, end: number) => unknown) => (first: Entry) => {
    const [start, end] = first.data_offsets as [number, number];
    first.data_offsets = change(start, end);
  };
  return [
    ...(await genericRecipes(base, FILE)),
    ...[0n, 1n, -1n, 100_000_001n, BigInt(bytes.length) + 1n, 1000n, 2n ** 53n, 2n ** 63n].map((count) =>
      file(`a header of ${count}`, () => joined(lengthOf(count), bytes.slice(8))),
    ),
    ...['repu', 'smgmoid', 'gelu_new', '\\\\u0000'].map((name) =>
      headed(`the activation ${name}`, () => header.replace(/(activation\\*":\\*")\w+/, `$1${name}`)),
    ),
    headed('a space before the header', () => ` ${header}`),
    headed('spaces after the header', () => `${header}   `, 'opened'),
    headed('no UTF-8', () => joined(text(header.slice(0, -1)), Uint8Array.of(0xff), text('}'))),
    headed('no JSON', () => header.trimEnd().slice(0, -1)),
    headed('a name given twice', () => header.replace('{', '{"dense/bias":5,')),
    headed('a name of reserved meaning', () => header.replace('{', '{"__proto__":{},')),
    headed('brackets 1,000 deep', () => header.replace('{', `{"x":${'['.repeat(1000)}${']'.repeat(1000)},`)),
    edited(
      'offsets one to the right',
      offsets((start, end) => [start + 1, end + 1]),
    ),
    edited(
      'offsets that overlap',
      offsets((start, end) => [start, end + 1]),
    ),
    edited(
      'offsets with a hole',
      offsets((start, end) => [start, end - 1]),
    ),
    edited(
      'offsets reversed',
      offsets((start, end) => [end, start]),
    ),
    edited(
      'offsets past the end',
      offsets((start, end) => [start, end + 2 ** 40]),
    ),
    edited(
      'offsets below zero',
      offsets((start, end) => [start - 8, end]),
    ),
    edited(
      'offsets as texts',
      offsets((start, end) => [`${start}`, `${end}`]),
    ),
    edited(
      'offsets of three',
      offsets((start, end) => [start, end, end]),
    ),
    edited(
      'offsets in parts',
      offsets((start, end) => [start + 0.5, end]),
    ),
    edited('an unknown type', (first) => void (first.dtype = 'F99')),
    edited('a shape that is too large for the bytes', (first) => void (first.shape = [1e6])),
    edited('a shape that overflows', (first) => void (first.shape = [2 ** 32, 2 ** 32])),
    edited('a shape below zero', (first) => void (first.shape = [-4, -32])),
    edited('a shape of 64 sides', (first) => void (first.shape = Array<number>(64).fill(1))),
    edited('100,000 tensors of the same bytes', (first, all) => {
      for (let i = 0; i < 1e5; i++) all[`t${i}`] = first;
    }),
    headed('metadata that is a number', () => header.replace('"latentscape-network/1"', '5')),
    file('a zip after the last tensor', () => joined(bytes, text('PK\u0003\u0004'), new Uint8Array(40))),
  ];
}
