// What hands and keys do inside the views, for the help sheet; commands with keys of their own are in #shared/commands.

export interface HelpRow {
  readonly keys: readonly string[];
  readonly what: string;
  /** Other words that it is found by. */
  readonly words?: string;
}

export interface HelpSection {
  readonly title: string;
  readonly rows: readonly HelpRow[];
}

export const GESTURES: readonly HelpSection[] = [
  {
    title: 'The plane and the grid',
    rows: [
      { keys: ['Drag'], what: 'move the point; the picture follows', words: 'mouse' },
      { keys: ['Wheel'], what: 'zoom, also with two fingers', words: 'scroll pinch' },
      { keys: ['Space', 'Drag'], what: 'pan, also with the right or middle button', words: 'move scroll' },
      {
        keys: ['Hover'],
        what: 'see an encoded picture beside its reconstruction',
        words: 'mouse real original',
      },
      { keys: ['Click'], what: 'on the grid: go to that cell; drag to scrub between cells' },
      { keys: ['+', '−', '0'], what: 'on the plane: zoom in, zoom out, see all' },
      { keys: ['Shift', 'Click'], what: 'on a class: show it alone', words: 'legend hide isolate' },
    ],
  },
  {
    title: 'The point',
    rows: [
      {
        keys: ['←', '→', '↑', '↓'],
        what: 'on the plane or in a number box: step by 0.1',
        words: 'arrow move nudge',
      },
      { keys: ['Shift', '←'], what: 'coarse step of 0.5', words: 'arrow' },
      {
        keys: ['Alt', '←'],
        what: 'fine step of 0.01; on the grid, arrows go from cell to cell',
        words: 'arrow',
      },
      { keys: ['Ctrl', 'C'], what: 'copy the point that is shown or chosen, as JSON', words: 'clipboard z' },
      {
        keys: ['Ctrl', 'V'],
        what: 'paste points as JSON or numbers, or a picture, into the place you are at',
        words: 'clipboard z encode',
      },
      { keys: ['Drop'], what: 'a picture anywhere on the window to encode it', words: 'photo own file' },
    ],
  },
  {
    title: 'Walks',
    rows: [
      { keys: ['Space'], what: 'play or pause', words: 'film walk' },
      { keys: ['←', '→'], what: 'a frame back or on; with Shift, ten', words: 'arrow scrub moment' },
      { keys: ['Page up', 'Page down'], what: 'on the film: to the next key, or the one before' },
      {
        keys: ['Drag'],
        what: 'on the film: scrub; a key: to another place; a leg’s grip: longer or shorter',
      },
      { keys: ['Alt', '←'], what: 'on a key: earlier; with →, later', words: 'arrow reorder move' },
      { keys: ['D'], what: 'on a key: copy it', words: 'duplicate' },
      { keys: ['Delete'], what: 'on a key: take it out', words: 'remove' },
    ],
  },
  {
    title: 'Arithmetic and attributes',
    rows: [
      { keys: ['B'], what: 'held: the face without its sliders', words: 'before' },
      { keys: ['Drag'], what: 'an exemplar from well to well; with Ctrl, a copy' },
      { keys: ['A', 'B', '…'], what: 'on an exemplar: move it to that well; with Shift, a copy' },
      { keys: ['Delete'], what: 'on an exemplar: take it out', words: 'remove' },
    ],
  },
];
