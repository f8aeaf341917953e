// The sum as a spec: edits that leave the old one alone, its result, its text, and its way through a file.
import { describe, expect, it } from 'vitest';
import { commandLine } from '#shared/command-line';
import { arithmeticWords } from '#shared/reproduce';
import { seedOfTerm } from '#shared/arithmetic';
import { latentOfSeed } from '#shared/random';
import { arithmeticFromJson, arithmeticToJson } from '../../../src-renderer/state/arithmetic-file';
import {
  ARITHMETIC_LIMITS,
  baseOf,
  FIRST_SPEC,
  meanOfWell,
  neighboursOf,
  withExemplars,
  withMoved,
  withoutExemplar,
  withoutWell,
  withWeight,
  withWell,
  type ArithmeticSpec,
  type NewExemplar,
} from '../../../src-renderer/state/arithmetic-spec';
import { exemplarsOfText } from '../../../src-renderer/state/exemplars';
import { recipeOfSum, textOfWells, wellFile } from '../../../src-renderer/state/well-expression';

const PRIOR = { kind: 'normal' } as const;
const seed = (value: number): NewExemplar => ({
  z: latentOfSeed(value, 2, PRIOR),
  source: { kind: 'seed', seed: value },
});
const words = (
  place: number,
  phrase: string,
  ...latents: readonly (readonly number[])[]
): readonly NewExemplar[] =>
  latents.map((z, i) => ({
    z: Float32Array.from(z),
    source: { kind: 'words', phrase, seed: 1, place, count: 2, of: latents.length, ref: `code ${i}` },
  }));
const filled = [
  words(0, 'smiling woman', [3, 1], [1, 1]),
  words(1, 'neutral woman', [1, 0], [1, 2]),
  words(2, 'neutral man', [-4, 1], [-2, 1]),
].reduce((spec, exemplars, id) => withExemplars(spec, id, exemplars), FIRST_SPEC);
const idsOf = (spec: ArithmeticSpec): readonly (readonly number[])[] =>
  spec.wells.map(({ exemplars }) => exemplars.map(({ id }) => id));

describe('wells', () => {
  it('give the signed sum of their means', () => {
    expect([...baseOf(filled, PRIOR)]).toEqual([-2, 1]);
    expect([...baseOf(withWeight(filled, 2, 0.5), PRIOR)]).toEqual([-0.5, 0.5]);
  });

  it('share what an edit leaves alone, and their mean is worked out once', () => {
    const heavier = withWeight(filled, 0, 2);
    expect(heavier.wells[1]).toBe(filled.wells[1]);
    expect(meanOfWell(heavier.wells[0]!)).toBe(meanOfWell(filled.wells[0]!));
  });

  it('pass an exemplar on, or a copy of it', () => {
    const [[first]] = idsOf(filled) as [[number]];
    expect(idsOf(withMoved(filled, first, 1)).map(({ length }) => length)).toEqual([1, 3, 2]);
    expect(idsOf(withMoved(filled, first, 1, true)).map(({ length }) => length)).toEqual([2, 3, 2]);
    expect(withMoved(filled, first, 0)).toBe(filled);
    const ids = idsOf(withMoved(filled, first, 1, true)).flat();
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('say which of them are empty', () => {
    expect(() => baseOf(FIRST_SPEC, PRIOR)).toThrow(
      'Wells A, B and C are empty; give each a picture or a seed, or remove them.',
    );
    const [, , [a, b]] = idsOf(filled) as [number[], number[], [number, number]];
    expect(() => baseOf(withoutExemplar(withoutExemplar(filled, a), b), PRIOR)).toThrow(/^Well C is empty;/);
    expect(() => baseOf({ ...FIRST_SPEC, wells: [] }, PRIOR)).toThrow(/^The sum has no term/);
  });

  it('are bounded', () => {
    let spec = FIRST_SPEC;
    while (spec.wells.length < ARITHMETIC_LIMITS.wells) spec = withWell(spec, 1);
    expect(() => withWell(spec, 1)).toThrow(/at most 12 wells/);
    const many = Array.from({ length: ARITHMETIC_LIMITS.exemplars + 1 }, (_, i) => seed(i));
    expect(() => withExemplars(FIRST_SPEC, 0, many)).toThrow(/at most 64 exemplars/);
  });

  it('refuse exemplars of another model', () =>
    expect(() =>
      baseOf(withExemplars(filled, 0, [{ ...seed(1), z: new Float32Array(3) }], true), PRIOR),
    ).toThrow(/come from different models/));

  it('a picture of one’s own stands in place of the sum', () => {
    const z = Float32Array.of(7, 7);
    expect(baseOf({ ...FIRST_SPEC, face: { name: 'me.png', z } }, PRIOR)).toBe(z);
  });

  it('nine results lie around the sum, itself in the middle', () => {
    const z = baseOf(filled, PRIOR);
    const nine = neighboursOf(z, filled);
    expect(nine).toHaveLength(9);
    expect(nine[4]).toBe(z);
    for (const [i, each] of nine.entries())
      if (i !== 4)
        expect(Math.max(...each.map((value, at) => Math.abs(value - z[at]!)))).toBeLessThanOrEqual(0.25);
  });
});

describe('as text', () => {
  it('says the words, and the command says how they were drawn', () => {
    expect(textOfWells(filled)).toMatchObject({
      text: 'smiling woman - neutral woman + neutral man',
      drawing: { seed: 1, count: 2 },
      files: [],
    });
    const recipe = recipeOfSum(
      'heads-vae',
      { ...filled, rule: 'shell' },
      Float32Array.of(0.1, 2),
      undefined,
    )!;
    expect(commandLine(arithmeticWords(recipe, 8, 'r.png'))).toBe(
      "npm run -s cli -- arithmetic heads-vae '--expr=smiling woman - neutral woman + neutral man' --seed 1 --n 2 --norm shell --scale 8 --out r.png",
    );
  });

  it('says nothing where words are not all: points, a moved slider, a picture in its place', () => {
    const z = Float32Array.of(1, 2);
    const [[first]] = idsOf(filled) as [[number]];
    for (const spec of [
      withoutExemplar(filled, first),
      { ...filled, sliders: { values: { smile: 1 }, locks: [] } },
      { ...filled, face: { name: 'me.png', z } },
    ])
      expect(recipeOfSum('heads-vae', spec, z, undefined)).toBeNull();
  });

  it('names a file for a well that no words say any more', () => {
    const [[first]] = idsOf(filled) as [[number]];
    const changed = withWeight(withoutExemplar(filled, first), 1, -0.5);
    const { text, files } = textOfWells(changed);
    expect(text).toBe('well:A.json - 0.5 * neutral woman + neutral man');
    expect(wellFile(files[0]!.well)).toBe('[[1,1]]');
  });

  it('a well that was drawn at another place is a file: the place has a part in the seed', () =>
    expect(textOfWells(withoutWell(filled, 0))).toMatchObject({
      text: '- well:A.json + well:B.json',
      drawing: null,
    }));

  it('a single seed is its own word', () => {
    const spec = withExemplars(withoutWell(withoutWell(FIRST_SPEC, 1), 2), 0, [seed(7)]);
    expect(textOfWells(spec).text).toBe('seed:7');
    expect(textOfWells(withExemplars(spec, 0, [seed(8)])).text).toBe('well:A.json');
  });
});

describe('from text', () => {
  const asked: unknown[] = [];
  const session = {
    call: (_: string, params: unknown) => {
      asked.push(params);
      const z = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
      return Promise.resolve({
        found: 40,
        exemplars: z.map((each, i) => ({ z: each, ref: `code ${i}`, labels: {} })),
        pictures: { count: 2, width: 1, height: 1, rgba: new Uint8Array(8) },
      });
    },
  } as unknown as Parameters<typeof exemplarsOfText>[0];
  const info = { id: 'm', latent: { size: 2, prior: PRIOR } };
  const take = (text: string) =>
    exemplarsOfText(session, info, text, { seed: 5, count: 2 }, { wells: filled.wells, own: [] });

  it('words are drawn by the engine, seeds are the seeds of everywhere, letters are wells', async () => {
    const [drawn, seeded, held] = await take('smiling woman - 0.5 * seed:7 + well:C');
    expect(asked.at(-1)).toEqual({ model: 'm', phrase: 'smiling woman', count: 2, seed: seedOfTerm(5, 0) });
    expect(drawn).toMatchObject({ weight: 1, found: 40 });
    expect(drawn!.exemplars.map(({ source }) => source)).toMatchObject([
      { kind: 'words', phrase: 'smiling woman', seed: 5, place: 0, count: 2, of: 2, ref: 'code 0' },
      { ref: 'code 1' },
    ]);
    expect(seeded).toMatchObject({ weight: -0.5, found: null });
    expect(seeded!.exemplars[0]!.z).toEqual(latentOfSeed(7, 2, PRIOR));
    expect(held!.exemplars).toBe(filled.wells[2]!.exemplars);
  });

  it.each([
    ['well:Z.json', /There is no such well here \(Z\.json\)/],
    ['image:me.png', /This picture is not in the window \(me\.png\)/],
    ['smiling woman -', /The expression cannot be read/],
  ])('%s is refused in a sentence', (text, sentence) => expect(take(text)).rejects.toThrow(sentence));
});

describe('in a file', () => {
  const spec: ArithmeticSpec = {
    ...filled,
    sliders: { values: { 'regression:smile': 1.5 }, locks: ['regression:gender'] },
    face: { name: 'me.png', z: Float32Array.of(0.1, 0.2) },
  };
  const written = (): Record<string, unknown> =>
    JSON.parse(JSON.stringify(arithmeticToJson(spec))) as Record<string, unknown>;

  it('comes back to the last bit', () => expect(arithmeticFromJson(written(), 2)).toEqual(spec));

  it.each([
    ['nothing', null, 2],
    ['an array', [], 2],
    ['a rule that is none', { ...written(), rule: 'cubic' }, 2],
    ['too many wells', { ...written(), wells: Array.from({ length: 99 }, () => written().wells) }, 2],
    ['a weight that is no number', { ...written(), wells: [{ id: 0, weight: null, exemplars: [] }] }, 2],
    [
      'two of one id',
      {
        ...written(),
        wells: [
          { id: 0, weight: 1, exemplars: [] },
          { id: 0, weight: 1, exemplars: [] },
        ],
      },
      2,
    ],
    ['latents of another model', written(), 3],
  ])('%s is refused', (_, value, size) =>
    expect(() => arithmeticFromJson(value, size)).toThrow(/^This arithmetic cannot be read \(/),
  );
});
