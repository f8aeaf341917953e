import { describe, expect, test } from 'vitest';
import type { Channel, Wire } from '#shared/channel';
import { attachInspectors, startInspector } from '#app/inspector-host';
import { inspectorsOf } from '#transport/inspector-channel';
import { tooMuchLine } from '#transport/heartbeat';
import { FakeChild } from '../../fixtures/fake-child';

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('a process for one import', () => {
  test('what is posted before it is up waits; closing kills it', () => {
    const child = new FakeChild(1);
    const channel = startInspector(() => child);
    channel.post({ t: 'call' });
    expect(child.posted).toEqual([]);
    child.ready();
    expect(child.posted.map(({ message }) => message)).toEqual([
      { kind: 'open', client: 1 },
      { kind: 'frame', client: 1, frame: { t: 'call' } },
    ]);
    channel.close();
    expect(child.kills).toBe(1);
  });

  test('its end is told with the reason, the memory it held first of all', () => {
    const reasons: string[] = [];
    for (const line of [null, tooMuchLine({ used: 6.1e9, cap: 6e9 }).trimEnd()]) {
      const child = new FakeChild(1);
      startInspector(() => child).onClose((why) => reasons.push(why));
      if (line !== null) child.print(line);
      child.exit('it was ended by SIGKILL');
    }
    expect(reasons).toEqual(['it was ended by SIGKILL', 'it held 6.1 GB of memory, and may hold 6.0 GB']);
  });
});

describe('carried by the parent of engine and inspector', () => {
  /** The engine process seen from both sides: its own pipe to the parent, and the parent's child. */
  function engine(): { readonly child: FakeChild; readonly open: () => Channel } {
    const child = new FakeChild(1);
    const listeners = new Set<(message: unknown) => void>();
    child.post = (message) => listeners.forEach((listener) => listener(message));
    const open = inspectorsOf({
      post: (message) => child.say(message),
      onMessage: (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    });
    return { child, open };
  }

  test('messages pass both ways, a death with its reason, a close as a kill', async () => {
    const { child, open } = engine();
    const inspectors: FakeChild[] = [];
    attachInspectors(child, () => {
      const inspector = new FakeChild(2);
      inspectors.push(inspector);
      return inspector;
    });
    const channel = open();
    const heard: Wire[] = [];
    const reasons: string[] = [];
    channel.onMessage((message) => heard.push(message));
    channel.onClose((why) => reasons.push(why));
    inspectors[0]!.ready();
    channel.post({ ask: 1 });
    await tick();
    expect(inspectors[0]!.posted.at(-1)?.message).toMatchObject({ kind: 'frame', frame: { ask: 1 } });
    inspectors[0]!.say({ kind: 'frame', client: 1, frame: { answer: 2 } });
    await tick();
    expect(heard).toEqual([{ answer: 2 }]);
    inspectors[0]!.exit('it was ended by SIGSEGV');
    await tick();
    expect(reasons).toEqual(['it was ended by SIGSEGV']);

    const second = open();
    await tick();
    inspectors[1]!.ready();
    second.close();
    await tick();
    expect(inspectors[1]!.kills).toBe(1);
  });

  test('an engine that dies takes its inspectors along', async () => {
    const { child, open } = engine();
    const inspector = new FakeChild(2);
    attachInspectors(child, () => inspector);
    open();
    await tick();
    let told = 0;
    child.post = () => {
      told++;
    };
    child.exit();
    expect(inspector.kills).toBe(1);
    expect(told).toBe(0);
  });
});
