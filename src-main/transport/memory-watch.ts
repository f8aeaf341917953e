// When a process that may hold so much memory is told of it, and when it is ended.
import type { MemoryUse } from './heartbeat';

/** Above this share of the cap it is told. */
export const TIGHT = 0.8;
/** Below this share it counts as relieved, and is told again the next time. */
const RELIEVED = 0.7;

export interface MemoryListeners {
  readonly onTight: (use: MemoryUse) => void;
  readonly onFull: (use: MemoryUse) => void;
}

export function watchMemory({ onTight, onFull }: MemoryListeners): (use: MemoryUse) => void {
  let told = false;
  return (use) => {
    const share = use.used / use.cap;
    if (share >= 1) return onFull(use);
    if (share >= TIGHT && !told) {
      told = true;
      onTight(use);
    }
    if (share < RELIEVED) told = false;
  };
}
