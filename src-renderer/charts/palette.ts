// Ten class colours that stay apart for colour-blind eyes: from Paul Tol's "muted" set, moved until the closest pair is as far apart as it
// gets in OKLab for protan, deutan and tritan eyes, for each background (the test has the figures). And ten shapes that stay apart without
// any colour: colour alone never carries the class.
export type ChartTheme = 'light' | 'dark';

const COLOURS: Readonly<Record<ChartTheme, readonly string[]>> = {
  light: [
    '#332288',
    '#60afff',
    '#c9a400',
    '#1d600b',
    '#e36071',
    '#5e860b',
    '#65073b',
    '#129fa8',
    '#8c55b8',
    '#64526a',
  ],
  dark: [
    '#7a72e1',
    '#9bcfff',
    '#f3e554',
    '#328331',
    '#ef6e81',
    '#a8c030',
    '#b94f9c',
    '#5fffe4',
    '#c68ddb',
    '#e5b3a4',
  ],
};

export const classColour = (index: number, theme: ChartTheme): string => {
  const colours = COLOURS[theme];
  return colours[index % colours.length] ?? '#888888';
};

/** Each inside the square of side 2 around the origin. Filled, so that they read at four pixels. */
const SHAPES: readonly string[] = [
  'M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z', // disc
  'M-.85-.85H.85V.85H-.85Z', // square
  'M0-1.05L1 .8H-1Z', // triangle up
  'M0-1.15L1.15 0L0 1.15L-1.15 0Z', // diamond
  'M-.36-1.1H.36V-.36H1.1V.36H.36V1.1H-.36V.36H-1.1V-.36H-.36Z', // plus
  'M0 1.05L1-.8H-1Z', // triangle down
  'M-1.2-.5H1.2V.5H-1.2Z', // bar
  'M-1.03-.52L-.52-1.03L0-.51L.52-1.03L1.03-.52L.51 0L1.03 .52L.52 1.03L0 .51L-.52 1.03L-1.03 .52L-.51 0Z', // cross
  'M0-1.2L.32-.38L1.14-.37L.49 .16L.71 .97L0 .5L-.71 .97L-.49 .16L-1.14-.37L-.32-.38Z', // star
  'M-.5-1.2H.5V1.2H-.5Z', // post
];

/** An SVG path around the origin, within one unit. */
export const classShape = (index: number): string => SHAPES[index % SHAPES.length] ?? '';
