// A training job and whoever looks after it, with children and a clock that do only what the test says.
import { describe, expect, test } from 'vitest';
import { superviseTrainer } from '#app/supervised-trainer';
import { createTrainerHost } from '#app/trainer-host';
import { createWishes } from '#app/trainer-wishes';
import type { TrainerJob } from '#shared/trainer-messages';
import { tooMuchLine } from '#transport/heartbeat';
import { FakeChild } from '../../fixtures/fake-child';
import { createFakeClock } from '../../fixtures/fake-clock';

const MINUTE = 60_000;

function setUp(job: TrainerJob = {}) {
  const clock = createFakeClock();
  const children: FakeChild[] = [];
  const fork = (): FakeChild => {
    const child = new FakeChild(100 + children.length);
    children.push(child);
    return child;
  };
  const events: unknown[] = [];
  const trainer = superviseTrainer<TrainerJob, unknown, unknown>(job, (event) => events.push(event), {
    fork,
    clock,
  });
  const outcome = { error: null as { code: string; message: string } | null, result: null as unknown };
  trainer.result.then(
    (result) => (outcome.result = result),
    (error: { code: string; message: string }) => (outcome.error = error),
  );
  const posted = (at = children.length - 1) => children[at]!.posted.map(({ message }) => message);
  const dies = (): void => {
    children.at(-1)!.exit();
    clock.advance(2_000);
  };
  return { clock, children, events, trainer, outcome, posted, dies, current: () => children.at(-1)! };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('a process that takes the place of one that died', () => {
  test('resumes, and is told what a person wished last', () => {
    const { current, dies, posted, trainer } = setUp();
    current().ready();
    expect(posted()).toEqual([{ kind: 'train', job: { resume: false } }]);
    trainer.tell({ kind: 'learning-rate', scale: 0.5 });
    trainer.tell({ kind: 'live', live: { beta: 2 } });
    trainer.tell({ kind: 'live', live: { freeBits: 1 } });
    trainer.tell({ kind: 'only', update: 'vae' });
    trainer.tell({ kind: 'pause' });
    dies();
    current().ready();
    expect(posted()).toEqual([
      { kind: 'command', command: { kind: 'learning-rate', scale: 0.5 } },
      { kind: 'command', command: { kind: 'live', live: { beta: 2, freeBits: 1 } } },
      { kind: 'command', command: { kind: 'pause' } },
      { kind: 'train', job: { resume: true } },
    ]);
    trainer.tell({ kind: 'resume' });
    dies();
    current().ready();
    expect(posted()).not.toContainEqual({ kind: 'command', command: { kind: 'pause' } });
  });

  test('a wish that is taken back is none', () => {
    const wishes = createWishes();
    wishes.heard({ kind: 'pause' });
    wishes.heard({ kind: 'preview-now' });
    wishes.heard({ kind: 'resume' });
    expect(wishes.all()).toEqual([]);
  });
});

describe('a process that held too much memory', () => {
  test('is not started again: it would again; and the sentence says the numbers', async () => {
    const { current, children, clock, outcome } = setUp();
    current().ready();
    current().print(tooMuchLine({ used: 8.1e9, cap: 8e9 }).trimEnd());
    current().exit();
    await settled();
    clock.advance(MINUTE);
    expect(children.length).toBe(1);
    expect(outcome.error).toMatchObject({ code: 'engine/memory' });
    expect(outcome.error?.message).toMatch(
      /took 8\.10 GB, and it may take 8\.00 GB; start anew with a smaller batch, or go on from its last checkpoint/,
    );
  });

  test('is understood though its last words come after its exit', async () => {
    const { current, children, clock, outcome } = setUp({ task: 'estimate' });
    current().ready();
    current().exit();
    current().print(tooMuchLine({ used: 8.1e9, cap: 8e9 }).trimEnd());
    await settled();
    clock.advance(MINUTE);
    expect(children.length).toBe(1);
    expect(outcome.error?.message).toMatch(
      /^This training does not fit into memory: its first steps took 8\.10 GB/,
    );
  });
});

describe('a trial', () => {
  test('that dies is not tried again, and is one sentence', async () => {
    const { dies, current, children, outcome } = setUp({ task: 'estimate' });
    current().ready();
    dies();
    await settled();
    expect(children.length).toBe(1);
    expect(outcome.error).toMatchObject({ code: 'engine/trial' });
    expect(outcome.error?.message).toMatch(
      /^The trial of this training ended before it was done: it was ended by SIGKILL; try/,
    );
  });
});

describe('a process that does not answer', () => {
  const live = ({ clock, current }: ReturnType<typeof setUp>, ms: number): void => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      current().beat();
      clock.advance(1_000);
    }
  };

  test('for a minute, because it was suspended, is waited for', () => {
    const parts = setUp();
    parts.current().ready();
    live(parts, MINUTE);
    parts.clock.advance(MINUTE); // SIGSTOP: no beat comes
    live(parts, MINUTE); // SIGCONT
    expect(parts.children.length).toBe(1);
    expect(parts.current().kills).toBe(0);
  });

  test('because the machine slept a night, is not taken for a hang', () => {
    const parts = setUp();
    parts.current().ready();
    live(parts, MINUTE);
    parts.clock.sleep(8 * 60 * MINUTE);
    parts.clock.advance(2_000);
    live(parts, MINUTE);
    expect(parts.children.length).toBe(1);
    expect(parts.current().kills).toBe(0);
  });

  test('for longer than any step is ended and started again', () => {
    const parts = setUp();
    parts.current().ready();
    parts.clock.advance(6 * MINUTE);
    expect(parts.children[0]!.kills).toBe(1);
    parts.clock.advance(10_000);
    expect(parts.children.length).toBe(2);
  });
});

describe('the trainings of a window', () => {
  function hostWith() {
    const trainers: FakeChild[] = [];
    const clock = createFakeClock();
    const host = createTrainerHost({
      clock,
      fork() {
        const child = new FakeChild(200 + trainers.length);
        trainers.push(child);
        return child;
      },
    });
    const engine = (): FakeChild => {
      const child = new FakeChild(1);
      host.attach(child);
      return child;
    };
    return { host, trainers, engine, clock };
  }
  const told = (child: FakeChild) => child.posted.map(({ message }) => message);

  test('an engine that was not there when one ended hears of it', async () => {
    const { host, trainers, engine } = hostWith();
    const first = engine();
    first.say({ kind: 'trainer-start', id: 'a', job: {} });
    first.say({ kind: 'trainer-start', id: 'trial', job: { task: 'estimate' } });
    trainers.forEach((trainer) => trainer.ready());
    first.exit();
    trainers.forEach((trainer) => trainer.say({ kind: 'result', result: 'the pack' }));
    await settled();
    expect(host.running).toEqual([]);
    const second = engine();
    second.say({ kind: 'trainers' });
    expect(told(second)).toEqual([
      { kind: 'trainers', ids: [] },
      { kind: 'trainer-news', id: 'a', news: { kind: 'result', result: 'the pack' } },
    ]);
    expect(first.postedToTheDead).toBe(0);
  });

  test('one that is removed gives its name away at once and is not heard of again', async () => {
    const { trainers, engine, host, clock } = hostWith();
    const child = engine();
    child.say({ kind: 'trainer-start', id: 'a', job: {} });
    trainers[0]!.ready();
    child.say({ kind: 'trainer-kill', id: 'a' });
    clock.advance(0);
    await settled();
    expect(trainers[0]!.kills).toBe(1);
    child.say({ kind: 'trainer-start', id: 'a', job: {} });
    expect(trainers.length).toBe(2);
    trainers[0]!.say({ kind: 'result', result: 'too late' });
    await settled();
    expect(told(child)).toEqual([]);
    expect(host.running).toEqual(['a']);
    expect(host.pidOf('a')).toBe(201);
  });
});
