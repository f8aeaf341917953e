// The little Markdown that model cards use, as plain data: nothing of a card is ever taken as HTML.

export type Span =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'strong'; readonly text: string }
  | { readonly kind: 'emphasis'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly spans: readonly Span[] }
  | { readonly kind: 'paragraph'; readonly spans: readonly Span[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Span[])[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.split(/\r?\n/);
  const blocks: Block[] = [];
  let at = 0;
  const take = (matches: (line: string) => boolean): string[] => {
    const taken: string[] = [];
    for (let line = lines[at]; line !== undefined && matches(line); line = lines[++at]) taken.push(line);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === '') at++;
    else if (heading !== null) {
      blocks.push({ kind: 'heading', level: heading[1]?.length ?? 1, spans: spansOf(heading[2] ?? '') });
      at++;
    } else if (line.startsWith('```')) {
      at++;
      blocks.push({ kind: 'code', text: take((each) => !each.startsWith('```')).join('\n') });
      at++;
    } else if (isItem(line)) {
      const items: string[] = [];
      for (const each of take((next) => isItem(next) || /^\s+\S/.test(next))) {
        if (isItem(each)) items.push(each.replace(ITEM, ''));
        else items.push(`${items.pop() ?? ''} ${each.trim()}`);
      }
      blocks.push({ kind: 'list', items: items.map(spansOf) });
    } else if (line.startsWith('|')) {
      const [head = [], ...rows] = take((each) => each.startsWith('|')).map(cellsOf);
      blocks.push({
        kind: 'table',
        head,
        rows: rows.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell))),
      });
    } else {
      const words = take((each) => each.trim() !== '' && !/^(#{1,6}\s|```|\|)/.test(each) && !isItem(each));
      const spans = spansOf(words.join(' '));
      if (spans.length > 0) blocks.push({ kind: 'paragraph', spans });
    }
  }
  return blocks;
}

const ITEM = /^\s{0,3}([-*+]|\d+[.)])\s+/;
const isItem = (line: string): boolean => ITEM.test(line);
const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());

const INLINE =
  /!\[[^\]]*\]\([^)]*\)|`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)|<(https?:\/\/[^>\s]+)>/g;

/** Pictures of a card are left out: the window shows living ones. */
export function spansOf(text: string): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  const plain = (until: number): void => {
    if (until > from) spans.push({ kind: 'text', text: text.slice(from, until) });
  };
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, name, href, bare] = match;
    plain(match.index);
    from = match.index + whole.length;
    if (code !== undefined) spans.push({ kind: 'code', text: code });
    else if (strong !== undefined) spans.push({ kind: 'strong', text: strong });
    else if (emphasis !== undefined) spans.push({ kind: 'emphasis', text: emphasis });
    else if (name !== undefined && href !== undefined) spans.push({ kind: 'link', text: name, href });
    else if (bare !== undefined) spans.push({ kind: 'link', text: bare, href: bare });
  }
  plain(text.length);
  return spans;
}
