// When a project is saved, on a clock that the test turns.
import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import { Autosave, type SaveState } from '../../../src-renderer/state/project-autosave';

function workshop() {
  let now = 0;
  let timer: { at: number; run: () => void } | null = null;
  let edits = 0;
  let savedEdits = 0;
  const states: string[] = [];
  const saves: { at: number; settle: (error?: Error) => void }[] = [];
  const autosave = new Autosave<number>({
    collect: () => (edits === savedEdits ? null : edits),
    save: (count) =>
      new Promise((resolve, reject) => {
        saves.push({
          at: now,
          settle: (error) => {
            if (error !== undefined) return reject(error);
            savedEdits = count;
            resolve();
          },
        });
      }),
    onState: ({ kind }: SaveState) => states.push(kind),
    now: () => now,
    later: (run, ms) => {
      const mine = { at: now + ms, run };
      timer = mine;
      return () => {
        if (timer === mine) timer = null;
      };
    },
  });
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    autosave,
    states,
    saves,
    edit(): void {
      edits++;
      autosave.edited();
    },
    async pass(ms: number): Promise<void> {
      for (const end = now + ms; ;) {
        if (timer === null || timer.at > end) {
          now = end;
          return settled();
        }
        const { at, run } = timer;
        [now, timer] = [Math.max(now, at), null];
        run();
        await settled();
      }
    },
    settled,
  };
}

describe('autosave', () => {
  it('waits for a pause, and not for ever', async () => {
    const { autosave, edit, pass, saves } = workshop();
    autosave.begin();
    await pass(1000);
    for (let i = 0; i < 30; i++) {
      edit();
      await pass(100);
      saves.at(-1)?.settle();
    }
    const times = saves.map(({ at }) => at);
    expect(times[0]).toBe(1500);
    for (const [i, at] of times.slice(1).entries()) expect(at - times[i]!).toBeLessThanOrEqual(600);
    for (let i = 0; i < 3; i++) {
      await pass(1000);
      saves.at(-1)?.settle();
    }
    edit();
    const before = saves.length;
    await pass(249);
    expect(saves).toHaveLength(before);
    await pass(1);
    expect(saves).toHaveLength(before + 1);
  });

  it('saves once at a time, and again for what came meanwhile', async () => {
    const { autosave, edit, pass, saves, states, settled } = workshop();
    autosave.begin();
    edit();
    await pass(2000);
    edit();
    await pass(2000);
    expect(saves).toHaveLength(1);
    saves[0]!.settle();
    await settled();
    await pass(1000);
    expect(saves).toHaveLength(2);
    saves[1]!.settle();
    await pass(0);
    expect(states).toEqual(['unsaved', 'saving', 'unsaved', 'saving', 'saved']);
  });

  it('saves nothing where nothing has changed', async () => {
    const { autosave, pass, saves, states } = workshop();
    autosave.begin();
    autosave.edited();
    await pass(5000);
    expect(saves).toEqual([]);
    expect(states).toEqual(['unsaved', 'saved']);
  });

  it('tries again by itself after a failure', async () => {
    const { autosave, edit, pass, saves, states, settled } = workshop();
    autosave.begin();
    edit();
    await pass(300);
    saves[0]!.settle(new AppError({ code: 'store/disk-full', headline: 'The disk is full' }));
    await settled();
    expect(states).toEqual(['unsaved', 'saving', 'failed']);
    await pass(5000);
    expect(saves).toHaveLength(2);
  });

  it('keeps what is edited while there is nowhere to save to', async () => {
    const { autosave, edit, pass, saves } = workshop();
    edit();
    await pass(10_000);
    expect(saves).toEqual([]);
    autosave.begin();
    await pass(300);
    expect(saves).toHaveLength(1);
    saves[0]!.settle();
    await pass(0);
    autosave.pause();
    edit();
    await autosave.flush();
    await pass(10_000);
    expect(saves).toHaveLength(1);
  });

  it('a flush ends when all of it is saved', async () => {
    const { autosave, edit, saves, settled } = workshop();
    autosave.begin();
    edit();
    const flushed = autosave.flush();
    edit();
    saves[0]!.settle();
    await settled();
    let isDone = false;
    void flushed.then(() => (isDone = true));
    await settled();
    if (saves.length > 1) {
      expect(isDone).toBe(false);
      saves[1]!.settle();
    }
    await flushed;
    expect(saves.length).toBeGreaterThan(1);
  });
});
