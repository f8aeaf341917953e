// A set of listeners that each can be taken back.
import type { Undo } from '#shared/channel';

export interface Listeners<Value> {
  add(listener: (value: Value) => void): Undo;
  tell(value: Value): void;
}

export function createListeners<Value>(): Listeners<Value> {
  const listeners = new Set<(value: Value) => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(value) {
      for (const listener of [...listeners]) listener(value);
    },
  };
}
