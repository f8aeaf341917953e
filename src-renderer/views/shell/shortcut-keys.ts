// Which keys mean which command, once: for the listener and for the help sheet.
import type { Command } from '../../state/room';

export interface ShortcutKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

interface Shortcut {
  readonly command: Command;
  /** As `event.key` has it. */
  readonly key: string;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
}

const SHORTCUTS: readonly Shortcut[] = [
  { command: 'undo', key: 'z', ctrl: true },
  { command: 'redo', key: 'z', ctrl: true, shift: true },
  { command: 'redo', key: 'y', ctrl: true },
  { command: 'save-picture', key: 's', ctrl: true },
  { command: 'save-grid', key: 's', ctrl: true, shift: true },
  { command: 'open-picture', key: 'o', ctrl: true },
  { command: 'random', key: 'r' },
  { command: 'reset', key: 'Home' },
  { command: 'toggle-theme', key: 't' },
];

export function commandOf({ key, shiftKey, ctrlKey, metaKey, altKey }: ShortcutKey): Command | null {
  if (altKey) return null;
  const ctrl = ctrlKey || metaKey;
  // where the question mark lies differs from keyboard to keyboard
  if (key === '?' && !ctrl) return 'show-help';
  const name = key.length === 1 ? key.toLowerCase() : key;
  const found = SHORTCUTS.find(
    (each) => each.key === name && (each.ctrl ?? false) === ctrl && (each.shift ?? false) === shiftKey,
  );
  return found?.command ?? null;
}
