// The sums that people type: "smiling woman - neutral woman + neutral man", "0.5 * seed:7 + image:me.png". Words stand for exemplars
// that the app finds; operators stand between spaces, so that names of files may hold hyphens.
import { AppError } from './errors';

export type Operand =
  | { readonly kind: 'words'; readonly phrase: string }
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'image'; readonly path: string }
  | { readonly kind: 'well'; readonly path: string };

export interface ExpressionTerm {
  readonly weight: number;
  readonly operand: Operand;
}

const MOST_TERMS = 64;

/** @throws AppError input/expression with the place that cannot be read. */
export function parseExpression(text: string): readonly ExpressionTerm[] {
  const pieces = text.replaceAll('−', '-').replaceAll('–', '-').trim().split(/\s+/).filter(Boolean);
  if (pieces.length === 0)
    throw refused('it is empty', 'write a sum such as “smiling woman - neutral woman + neutral man”');
  const terms: ExpressionTerm[] = [];
  let sign = 1;
  let words: string[] = [];
  const finish = (): void => {
    terms.push(termOf(sign, words));
    words = [];
  };
  pieces.forEach((piece, at) => {
    if (piece !== '+' && piece !== '-') return void words.push(piece);
    // a sign at the very start belongs to the first term
    if (at > 0) finish();
    sign = piece === '-' ? -1 : 1;
  });
  finish();
  if (terms.length > MOST_TERMS) throw refused(`it has ${terms.length} terms`, `use at most ${MOST_TERMS}`);
  return terms;
}

/** The same sum as text again. */
export const expressionText = (terms: readonly ExpressionTerm[]): string =>
  terms
    .map(({ weight, operand }, i) => {
      const size = Math.abs(weight) === 1 ? '' : `${Math.abs(weight)} * `;
      const sign = weight < 0 ? (i === 0 ? '- ' : ' - ') : i === 0 ? '' : ' + ';
      return `${sign}${size}${operandText(operand)}`;
    })
    .join('');

function operandText(operand: Operand): string {
  switch (operand.kind) {
    case 'words':
      return operand.phrase;
    case 'seed':
      return `seed:${operand.seed}`;
    case 'image':
    case 'well':
      return `${operand.kind}:${operand.path}`;
  }
}

function termOf(sign: number, words: readonly string[]): ExpressionTerm {
  const [first, second] = words;
  if (first === undefined)
    throw refused('an operator has nothing beside it', 'write a term on both sides of + and -');
  const isScaled = second === '*';
  const size = isScaled ? Number(first) : 1;
  if (!Number.isFinite(size))
    throw refused(`“${first}” before * is no number`, 'write for example 0.5 * smiling woman');
  const rest = isScaled ? words.slice(2) : words;
  if (rest.length === 0) throw refused('a number stands alone', 'write what it multiplies');
  return { weight: sign * size, operand: operandOf(rest.join(' ')) };
}

function operandOf(text: string): Operand {
  const [, kind, rest = ''] = /^(seed|image|well):(.*)$/.exec(text) ?? [];
  if (kind === undefined) return { kind: 'words', phrase: text };
  if (kind === 'seed') {
    const seed = Number(rest);
    if (rest.trim() === '' || !Number.isSafeInteger(seed))
      throw refused(`“${rest}” is no seed`, 'a seed is a whole number');
    return { kind, seed };
  }
  if (rest.trim() === '')
    throw refused(
      `“${kind}:” names no file`,
      `write for example ${kind}:${kind === 'image' ? 'me.png' : 'smiling.json'}`,
    );
  return { kind: kind as 'image' | 'well', path: rest };
}

function refused(cause: string, remedy: string): AppError {
  return new AppError({ code: 'input/expression', headline: 'The expression cannot be read', cause, remedy });
}
