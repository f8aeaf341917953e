/** Fields of ONNX messages that carry text or further messages. */
import { fieldsOf, textOf, WireError, type Field } from '../graph/wire';
import { MAX_NAME_BYTES } from '../store/limits';
import { isReservedName } from '../store/strict-json';

/** A field of bytes; the same number sent as another kind is damage. */
export function message(field: Field): Field {
  if (field.kind !== 'bytes') throw new WireError('a field has the wrong kind');
  return field;
}

/** Names made by exporters hold whole module paths, hence four times what is usual. */
export function nameOf(field: Field): string {
  const { bytes } = message(field);
  if (bytes.length > MAX_NAME_BYTES * 4) throw new WireError(`it has a name of ${bytes.length} bytes`);
  const name = textOf(field);
  if (isReservedName(name)) throw new WireError(`the name ${quoted(name)} is not allowed`);
  return name;
}

/** A StringStringEntryProto. */
export function readEntry(bytes: Uint8Array): readonly [string, string] {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1) key = textOf(message(field));
    else if (field.number === 2) value = textOf(message(field));
  }
  return [key, value];
}

export const quoted = (name: string): string => JSON.stringify(name.slice(0, 80));
