// Mutants: seed n gives 1 to 4 edits of bytes, or, of what is JSON, of its values. Both, because bytes find the faults of parsers and values
// those of what comes after them.
import { seededRandom, type Random } from '#shared/random';
import type { Json } from '#engine/store/strict-json';
import { partOf, text, type Base, type Files } from './corpus';

export async function mutant(base: Base, seed: number): Promise<Files> {
  const random = seededRandom(seed);
  const names = [...base.parts.keys()].sort();
  const name = names[random.integer(names.length)] ?? '';
  const bytes = partOf(base.parts, name);
  const value = seed % 2 === 0 ? asJson(bytes) : undefined;
  const edits = 1 + random.integer(4);
  const altered = value === undefined ? editBytes(bytes, edits, random) : editValues(value, edits, random);
  return base.seal(new Map([...base.parts, [name, altered]]));
}

function asJson(bytes: Uint8Array): Json | undefined {
  if (bytes[0] !== 0x7b) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}

export function editBytes(bytes: Uint8Array, edits: number, random: Random): Uint8Array {
  const edited = [...bytes];
  for (let edit = 0; edit < edits; edit++) {
    const at = random.integer(Math.max(1, edited.length));
    switch (random.integer(6)) {
      case 0:
        edited[at] = random.integer(256);
        break;
      case 1:
        edited[at] = (edited[at] ?? 0) ^ (1 << random.integer(8));
        break;
      case 2:
        edited.fill(0xff, at, at + 8);
        break;
      case 3:
        edited.splice(at, 1 + random.integer(8));
        break;
      case 4:
        edited.splice(at, 0, ...edited.slice(at, at + 1 + random.integer(64)));
        break;
      default: {
        const length = 1 + random.integer(16);
        const other = random.integer(Math.max(1, edited.length - length));
        const here = edited.slice(at, at + length);
        edited.splice(at, here.length, ...edited.slice(other, other + here.length));
        edited.splice(other, here.length, ...here);
      }
    }
  }
  return Uint8Array.from(edited);
}

/** What people and programs put where something else belongs. */
const NASTY: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 0.5, 2, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -1e308, 1e9],
  ...['', 'x', '__proto__', 'constructor', '../x', '/etc/passwd', 'z', '1', 'float99', '\u202e', '\u0000'],
  ...[[], {}, [[]], [null], [1e9], [-1], [2 ** 27, 2 ** 27], [0], ['2'], [1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ...[{ class_name: 'Lambda', config: {} }, { class_name: 'Dense' }, [['z', 0, 0, {}]], [['nowhere', 0, 0]]],
];

type Holder = Json[] | Record<string, Json>;

export function editValues(value: Json, edits: number, random: Random): Uint8Array {
  let edited = structuredClone(value);
  for (let edit = 0; edit < edits; edit++) {
    const places = placesIn(edited);
    const place = places[random.integer(places.length)];
    if (place === undefined) {
      edited = NASTY[random.integer(NASTY.length)] ?? null;
      continue;
    }
    const [holder, key] = place;
    const other = places[random.integer(places.length)] ?? place;
    switch (random.integer(5)) {
      case 0:
      case 1:
        set(holder, key, NASTY[random.integer(NASTY.length)] ?? null);
        break;
      case 2:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else Reflect.deleteProperty(holder, key);
        break;
      case 3:
        if (Array.isArray(holder))
          holder.splice(Number(key), 0, structuredClone(holder[Number(key)] ?? null));
        else holder[`${key}_`] = structuredClone(holder[key] ?? null);
        break;
      default:
        set(holder, key, structuredClone(get(...other)));
    }
  }
  return text(JSON.stringify(edited));
}

const get = (holder: Holder, key: string): Json =>
  (Array.isArray(holder) ? holder[Number(key)] : holder[key]) ?? null;
function set(holder: Holder, key: string, value: Json): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else holder[key] = value;
}

function placesIn(value: Json): (readonly [Holder, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [
    [value as Holder, key] as const,
    ...placesIn((value as Record<string, Json>)[key] ?? null),
  ]);
}
