// What is right and what is wrong about what became of a case.
import type { Verdict } from './corpus';
import type { Answer } from './child';

export type Ended = Answer | { readonly crashed: string } | { readonly hung: number };

export interface Case {
  readonly format: string;
  /** How many times its bytes a refused file may take. */
  readonly memory: number;
  readonly id: string;
  readonly name: string;
  readonly verdict: Verdict;
}

const MIB = 2 ** 20;
/** What a reader may take beside a multiple of the file: its own tables, and rubbish that was not collected yet. */
const FREE_BYTES = 64 * MIB;
const LONGEST_SENTENCE = 1200;

/** Areas of errors that a file can be at fault for; "engine" is ours. */
const FILES_FAULT = /^(model|pack|input|onnx)\/[a-z-]+$/;
/** What our own program says when it stumbles, or a library, or JavaScript. */
const RAW =
  /\n|\bat (file|node|\/)|TypeError|RangeError|undefined|\[object|Cannot read prop|NaN\b.*is not|std::|onnxruntime::/;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** Null where all is right, else what is wrong. */
export function faultOf({ verdict, memory }: Case, ended: Ended): string | null {
  if ('crashed' in ended) return `crash: ${ended.crashed}`;
  if ('hung' in ended) return `hang: no answer within ${ended.hung / 1000} s`;
  const { error, canaryRead, tensors, stack } = ended;
  if (ended.skipped !== undefined) return null;
  if (canaryRead) return 'a file outside the folder was read';
  if (error === null) {
    if (verdict === 'refused') return 'it was opened';
    return memoryFault(ended, memory + 1);
  }
  if (stack !== undefined) return `raw: ${stack}`;
  if (verdict === 'opened') return `it was refused: ${error.sentence}`;
  if (!FILES_FAULT.test(error.code)) return `code ${error.code}: ${error.sentence}`;
  if (error.where === null || error.where === '') return `nowhere: ${error.sentence}`;
  if (RAW.test(error.sentence)) return `not for people: ${error.sentence}`;
  if (UNPRINTABLE.test(error.sentence)) return `unprintable: ${JSON.stringify(error.sentence)}`;
  if (error.sentence.length > LONGEST_SENTENCE) return `long: ${error.sentence.slice(0, 200)}`;
  if (!/^[A-Z].*\.$/s.test(error.sentence)) return `no sentence: ${error.sentence}`;
  if (tensors !== 0) return `${tensors} tensors were left`;
  return memoryFault(ended, memory);
}

function memoryFault({ peakBytes, bytes }: Answer, times: number): string | null {
  if (peakBytes === null || peakBytes <= FREE_BYTES + times * bytes) return null;
  return `memory: ${Math.round(peakBytes / MIB)} MB for a file of ${Math.round(bytes / MIB)} MB`;
}
