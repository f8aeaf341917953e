/**
 * Reads what a Python pickle would build, without building it: a small machine that knows the opcodes of protocols 0 to 5
 * (Lib/pickletools.py of CPython) and keeps lists, dicts, numbers and text. A class or function is kept as its name; nothing
 * is imported and nothing is called. A tensor of PyTorch is kept as its shape and type, because that is all a list shows.
 */
import { MAX_PICKLE_OPERATIONS } from '../store/limits';

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | { readonly kind: 'bytes' }
  | { readonly kind: 'list'; readonly items: PickleValue[] }
  | { readonly kind: 'tuple'; readonly items: PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: [PickleValue, PickleValue][] }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'storage'; readonly type: string }
  | { readonly kind: 'tensor'; readonly shape: readonly number[]; readonly type: string }
  /** Something that a class or function would have made. */
  | { readonly kind: 'object'; readonly of: string; state: PickleValue };

export interface Pickle {
  /** What the pickle is; undefined where the bytes end before it is whole. */
  readonly value: PickleValue | undefined;
  /** Every class and function that it names, in the order in which it names them. */
  readonly names: readonly string[];
  /** In the order in which they come, also where they lie inside objects. */
  readonly tensors: readonly Extract<PickleValue, { readonly kind: 'tensor' }>[];
  /** Where the bytes after it start. */
  readonly end: number;
}

/** The bytes are no pickle, or one that asks for too much. */
export class PickleError extends Error {}
/** The bytes end inside the pickle: of a head of a file that is to be expected. */
class PickleEnd extends Error {}

const MARK = Symbol('mark');
type Slot = PickleValue | typeof MARK;

export function readPickle(bytes: Uint8Array, start = 0): Pickle {
  const machine = new Machine(bytes, start);
  let value: PickleValue | undefined;
  try {
    value = machine.run();
  } catch (error) {
    if (!(error instanceof PickleEnd)) throw error;
  }
  return { value, names: [...machine.names], tensors: machine.tensors, end: machine.at };
}

class Machine {
  at: number;
  readonly names = new Set<string>();
  readonly tensors: Extract<PickleValue, { readonly kind: 'tensor' }>[] = [];
  private readonly stack: Slot[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start: number) {
    this.bytes = bytes;
    this.at = start;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (let count = 0; count < MAX_PICKLE_OPERATIONS; count++) {
      const code = String.fromCharCode(this.byte());
      if (code === '.') return this.pop();
      this.step(code);
    }
    throw new PickleError(`it has more than ${MAX_PICKLE_OPERATIONS} operations`);
  }

  private step(code: string): void {
    switch (code) {
      case '\x80': // PROTO
        if (this.byte() > 5) throw new PickleError('its protocol is not known');
        return;
      case '\x95': // FRAME
        this.take(8);
        return;
      case '(':
        this.stack.push(MARK);
        return;
      case '0': // POP
        this.stack.pop();
        return;
      case '1': // POP_MARK
        this.toMark();
        return;
      case '2': // DUP
        this.push(this.top());
        return;
      case 'N':
        return this.push(null);
      case '\x88':
        return this.push(true);
      case '\x89':
        return this.push(false);
      case 'I':
      case 'L':
      case 'F':
        return this.push(numberIn(this.line()));
      case 'J':
        return this.push(this.view.getInt32(this.take(4), true));
      case 'K':
        return this.push(this.byte());
      case 'M':
        return this.push(this.view.getUint16(this.take(2), true));
      case '\x8a': // LONG1
        return this.push(this.long(this.byte()));
      case '\x8b': // LONG4
        return this.push(this.long(this.view.getUint32(this.take(4), true)));
      case 'G':
        return this.push(this.view.getFloat64(this.take(8)));
      case 'S':
        return this.push(this.line().replace(/^['"]|['"]$/g, ''));
      case 'V':
        return this.push(this.line());
      case 'X':
      case 'T':
        return this.push(this.text(this.length(4)));
      case 'U':
      case '\x8c':
        return this.push(this.text(this.length(1)));
      case '\x8d':
        return this.push(this.text(this.length(8)));
      case 'B':
        return this.skip(this.length(4));
      case 'C':
        return this.skip(this.length(1));
      case '\x8e':
      case '\x96':
        return this.skip(this.length(8));
      case '\x97': // NEXT_BUFFER
        return this.push({ kind: 'bytes' });
      case '\x98': // READONLY_BUFFER
        return;
      case ')':
        return this.push({ kind: 'tuple', items: [] });
      case ']':
      case '\x8f': // EMPTY_SET
        return this.push({ kind: 'list', items: [] });
      case '}':
        return this.push({ kind: 'dict', entries: [] });
      case 't':
        return this.push({ kind: 'tuple', items: this.toMark() });
      case '\x85':
      case '\x86':
      case '\x87':
        return this.push({ kind: 'tuple', items: this.last(code.charCodeAt(0) - 0x84) });
      case 'l':
      case '\x91': // FROZENSET
        return this.push({ kind: 'list', items: this.toMark() });
      case 'd':
        return this.push({ kind: 'dict', entries: pairs(this.toMark()) });
      case 'a': {
        const [item = null] = this.last(1);
        return this.extend([item]);
      }
      case 'e':
      case '\x90': // ADDITEMS
        return this.extend(this.toMark());
      case 's':
        return this.setItems(this.last(2));
      case 'u':
        return this.setItems(this.toMark());
      case 'c': {
        const module = this.line();
        return this.name(module, this.line());
      }
      case '\x93': {
        const [module, name] = this.last(2);
        return this.name(module, name);
      }
      case 'R': {
        const [made = null, given = null] = this.last(2);
        return this.push(this.called(made, given));
      }
      case '\x81': {
        const [made = null, given = null] = this.last(2);
        return this.push(this.called(made, given));
      }
      case '\x92': {
        const [made = null, given = null] = this.last(3);
        return this.push(this.called(made, given));
      }
      case 'o': {
        const [made = null] = this.toMark();
        return this.push(this.called(made, null));
      }
      case 'i': {
        const module = this.line();
        this.name(module, this.line());
        const made = this.pop();
        this.toMark();
        return this.push(this.called(made, null));
      }
      case 'b': {
        const [state = null] = this.last(1);
        const object = this.top();
        if (isKind(object, 'object')) object.state = state;
        return;
      }
      case 'P':
        this.line();
        return this.push({ kind: 'bytes' });
      case 'Q':
        return this.push(storageOf(this.pop()));
      case 'p':
        return this.remember(Number(this.line()));
      case 'q':
        return this.remember(this.byte());
      case 'r':
        return this.remember(this.view.getUint32(this.take(4), true));
      case '\x94': // MEMOIZE
        return this.remember(this.memo.size);
      case 'g':
        return this.recall(Number(this.line()));
      case 'h':
        return this.recall(this.byte());
      case 'j':
        return this.recall(this.view.getUint32(this.take(4), true));
      case '\x82':
      case '\x83':
      case '\x84':
        this.take(2 ** (code.charCodeAt(0) - 0x82)); // EXT: a class by a number that only its own program knows
        return this.name('extension', 'by number');
      default:
        throw new PickleError(`it has the unknown operation ${code.charCodeAt(0)}`);
    }
  }

  /** What a class or function would give. Tensors and dicts are known; anything else is an object of that name. */
  private called(made: PickleValue, given: PickleValue): PickleValue {
    if (!isKind(made, 'name')) return { kind: 'object', of: 'unknown', state: null };
    const [first = null, ...rest] = isKind(given, 'tuple') ? given.items : [];
    switch (made.name) {
      case 'collections.OrderedDict':
        return { kind: 'dict', entries: [] };
      case 'torch.Size':
        return first;
      case 'torch._utils._rebuild_parameter':
      case 'torch._utils._rebuild_parameter_with_state':
        return first;
      case 'torch._utils._rebuild_tensor':
      case 'torch._utils._rebuild_tensor_v2':
      case 'torch._utils._rebuild_tensor_v3': {
        const sizes = isKind(rest[1], 'tuple') ? rest[1].items : [];
        const tensor = {
          kind: 'tensor',
          shape: sizes.filter((size) => typeof size === 'number'),
          type: isKind(first, 'storage') ? first.type : 'unknown',
        } as const;
        this.tensors.push(tensor);
        return tensor;
      }
      default:
        return { kind: 'object', of: made.name, state: null };
    }
  }

  private name(module: Slot | undefined, name: Slot | undefined): void {
    const whole = `${typeof module === 'string' ? module : '?'}.${typeof name === 'string' ? name : '?'}`;
    this.names.add(whole);
    this.push({ kind: 'name', name: whole });
  }

  private extend(items: readonly PickleValue[]): void {
    const list = this.top();
    if (isKind(list, 'list')) for (const item of items) list.items.push(item);
  }

  private setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (isKind(dict, 'dict')) for (const pair of pairs(items)) dict.entries.push(pair);
  }

  private remember(key: number): void {
    this.memo.set(key, this.top());
  }

  private recall(key: number): void {
    const value = this.memo.get(key);
    if (value === undefined) throw new PickleError('it refers to what it has not said');
    this.push(value);
  }

  private push(value: PickleValue): void {
    this.stack.push(value);
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    if (value === undefined || value === MARK) throw new PickleError('it takes more than it has given');
    return value;
  }

  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private last(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  private toMark(): PickleValue[] {
    const values: PickleValue[] = [];
    for (let value = this.stack.pop(); value !== MARK; value = this.stack.pop()) {
      if (value === undefined) throw new PickleError('it takes more than it has given');
      values.push(value);
    }
    return values.reverse();
  }

  private byte(): number {
    return this.view.getUint8(this.take(1));
  }

  /** Moves on, and gives where it was. */
  private take(count: number): number {
    const from = this.at;
    if (from + count > this.bytes.length) throw new PickleEnd();
    this.at += count;
    return from;
  }

  private length(size: 1 | 4 | 8): number {
    const at = this.take(size);
    if (size === 1) return this.view.getUint8(at);
    return size === 4 ? this.view.getUint32(at, true) : Number(this.view.getBigUint64(at, true));
  }

  private text(length: number): string {
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  private skip(length: number): void {
    this.take(length);
    this.push({ kind: 'bytes' });
  }

  private line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw new PickleEnd();
    const line = new TextDecoder().decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return line;
  }

  /** Whole numbers of any length; what is beyond 2^53 is no size of anything. */
  private long(length: number): number {
    const from = this.take(length);
    let value = 0;
    for (let at = Math.min(length, 8) - 1; at >= 0; at--) value = value * 256 + (this.bytes[from + at] ?? 0);
    const negative = length > 0 && length <= 8 && ((this.bytes[from + length - 1] ?? 0) & 128) !== 0;
    return negative ? value - 256 ** length : value;
  }
}

export function isKind<K extends Extract<PickleValue, object>['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

function pairs(items: readonly PickleValue[]): [PickleValue, PickleValue][] {
  const result: [PickleValue, PickleValue][] = [];
  for (let at = 0; at + 1 < items.length; at += 2) result.push([items[at] ?? null, items[at + 1] ?? null]);
  return result;
}

/** ('storage', torch.FloatStorage, key, device, count): PyTorch's way to say where the numbers lie. */
function storageOf(id: PickleValue): PickleValue {
  const [what, type] = isKind(id, 'tuple') ? id.items : [];
  if (what !== 'storage' || !isKind(type, 'name')) return { kind: 'bytes' };
  return { kind: 'storage', type: STORAGES.get(type.name.split('.').at(-1) ?? '') ?? type.name };
}

const STORAGES: ReadonlyMap<string, string> = new Map([
  ['FloatStorage', 'float32'],
  ['DoubleStorage', 'float64'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
]);

const numberIn = (line: string): number | boolean =>
  line === '01' ? true : line === '00' ? false : Number(line.replace(/L$/, ''));
