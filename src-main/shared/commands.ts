// What a person can tell the window to do, once: the desktop's menus, the keys, the palette and the help sheet all read this table.

/** Where in the window one is, in the order of the bar. */
export type Place = 'library' | 'explore' | 'map' | 'interpolate' | 'arithmetic' | 'train';

export interface Keys {
  /** As `event.key` has it, letters small. */
  readonly key: string;
  /** ⌘ on a Mac. */
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  /** In a browser tab the browser has these for itself. */
  readonly only?: 'desktop';
}

type Menu = 'file' | 'point' | 'view' | 'go' | 'help';

export interface CommandInfo {
  readonly id: string;
  /** Three dots where a dialog follows. */
  readonly name: string;
  /** Other words that it is looked for by. */
  readonly words: string;
  readonly keys: readonly Keys[];
  /** Of the desktop; a command without one is in none. */
  readonly menu?: Menu;
  /** In the menu a line stands above it. */
  readonly apart?: boolean;
  /**
   * window: anywhere. point: the point of Explore, which it brings to view, unless the place one is at has a meaning of its own for it.
   * room: only places that have a meaning for it.
   */
  readonly scope: 'window' | 'point' | 'room';
  /** The place it goes to. */
  readonly place?: Place;
}

const ctrl = (key: string): Keys => ({ key, ctrl: true });
const ctrlShift = (key: string): Keys => ({ key, ctrl: true, shift: true });
const plain = (key: string): Keys => ({ key });
const desktop = (keys: Keys): Keys => ({ ...keys, only: 'desktop' });

export const COMMANDS = [
  {
    id: 'open-picture',
    name: 'Open picture…',
    words: 'photo image own encode upload add',
    keys: [ctrl('o')],
    menu: 'file',
    scope: 'point',
  },
  {
    id: 'attach-data',
    name: 'Attach data…',
    words: 'real pictures test set originals',
    keys: [],
    menu: 'file',
    scope: 'point',
  },
  {
    id: 'save-picture',
    name: 'Save picture…',
    words: 'png download export image result',
    keys: [ctrl('s')],
    menu: 'file',
    apart: true,
    scope: 'point',
  },
  {
    id: 'save-grid',
    name: 'Save grid…',
    words: 'png download export manifold sheet',
    keys: [ctrlShift('s')],
    menu: 'file',
    scope: 'point',
  },
  { id: 'undo', name: 'Undo', words: 'back step history', keys: [ctrl('z')], scope: 'room' },
  {
    id: 'redo',
    name: 'Redo',
    words: 'again forward step history',
    keys: [ctrlShift('z'), ctrl('y')],
    scope: 'room',
  },
  {
    id: 'copy-latent',
    name: 'Copy z',
    words: 'point latent numbers json clipboard',
    keys: [desktop(ctrlShift('c'))],
    menu: 'point',
    scope: 'point',
  },
  {
    id: 'paste-latent',
    name: 'Paste z',
    words: 'point latent numbers json clipboard',
    keys: [desktop(ctrlShift('v'))],
    menu: 'point',
    scope: 'point',
  },
  {
    id: 'copy-picture',
    name: 'Copy picture',
    words: 'png image clipboard result',
    keys: [],
    menu: 'point',
    apart: true,
    scope: 'point',
  },
  {
    id: 'copy-command',
    name: 'Copy as command',
    words: 'cli terminal shell reproduce line script clipboard',
    keys: [],
    menu: 'point',
    scope: 'point',
  },
  {
    id: 'copy-grid-command',
    name: 'Copy grid as command',
    words: 'cli terminal shell reproduce line manifold clipboard',
    keys: [],
    scope: 'point',
  },
  {
    id: 'random',
    name: 'Random point',
    words: 'dice sample draw seed prior point',
    keys: [plain('r'), desktop(ctrl('r'))],
    menu: 'point',
    apart: true,
    scope: 'point',
  },
  {
    id: 'reset',
    name: 'Back to the origin',
    words: 'reset zero home start point',
    keys: [plain('Home'), desktop(ctrl('0'))],
    menu: 'point',
    scope: 'point',
  },
  {
    id: 'play-walk',
    name: 'Play or pause the walk',
    words: 'film animation stop',
    keys: [],
    scope: 'room',
  },
  {
    id: 'export-film',
    name: 'Export the film…',
    words: 'save gif mp4 webm video webp png strip json walk',
    keys: [],
    scope: 'room',
  },
  {
    id: 'copy-film-command',
    name: 'Copy film as command',
    words: 'cli terminal shell reproduce line interpolate walk clipboard',
    keys: [],
    scope: 'room',
  },
  {
    id: 'go-library',
    name: 'Library',
    words: 'go to models import export remove rename',
    keys: [plain('1')],
    menu: 'go',
    scope: 'window',
    place: 'library',
  },
  {
    id: 'go-explore',
    name: 'Explore',
    words: 'go to plane grid point manifold',
    keys: [plain('2')],
    menu: 'go',
    scope: 'window',
    place: 'explore',
  },
  {
    id: 'go-map',
    name: 'Map',
    words: 'go to scatter umap pca points codes groups lasso neighbours holes density',
    keys: [plain('3')],
    menu: 'go',
    scope: 'window',
    place: 'map',
  },
  {
    id: 'go-interpolate',
    name: 'Interpolate',
    words: 'go to walk keys film animation path slerp lerp spline',
    keys: [plain('4')],
    menu: 'go',
    scope: 'window',
    place: 'interpolate',
  },
  {
    id: 'go-arithmetic',
    name: 'Arithmetic',
    words: 'go to wells sum faces attributes',
    keys: [plain('5')],
    menu: 'go',
    scope: 'window',
    place: 'arithmetic',
  },
  {
    id: 'go-train',
    name: 'Train',
    words: 'go to training runs data new',
    keys: [plain('6')],
    menu: 'go',
    scope: 'window',
    place: 'train',
  },
  {
    id: 'show-palette',
    name: 'Find anything…',
    words: 'palette commands search',
    keys: [ctrl('k')],
    menu: 'view',
    scope: 'window',
  },
  {
    id: 'show-card',
    name: 'About this model',
    words: 'card facts licence data metrics elbo provenance information',
    keys: [],
    menu: 'view',
    scope: 'window',
  },
  {
    id: 'toggle-theme',
    name: 'Dark or light',
    words: 'theme colours night day',
    keys: [plain('t')],
    menu: 'view',
    apart: true,
    scope: 'window',
  },
  {
    id: 'show-help',
    name: 'Keys and gestures',
    words: 'help shortcuts keyboard mouse sheet',
    keys: [plain('?'), plain('F1')],
    menu: 'help',
    scope: 'window',
  },
] as const satisfies readonly CommandInfo[];

export type Command = (typeof COMMANDS)[number]['id'];
/** Each with its id as it is. */
export type KnownCommand = CommandInfo & { readonly id: Command };

export const commandInfo = (id: Command): KnownCommand => BY_ID.get(id)!;
const BY_ID: ReadonlyMap<Command, KnownCommand> = new Map(COMMANDS.map((each) => [each.id, each]));

/** The places there are, as the bar shows them. */
export const PLACES: readonly { readonly value: Place; readonly name: string }[] = COMMANDS.flatMap((each) =>
  'place' in each ? [{ value: each.place, name: each.name }] : [],
);

const NAMED_KEYS: Readonly<Record<string, string>> = { Home: 'Home', F1: 'F1' };

/** As they are written on keys: ['Ctrl', 'Shift', 'S']. */
export const keyNames = (
  { key, ctrl: held = false, shift = false }: Keys,
  isMac: boolean,
): readonly string[] => [
  ...(held ? [isMac ? '⌘' : 'Ctrl'] : []),
  ...(shift ? [isMac ? '⇧' : 'Shift'] : []),
  NAMED_KEYS[key] ?? key.toUpperCase(),
];
