// Ten class colours that stay apart for colour-blind eyes (after Paul Tol's "muted" set, tuned for each background), and ten shapes that
// stay apart without any colour. The shape is the second channel: colour alone never carries the class.
export type ChartTheme = 'light' | 'dark';

const COLOURS: Readonly<Record<ChartTheme, readonly string[]>> = {
  light: [
    '#332288',
    '#3f9fc9',
    '#c9a400',
    '#117733',
    '#d4586c',
    '#7d8f29',
    '#882255',
    '#35a58c',
    '#aa4499',
    '#6d6f73',
  ],
  dark: [
    '#9a8cf0',
    '#7cc8ef',
    '#e3c84f',
    '#3fae62',
    '#f07f90',
    '#b6c25a',
    '#c65d92',
    '#4fd0b3',
    '#e08fd6',
    '#b4b7bc',
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
