import { describe, expect, it } from 'vitest';
import { latest } from '#shared/latest';

function harness() {
  const started: number[] = [];
  const shown: number[] = [];
  const errors: unknown[] = [];
  const finish: ((ok: boolean) => void)[] = [];
  const drag = latest<number, number>({
    run: (input) => {
      started.push(input);
      return new Promise((resolve, reject) =>
        finish.push((ok) => (ok ? resolve(input) : reject(new Error('no')))),
      );
    },
    onResult: (output) => shown.push(output),
    onError: (error) => errors.push(error),
  });
  return { started, shown, errors, finish, drag };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('latest wins', () => {
  it('runs one, keeps one, and ends with the last', async () => {
    const { started, shown, finish, drag } = harness();
    for (let i = 0; i < 1000; i++) drag.request(i);
    expect(started).toEqual([0]);
    finish[0]!(true);
    await turn();
    expect(started).toEqual([0, 999]);
    finish[1]!(true);
    await drag.settled();
    expect(shown).toEqual([0, 999]);
    expect(drag.skipped).toBe(998);
  });

  it('goes on after an error', async () => {
    const { started, shown, errors, finish, drag } = harness();
    drag.request(1);
    drag.request(2);
    finish[0]!(false);
    await turn();
    finish[1]!(true);
    await drag.settled();
    expect([started, shown, errors.length]).toEqual([[1, 2], [2], 1]);
  });

  it('drops what ran when it is cleared', async () => {
    const { shown, finish, drag } = harness();
    drag.request(1);
    drag.clear();
    drag.request(2);
    finish[0]!(true);
    await turn();
    finish[1]!(true);
    await drag.settled();
    expect(shown).toEqual([2]);
  });
});
