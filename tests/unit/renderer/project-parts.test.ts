// What the window keeps, as texts and back.
import { describe, expect, it } from 'vitest';
import { AppError } from '#shared/errors';
import type { Pictures } from '#shared/domain';
import type { Kept } from '../../../src-renderer/state/kept';
import { KeptPictures } from '../../../src-renderer/state/kept-pictures';
import { KeptWindow } from '../../../src-renderer/state/kept-window';
import { filesOf, ProjectParts } from '../../../src-renderer/state/project-parts';
import type { OwnPicture, OwnPictures } from '../../../src-renderer/state/own-pictures.svelte';
import { savedWhen } from '../../../src-renderer/views/shell/project-words';

interface Box extends Kept {
  value: unknown;
}
const box = (key: string, isRead: (value: unknown) => boolean = () => true): Box => ({
  key,
  edition: null,
  value: null,
  toJson() {
    return this.value;
  },
  restore(value) {
    if (!isRead(value)) throw new AppError({ code: 'input/history', headline: `${key} cannot be read` });
    this.value = value;
  },
});

describe('parts', () => {
  it('are only those that are not as the file has them', () => {
    const [one, two] = [box('one'), box('two')];
    const parts = new ProjectParts([one, two]);
    one.value = { at: 1 };
    expect(parts.changed().size).toBe(0); // nobody said that it was edited
    parts.mark('one');
    parts.mark('two'); // it has nothing to keep, and neither has the file
    expect([...parts.changed()]).toEqual([['one', '{"at":1}']]);
    parts.settled(parts.changed());
    expect(parts.changed().size).toBe(0);
    one.value = null; // back to nothing: the file is told
    parts.mark('one');
    expect([...parts.changed()]).toEqual([['one', 'null']]);
  });

  it('come back, begin anew where the file has none, and one that cannot be read harms no other', () => {
    const all = [box('one'), box('bad', (value) => value !== 7), box('new')];
    const parts = new ProjectParts(all);
    all[2]!.value = 'of the project before';
    const problems = parts.restore(
      filesOf(
        new Map([
          ['one', '{"at":1}'],
          ['bad', '7'],
          ['of a later version', '1'],
        ]),
      ),
    );
    expect(problems).toEqual(['bad cannot be read.']);
    expect(all.map(({ value }) => value)).toEqual([{ at: 1 }, null, null]);
    expect(parts.changed().size).toBe(0);
    parts.markAll();
    expect([...parts.changed().keys()]).toEqual(['one']);
  });

  it('name the models they speak of', () => {
    const one = box('one');
    const parts = new ProjectParts([one]);
    one.value = { histories: { 'heads-vae': [] }, note: 'as in digits-vae-2d' };
    parts.mark('one');
    const ids = ['heads-vae', 'heads', 'digits-vae-2d', 'heads-vae'];
    expect(parts.mentioned(ids, parts.changed())).toEqual(['heads-vae']);
  });
});

describe('own pictures', () => {
  const picture = (values: readonly number[], width: number): Pictures => ({
    ...{ count: 1, width, height: values.length / 4 / width },
    rgba: Uint8Array.from(values),
  });
  const grey = picture([7, 7, 7, 255, 200, 200, 200, 255], 2);
  const colour = picture([1, 2, 3, 4, 5, 6, 7, 8], 1);
  const shelf = (all: readonly OwnPicture[]) => {
    const kept: {
      all: readonly OwnPicture[];
      replace: (pictures: readonly Omit<OwnPicture, 'id'>[]) => void;
    } = {
      all,
      replace: (pictures) => (kept.all = pictures.map((own, id) => ({ ...own, id }))),
    };
    return { kept, part: new KeptPictures(kept as unknown as OwnPictures) };
  };
  const own: OwnPicture = {
    ...{ id: 3, model: 'm', name: 'me.png' },
    encoded: {
      mu: Float32Array.of(0.1, -2),
      logVar: Float32Array.of(-1, 1e-7),
      ...{ original: grey, reconstruction: colour, notes: ['Cut.'] },
    },
  };

  it('come back to the bit', () => {
    const text = JSON.stringify(shelf([own]).part.toJson());
    const { kept, part } = shelf([]);
    part.restore(JSON.parse(text));
    expect(kept.all).toEqual([{ ...own, id: 0 }]);
    expect(JSON.stringify(part.toJson())).toBe(text);
    part.restore(null);
    expect(kept.all).toEqual([]);
    expect(part.toJson()).toBeNull();
  });

  it.each([
    ['no list', {}],
    ['a picture that is smaller than it says', [{ width: 3 }]],
    ['a picture of 4 GB', [{ width: 2 ** 20, height: 2 ** 20 }]],
    ['no base64', [{ bytes: '<script>' }]],
  ])('%s is one sentence, and nothing changes', (_name, changes) => {
    const { kept, part } = shelf([own]);
    const written = JSON.parse(JSON.stringify(part.toJson())) as { original: object }[];
    const wrong = Array.isArray(changes)
      ? written.map((each) => ({ ...each, original: { ...each.original, ...(changes[0] as object) } }))
      : changes;
    expect(() => part.restore(wrong)).toThrow(/^Your own pictures in this project cannot be read.*\.$/);
    expect(kept.all).toEqual([own]);
  });
});

it('a place of another version leaves one where one is', () => {
  const been: string[] = [];
  const places = { goTo: (place: string) => been.push(place), openModel: (id: string) => been.push(id) };
  const part = new KeptWindow({ place: 'explore', model: null, ...places });
  part.restore({ place: 'dream', model: 'm' });
  part.restore(null);
  expect(been).toEqual(['m']);
  expect(() => part.restore({ place: 5 })).toThrow(AppError);
});

it('says when it was saved', () => {
  const now = new Date(2026, 5, 15, 12, 0).getTime();
  expect(savedWhen(now - 20_000, now)).toBe('just now');
  expect(savedWhen(now - 5 * 60_000, now)).toBe('5 min ago');
  expect(savedWhen(now - 3 * 3600_000, now)).toMatch(/^today, /);
  expect(savedWhen(now - 40 * 24 * 3600_000, now)).toMatch(/2026/);
});
