// How well a name fits what a person typed: every word typed has to fit one of its words, by its beginning, somewhere inside, with a letter
// wrong, or by letters left out. A function of the two texts alone, so that the same letters always find the same thing.

/** 1 is the very word; what is found by other words than its name comes after what is found by its name. */
const FIT = { whole: 1, start: 0.9, inside: 0.6, slip: 0.45, skipped: 0.3 } as const;
const BY_OTHER_WORDS = 0.7;
/** From so many letters on a slip of the finger is forgiven. */
const SLIP_FROM = 4;

/** 0 where it does not fit. An empty query fits everything. */
export function fitOf(query: string, name: string, words = ''): number {
  const typed = wordsOf(query);
  const [own, other] = [wordsOf(name), wordsOf(words)];
  let sum = 0;
  for (const word of typed) {
    const best = Math.max(
      ...own.map((each) => wordFit(word, each)),
      ...other.map((each) => BY_OTHER_WORDS * wordFit(word, each)),
      0,
    );
    if (best === 0) return 0;
    sum += best;
  }
  if (typed.length === 0) return 1;
  // of two names that fit alike the shorter one is meant
  return sum / typed.length - Math.min(own.length, 40) / 1_000;
}

const wordsOf = (text: string): readonly string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

function wordFit(typed: string, word: string): number {
  if (typed === word) return FIT.whole;
  if (word.startsWith(typed)) return FIT.start;
  if (typed.length > 1 && word.includes(typed)) return FIT.inside;
  if (typed.length >= SLIP_FROM && isOneSlip(typed, word.slice(0, typed.length + 1))) return FIT.slip;
  return typed.length > 1 && isSkipped(typed, word) ? FIT.skipped : 0;
}

/** One letter wrong, missing, too many, or two next to each other swapped; the end of the word need not be there yet. */
function isOneSlip(typed: string, word: string): boolean {
  let at = 0;
  while (at < typed.length && typed[at] === word[at]) at++;
  const [rest, other] = [typed.slice(at), word.slice(at)];
  if (rest.length < 2 && at === 0) return false;
  return (
    other.startsWith(rest.slice(1)) ||
    other.slice(1).startsWith(rest.slice(1)) ||
    other.slice(1).startsWith(rest) ||
    (rest[0] === other[1] && rest[1] === other[0] && other.slice(2).startsWith(rest.slice(2)))
  );
}

/** Its letters in their order, from the first one on: "grd" is grid. */
function isSkipped(typed: string, word: string): boolean {
  if (typed[0] !== word[0]) return false;
  let at = 0;
  for (const letter of word) if (letter === typed[at]) at++;
  return at === typed.length;
}
