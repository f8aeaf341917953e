// Which keys mean which command: the listener's way through the table.
import { COMMANDS, type Command, type KnownCommand, type Keys } from '#shared/commands';

export interface ShortcutKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const ALL: readonly { readonly id: Command; readonly keys: Keys }[] = COMMANDS.flatMap((each: KnownCommand) =>
  // the desktop's own come as commands of its menu
  each.keys.filter(({ only }) => only === undefined).map((keys) => ({ id: each.id, keys })),
);
/** Where these lie, and whether with Shift, differs from keyboard to keyboard. */
const isSign = (key: string): boolean => key.length === 1 && !/[a-z0-9]/.test(key);

export function commandOf({ key, shiftKey, ctrlKey, metaKey, altKey }: ShortcutKey): Command | null {
  if (altKey) return null;
  const held = ctrlKey || metaKey;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const found = ALL.find(
    ({ keys }) =>
      keys.key === name &&
      (keys.ctrl ?? false) === held &&
      (isSign(name) || (keys.shift ?? false) === shiftKey),
  );
  return found?.id ?? null;
}
