/** What an imported model is called: by its file's own word, else its name, else its folder's. Names come from strangers. */
import { basename, dirname } from 'node:path';
import { ownName } from './candidates';

/** Without what a terminal or a file system reads in its own way. */
export const plain = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);

const GENERIC =
  /^(best|my|the|final|last|model|models|saved|savedmodel|decoder|generator|encoder|gen|dec|enc|tfjs|keras|onnx|export|exported|\d+|[_\s.-])+$/i;

/** What programs put after the name that a person gave. */
const EXPORTED = /([a-z0-9])[_.-](export(ed)?|saved_?model|tfjs|onnx|dynamo)$/i;

/** Where in what was pointed at a model lies, as cards and lists name it. */
export function nameOf(target: string, at: string): string {
  return at === '' || at === '.' || at === basename(target) ? basename(target) : `${basename(target)}/${at}`;
}

/** The file's own word for it, else its name, else its folder's: "decoder.onnx" in "faces" is called faces. */
export function titleOf(target: string, hint: string | undefined, at: string): string {
  const names = [
    hint ?? '',
    ownName(at),
    ...[...at.split('/').slice(0, -1)].reverse(),
    basename(target),
    basename(dirname(target)),
  ];
  const bare = names.map((name) =>
    plain(name.replace(/\.(onnx|keras|h5|hdf5|json|safetensors|zip|pb)$/i, '').replace(EXPORTED, '$1')),
  );
  const title = bare.find(
    (name) => name !== '' && !GENERIC.test(name) && !/^[0-9a-f]{24}$/.test(name) && name !== 'uploads',
  );
  return title ?? 'Imported model';
}
