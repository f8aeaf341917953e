// The colours of the style sheet for a canvas, which cannot read light-dark(): an element that wears them says what they come to.
import type { ChartTheme } from './palette';

const NAMES = {
  panel: '--panel',
  line: '--line',
  lineStrong: '--line-strong',
  ink: '--ink',
  ink2: '--ink-2',
  ink3: '--ink-3',
  accent: '--accent',
};
export type Inks = Readonly<Record<keyof typeof NAMES, string>>;

const known = new Map<ChartTheme, Inks>();

/** `theme` is the one that the page wears now. */
export function inksOf(theme: ChartTheme): Inks {
  const before = known.get(theme);
  if (before !== undefined) return before;
  const probe = document.body.appendChild(document.createElement('span'));
  const worn = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const inks = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, worn(name)])) as Inks;
  probe.remove();
  known.set(theme, inks);
  return inks;
}
