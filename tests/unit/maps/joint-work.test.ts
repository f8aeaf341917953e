// Work that several wait for: done once, told to all, and given up when the last has gone.
import { expect, it, vi } from 'vitest';
import { jointly, type Joint } from '#engine/maps/joint-work';
import type { Progress } from '#engine/maps/point-set';
import { cancelled } from '#shared/errors';
import { createCancellation } from '#shared/rpc';

function asker() {
  const { cancellation, cancel } = createCancellation();
  const send = vi.fn();
  return { progress: { cancellation, send }, send, cancel };
}
/** Work that goes on when the test says so, and minds its cancellation. */
function slowWork() {
  const starts: Progress[] = [];
  let go: () => void = () => undefined;
  const work = async (progress: Progress): Promise<number> => {
    starts.push(progress);
    await new Promise<void>((resolve) => (go = resolve));
    if (progress.cancellation.cancelled) throw cancelled();
    progress.send({ stage: 'Half', done: 1, total: 2 });
    return starts.length;
  };
  return { starts, work, go: () => go() };
}

it('is done once, and told to all', async () => {
  const known = new Map<string, Joint<number>>();
  const [a, b] = [asker(), asker()];
  const slow = slowWork();
  const both = [jointly(known, 'k', a.progress, slow.work), jointly(known, 'k', b.progress, slow.work)];
  slow.go();
  expect(await Promise.all(both)).toEqual([1, 1]);
  expect(a.send).toHaveBeenCalledTimes(1);
  expect(b.send).toHaveBeenCalledTimes(1);
  expect(await jointly(known, 'k', asker().progress, slow.work)).toBe(1);
  expect(await jointly(known, 'other', a.progress, () => Promise.resolve(9))).toBe(9);
});

it('goes on as long as one waits, whoever began it', async () => {
  const known = new Map<string, Joint<number>>();
  const [a, b] = [asker(), asker()];
  const slow = slowWork();
  void jointly(known, 'k', a.progress, slow.work);
  const second = jointly(known, 'k', b.progress, slow.work);
  a.cancel();
  slow.go();
  expect(await second).toBe(1);
});

it('is given up when all have gone, and begun anew by whoever asks before it has ended', async () => {
  const known = new Map<string, Joint<number>>();
  const [a, b, later] = [asker(), asker(), asker()];
  const slow = slowWork();
  const stopped = vi.fn();
  const first = jointly(known, 'k', a.progress, (all) => {
    all.cancellation.onCancel(stopped);
    return slow.work(all);
  });
  void jointly(known, 'k', b.progress, slow.work).catch(() => undefined);
  a.cancel();
  expect(stopped).not.toHaveBeenCalled();
  b.cancel();
  expect(stopped).toHaveBeenCalledTimes(1);
  const again = jointly(known, 'k', later.progress, () => Promise.resolve(7));
  slow.go();
  await expect(first).rejects.toThrow();
  expect(await again).toBe(7);
  expect(await jointly(known, 'k', later.progress, slow.work)).toBe(7); // the end of the first took nothing of the second
});
