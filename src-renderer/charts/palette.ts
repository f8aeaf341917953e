// The colours and shapes of classes, by their numbers.
import { CLASS_COLOURS, CLASS_SHAPES, type ColourTheme } from '#shared/class-colours';

export type ChartTheme = ColourTheme;

export const classColour = (index: number, theme: ChartTheme): string => {
  const colours = CLASS_COLOURS[theme];
  return colours[index % colours.length] ?? '#888888';
};

/** An SVG path around the origin, within one unit. */
export const classShape = (index: number): string => CLASS_SHAPES[index % CLASS_SHAPES.length] ?? '';
