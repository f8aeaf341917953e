// What a person wishes of a run, as it stands after all that was told: a process that takes the place of one that died is told the same.
import type { TrainCommand } from '#shared/training';

export interface Wishes {
  heard(command: TrainCommand): void;
  all(): readonly TrainCommand[];
}

export function createWishes(): Wishes {
  const standing = new Map<TrainCommand['kind'], TrainCommand>();
  return {
    heard(command) {
      switch (command.kind) {
        case 'pause':
        case 'stop':
        case 'pace':
        case 'learning-rate':
          standing.set(command.kind, command);
          break;
        case 'resume':
          standing.delete('pause');
          break;
        case 'live': {
          const before = standing.get('live');
          const live = { ...(before?.kind === 'live' ? before.live : {}), ...command.live };
          standing.set('live', { kind: 'live', live });
          break;
        }
        case 'only':
        case 'preview-now':
          break; // asked once, done once
      }
    },
    all: () => [...standing.values()],
  };
}
