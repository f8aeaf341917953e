// Lines that stay apart on a chart: by colour, and without any colour by their dashes and by the name at their end.
import type { ChartTheme } from './palette';

export interface LineStyle {
  readonly colour: string;
  /** Lengths in pixels; empty: drawn through. */
  readonly dash: readonly number[];
}

const COLOURS: Readonly<Record<ChartTheme, readonly string[]>> = {
  light: ['#c23c0a', '#1f5f99', '#4f5259', '#0f7b5f', '#8a4a9c', '#8a6a00'],
  dark: ['#ff8653', '#7db8ef', '#b9bdc4', '#58cda8', '#d79be6', '#e3c84f'],
};
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 2.5], [10, 3, 2, 3], [4, 2], [12, 4]];

export function lineStyle(index: number, theme: ChartTheme): LineStyle {
  const colours = COLOURS[theme];
  return {
    colour: colours[index % colours.length] ?? '#888888',
    dash: DASHES[index % DASHES.length] ?? [],
  };
}
