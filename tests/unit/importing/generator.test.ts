import { describe, expect, test } from 'vitest';
import type { GeneratorContract } from '#shared/importing';
import { createEncoder } from '#engine/encoder';
import { createGenerator } from '#engine/generator';
import { network, port } from './fake-networks';

const contract = (
  parts: Partial<GeneratorContract> = {},
  latent: Partial<GeneratorContract['latent']> = {},
): GeneratorContract => ({
  latent: { input: 'z', shape: [2], batch: 'any', prior: { kind: 'normal' }, ...latent },
  condition: null,
  fixed: [],
  picture: { output: 'x', layout: 'NHW', height: 1, width: 2, channels: 1, range: [0, 1] },
  ...parts,
});
/** Gives z back as a picture of 1 x 2, so that every row can be followed. */
const echo = (rows: number | null) =>
  network([port('z', [rows, 2])], [port('x', [rows, 1, 2])], (feeds) => {
    const z = feeds.get('z')!;
    return { x: { shape: [z.shape[0]!, 1, 2], data: z.data } };
  });
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => at);

describe('from z to pictures', () => {
  test('many in chunks, a fixed batch filled up, and none at all one by one: the same pictures in the same order', async () => {
    const any = echo(null);
    expect(await createGenerator(any, contract()).decode(numbers(1400), 700)).toEqual(numbers(1400));
    expect(any.runs.map((feeds) => feeds.get('z')?.shape[0])).toEqual([256, 256, 188]);
    const four = echo(4);
    expect(await createGenerator(four, contract({}, { batch: 4 })).decode(numbers(14), 7)).toEqual(
      numbers(14),
    );
    expect(four.runs).toHaveLength(2);
    expect([...four.runs[1]!.get('z')!.data]).toEqual([8, 9, 10, 11, 12, 13, 12, 13]);
    const none = network([port('z', [2])], [port('x', [1, 2])], (feeds) => ({
      x: { shape: [1, 2], data: feeds.get('z')!.data },
    }));
    const alone = createGenerator(
      none,
      contract({ picture: { ...contract().picture, layout: 'HW' } }, { batch: 'none' }),
    );
    expect(await alone.decode(numbers(6), 3)).toEqual(numbers(6));
    expect(none.runs).toHaveLength(3);
  });

  test('a class is appended, given beside, or named by its number', async () => {
    const fed = async (label: ReturnType<typeof port> | null, condition: GeneratorContract['condition']) => {
      const inputs = label === null ? [port('z', [null, 5])] : [port('z', [null, 2]), label];
      const runner = network(inputs, [port('x', [null, 1, 2])], () => ({
        x: { shape: [2, 1, 2], data: new Float32Array(4) },
      }));
      await createGenerator(runner, contract({ condition })).decode(numbers(4), 2, 1);
      const feed = runner.runs[0]!.get(label?.name ?? 'z')!;
      return { shape: feed.shape, data: [...feed.data] };
    };
    const classes = { size: 3, names: [] };
    expect(await fed(null, { input: 'z', encoding: 'one-hot', ...classes })).toEqual({
      shape: [2, 5],
      data: [0, 1, 0, 1, 0, 2, 3, 0, 1, 0],
    });
    expect(await fed(port('y', [null, 3]), { input: 'y', encoding: 'one-hot', ...classes })).toEqual({
      shape: [2, 3],
      data: [0, 1, 0, 0, 1, 0],
    });
    expect(await fed(port('y', [null], 'int64'), { input: 'y', encoding: 'index', ...classes })).toEqual({
      shape: [2],
      data: [1, 1],
    });
    expect(await fed(port('y', [null, 1]), { input: 'y', encoding: 'index', ...classes })).toEqual({
      shape: [2, 1],
      data: [1, 1],
    });
    expect(await fed(port('y', [], 'int32'), { input: 'y', encoding: 'index', ...classes })).toEqual({
      shape: [],
      data: [1],
    });
  });

  test('a contract that does not fit is refused before or when it runs', async () => {
    expect(() => createGenerator(echo(null), contract({}, { input: 'noise' }))).toThrow(/no such input/);
    const two = network([port('z', [null, 2]), port('w', [null, 2])], [port('x', [null, 1, 2])], () => ({}));
    expect(() => createGenerator(two, contract())).toThrow(/input w\): nothing is said to go into it/);
    const picture = { ...contract().picture, width: 3 };
    await expect(createGenerator(echo(null), contract({ picture })).decode(numbers(2), 1)).rejects.toThrow(
      /3 numbers are expected and 2 come/,
    );
  });
});

describe('from pictures to z', () => {
  const picture = { height: 1, width: 2, channels: 3 };

  test.each(['NHWC', 'NCHW', 'flat', 'flat-channels-first'] as const)(
    '%s in the right order and range',
    async (layout) => {
      const shape = layout === 'NHWC' ? [null, 1, 2, 3] : layout === 'NCHW' ? [null, 3, 1, 2] : [null, 6];
      const runner = network([port('x', shape)], [port('h', [null, 6])], (feeds) => {
        const { shape: given, data } = feeds.get('x')!;
        return { h: { shape: [given[0]!, 6], data } };
      });
      const encoder = createEncoder(
        runner,
        { input: 'x', layout, range: [0, 255], batch: 'any', mu: 'h', logVar: { kind: 'half' } },
        { picture, latent: 3, logVarRange: [-2, 4] },
      );
      const { mu, logVar } = await encoder.encode(Uint8Array.of(1, 2, 3, 4, 5, 6), 1);
      const last = layout === 'NHWC' || layout === 'flat';
      expect([...mu]).toEqual(last ? [1, 2, 3] : [1, 4, 2]);
      expect([...(logVar ?? [])]).toEqual(last ? [4, 4, 4] : [4, 3, 4]);
    },
  );
});
