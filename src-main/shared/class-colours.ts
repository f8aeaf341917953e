// Ten class colours that stay apart for colour-blind eyes: from Paul Tol's "muted" set, moved until the closest pair is as far apart as it
// gets in OKLab for protan, deutan and tritan eyes, for each background (the test has the figures). And ten shapes that stay apart without
// any colour: colour alone never carries the class. Numbers have a ramp of their own.
export type ColourTheme = 'light' | 'dark';

export const CLASS_COLOURS: Readonly<Record<ColourTheme, readonly string[]>> = {
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

/** Each inside the square of side 2 around the origin. Filled, so that they read at four pixels. */
export const CLASS_SHAPES: readonly string[] = [
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

/** Cividis (Nuñez, Anderton & Renslow 2018): grows evenly lighter, and is the same to all kinds of colour vision. Low is near the paper. */
const CIVIDIS = [
  '#00224e',
  '#123570',
  '#3b496c',
  '#575d6d',
  '#707173',
  '#8a8678',
  '#a59c74',
  '#c3b369',
  '#e1cc55',
  '#fee838',
];

/** The colour of a share from 0 to 1 between the ends of a scale; what lies beyond has the colour of the end. */
export function rampColour(share: number, theme: ColourTheme): string {
  const [red, green, blue] = rampRgb(share, theme);
  return `rgb(${red},${green},${blue})`;
}

export function rampRgb(share: number, theme: ColourTheme): readonly [number, number, number] {
  const clipped = Math.min(1, Math.max(0, share));
  // the faint end must not vanish in the paper
  const at = (theme === 'light' ? 0.92 * clipped : 0.12 + 0.88 * clipped) * (CIVIDIS.length - 1);
  const low = rgbOf(CIVIDIS[Math.floor(at)]!);
  const high = rgbOf(CIVIDIS[Math.min(CIVIDIS.length - 1, Math.floor(at) + 1)]!);
  const part = at - Math.floor(at);
  const mix = (i: 0 | 1 | 2): number => Math.round((1 - part) * low[i] + part * high[i]);
  return [mix(0), mix(1), mix(2)];
}

export function rgbOf(hex: string): readonly [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
