import { describe, expect, test } from 'vitest';
import type { NumberArray } from '#engine/network-runner';
import { understand } from '#engine/importing/understand';
import { AppError } from '#shared/errors';
import { blob, blobs, network, port, refused } from './fake-networks';

const rowsOf = (feed: NumberArray | undefined): number => feed?.shape[0] ?? 1;
const still = { now: () => 0 };
const guessOf = (field: string, { guesses }: Awaited<ReturnType<typeof understand>>) =>
  guesses.find((guess) => guess.field === field);

async function refusal(runner: Parameters<typeof understand>[0]): Promise<string> {
  try {
    await understand(runner, still);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.sentence}`;
    throw error;
  }
  return 'understood';
}

const plain = (options: Parameters<typeof blobs>[1] = {}, shape: readonly number[] = [16, 16, 1]) =>
  network([port('z', [null, 8])], [port('x', [null, ...shape])], (feeds) => {
    const z = feeds.get('z')!;
    return { x: { shape: [rowsOf(z), ...shape], data: blobs(z, options) } };
  });

describe('generators', () => {
  test('z in, pictures out', async () => {
    const { contract, warnings, deterministic } = await understand(plain(), still);
    expect(contract).toEqual({
      latent: { input: 'z', shape: [8], batch: 'any', prior: { kind: 'normal' } },
      condition: null,
      fixed: [],
      picture: { output: 'x', layout: 'NHWC', height: 16, width: 16, channels: 1, range: [0, 1] },
    });
    expect(warnings).toEqual([]);
    expect(deterministic).toBe(true);
  });

  test('channels first, from -1 to 1', async () => {
    const runner = plain({ channels: 3, last: false, value: (v) => 2 * v - 1 }, [3, 16, 16]);
    expect((await understand(runner, still)).contract.picture).toMatchObject({
      layout: 'NCHW',
      channels: 3,
      range: [-1, 1],
    });
  });

  test('bytes without a batch: one picture at a time', async () => {
    const runner = network([port('z', [null, 2])], [port('x', [16, 16, 4], 'uint8')], (feeds) => {
      const { data } = feeds.get('z')!;
      const one = { shape: [1, 2], data: data.subarray(0, 2) };
      return {
        x: { shape: [16, 16, 4], data: blobs(one, { channels: 4, value: (v) => Math.round(255 * v) }) },
      };
    });
    const { contract } = await understand(runner, still);
    expect(contract.latent.batch).toBe(1);
    expect(contract.picture).toMatchObject({ layout: 'HWC', channels: 4, range: [0, 255] });
  });

  test('a fixed batch, and a batch that is promised and fails', async () => {
    const fixed = network([port('z', [4, 8])], [port('x', [4, 16, 16, 1])], (feeds) => ({
      x: { shape: [4, 16, 16, 1], data: blobs(feeds.get('z')!) },
    }));
    expect((await understand(fixed, still)).contract.latent).toMatchObject({ batch: 4, shape: [8] });
    const promised = network([port('z', [null, 8])], [port('x', [null, 16, 16, 1])], (feeds) => {
      if (rowsOf(feeds.get('z')) > 1) throw refused('the shapes do not fit');
      return { x: { shape: [1, 16, 16, 1], data: blobs(feeds.get('z')!) } };
    });
    const understood = await understand(promised, still);
    expect(understood.contract.latent.batch).toBe(1);
    expect(guessOf('latent.batch', understood)?.why).toMatch(/fails with two/);
  });

  test('a spatial latent, no batch at all, and a size that is left open', async () => {
    const spatial = network([port('z', [null, 2, 2, 4])], [port('x', [null, 16, 16, 1])], (feeds) => {
      const z = feeds.get('z')!;
      return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z) } };
    });
    expect((await understand(spatial, still)).contract.latent.shape).toEqual([2, 2, 4]);
    const alone = network([port('z', [8])], [port('x', [16, 16])], (feeds) => ({
      x: { shape: [16, 16], data: blobs({ shape: [1, 8], data: feeds.get('z')!.data }) },
    }));
    const { contract } = await understand(alone, still);
    expect(contract.latent).toMatchObject({ batch: 'none', shape: [8] });
    expect(contract.picture.layout).toBe('HW');
    const open = network([port('z', [null, null])], [port('x', [null, 16, 16, 1])], (feeds) => {
      const z = feeds.get('z')!;
      if (z.shape[1] !== 37) throw refused('37 are expected');
      return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z) } };
    });
    expect((await understand(open, still)).contract.latent.shape).toEqual([37]);
  });

  test('the largest of several outputs', async () => {
    const runner = network(
      [port('z', [null, 8])],
      [port('small', [null, 8, 8, 1]), port('large', [null, 16, 16, 1])],
      (feeds) => {
        const z = feeds.get('z')!;
        return {
          small: { shape: [rowsOf(z), 8, 8, 1], data: blobs(z, { height: 8, width: 8 }) },
          large: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z) },
        };
      },
    );
    expect((await understand(runner, still)).contract.picture.output).toBe('large');
  });

  test('a range of z under which something is drawn, where N(0, I) draws next to nothing', async () => {
    const runner = network([port('z', [null, 2])], [port('x', [null, 16, 16, 1])], (feeds) => {
      const z = feeds.get('z')!;
      const pictures = blobs({ shape: z.shape, data: z.data.map((value) => value - 10) });
      const bright = Array.from(
        { length: rowsOf(z) },
        (_, row) => Math.min(1, Math.max(0, (z.data[2 * row] ?? 0) / 20)) ** 2,
      );
      return {
        x: {
          shape: [rowsOf(z), 16, 16, 1],
          data: pictures.map((value, at) => value * (bright[Math.floor(at / 256)] ?? 0)),
        },
      };
    });
    const understood = await understand(runner, still);
    expect(understood.contract.latent.prior).toEqual({ kind: 'uniform', low: 0, high: 20 });
    expect(guessOf('latent.prior', understood)?.certain).toBe(false);
  });
});

test('a network that bounds nothing shows more of a wider z, and that says nothing of what it was trained on', async () => {
  const linear = network([port('z', [null, 2])], [port('x', [null, 16, 16, 1])], (feeds) => {
    const z = feeds.get('z')!;
    const pictures = Array.from({ length: rowsOf(z) }, (_, row) =>
      blob([0, 0, 0], 16, 16).map((value, at) => value * (z.data[2 * row + (at % 2)] ?? 0)),
    );
    return {
      x: { shape: [rowsOf(z), 16, 16, 1], data: Float32Array.from(pictures.flatMap((one) => [...one])) },
    };
  });
  expect((await understand(linear, still)).contract.latent.prior).toEqual({ kind: 'normal' });
});

describe('classes and other inputs', () => {
  const labelled = (label: ReturnType<typeof port>, classes: number) =>
    network([port('z', [null, 8]), label], [port('x', [null, 16, 16, 1])], (feeds) => {
      const z = feeds.get('z')!;
      const { data } = feeds.get(label.name)!;
      if (data.some((value) => value >= classes)) throw refused('index out of range');
      const moved = z.data.map((value, at) =>
        at % 8 === 0 ? value + 3 * Math.sin(Math.floor(data[Math.floor(at / 8)] ?? 0)) : value,
      );
      return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs({ shape: z.shape, data: moved }) } };
    });

  test.each([
    ['int64', [null]],
    ['int32', [null, 1]],
    ['float32', [null, 1]],
  ] as const)('a class by its number, as %s', async (type, shape) => {
    const { contract } = await understand(labelled(port('y', shape, type), 7), {
      ...still,
      classNames: [...'abcdefg'],
    });
    expect(contract.condition).toEqual({ input: 'y', encoding: 'index', size: 7, names: [...'abcdefg'] });
  });

  test('a thousand classes are counted by few questions', async () => {
    const runner = labelled(port('label', [null], 'int64'), 1000);
    expect((await understand(runner, still)).contract.condition?.size).toBe(1000);
    expect(runner.runs.length).toBeLessThan(120);
  });

  test('one-hot in an input of its own; a truncation and noise are filled', async () => {
    const runner = network(
      [
        port('noise', [null, 8]),
        port('label', [null, 3]),
        port('truncation_psi', []),
        port('noise0', [1, 1, 4, 4]),
      ],
      [port('x', [null, 16, 16, 1])],
      (feeds) => {
        const z = feeds.get('noise')!;
        return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z) } };
      },
    );
    const { contract } = await understand(runner, still);
    expect(contract.latent.input).toBe('noise');
    expect(contract.condition).toEqual({ input: 'label', encoding: 'one-hot', size: 3, names: [] });
    expect(contract.fixed).toEqual([
      { input: 'truncation_psi', shape: [], value: 1 },
      { input: 'noise0', shape: [1, 1, 4, 4], value: 0 },
    ]);
  });

  test('a number that changes the picture smoothly is no class', async () => {
    const runner = network(
      [port('z', [null, 8]), port('amount', [null, 1])],
      [port('x', [null, 16, 16, 1])],
      (feeds) => {
        const z = feeds.get('z')!;
        const amount = feeds.get('amount')!.data[0] ?? 0;
        return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z, { value: (v) => v / (1 + amount) }) } };
      },
    );
    const { contract } = await understand(runner, still);
    expect(contract.condition).toBeNull();
    expect(contract.fixed).toEqual([{ input: 'amount', shape: [1, 1], value: 0 }]);
  });
});

describe('what a person should know', () => {
  test('a network that draws by itself, pictures that mix, no numbers, one picture for all z', async () => {
    let turn = 0;
    const random = plain({ value: (v) => v * (0.5 + 0.5 * Math.abs(Math.sin(++turn))) });
    expect((await understand(random, still)).deterministic).toBe(false);
    const mixing = network([port('z', [null, 8])], [port('x', [null, 16, 16, 1])], (feeds) => {
      const z = feeds.get('z')!;
      return { x: { shape: [rowsOf(z), 16, 16, 1], data: blobs(z, { value: (v) => v / rowsOf(z) }) } };
    });
    const mixed = await understand(mixing, still);
    expect(mixed.contract.latent.batch).toBe(1);
    expect(guessOf('latent.batch', mixed)?.why).toMatch(/beside it/);
    expect((await understand(plain({ value: () => NaN }), still)).warnings.join()).toMatch(/no number/);
    const constant = network([port('z', [null, 8])], [port('x', [null, 16, 16, 1])], (feeds) => {
      const rows = rowsOf(feeds.get('z'));
      return {
        x: { shape: [rows, 16, 16, 1], data: blobs({ shape: [rows, 3], data: new Float32Array(3 * rows) }) },
      };
    });
    expect((await understand(constant, still)).warnings).toEqual(['All z give the same picture.']);
  });
});

describe('what is no generator is named', () => {
  const gives = (from: readonly (number | null)[], shape: readonly number[], value = 0.1) =>
    network([port('input', from)], [port('output', [null, ...shape])], (feeds) => {
      const rows = rowsOf(feeds.get('input'));
      const size = rows * shape.reduce((total, side) => total * side, 1);
      return { output: { shape: [rows, ...shape], data: new Float32Array(size).fill(value) } };
    });

  test.each([
    ['a classifier', gives([null, 28, 28, 1], [10]), /a picture and gives 10 scores of classes/],
    ['an encoder', gives([null, 3, 64, 64], [64]), /a picture and gives 64 numbers, as an encoder does/],
    ['an autoencoder', gives([null, 28, 28, 1], [28, 28, 1]), /takes a picture and gives a picture/],
    ['a flat autoencoder', gives([null, 784], [784]), /takes a picture and gives a picture/],
    ['sound', gives([null, 100], [16_384, 1]), /sound/],
    ['a volume', gives([null, 100], [32, 32, 32]), /volume/],
    [
      'the styles of a style generator',
      gives([null, 512], [18, 512]),
      /gives 18 x 512 values, which is no picture/,
    ],
    ['feature maps', gives([null, 100], [512, 8, 8]), /no picture with 1, 3 or 4 channels/],
    [
      'codes',
      network([port('codes', [null, 7, 7], 'int64')], [port('x', [null, 28, 28, 1])], () => ({})),
      /codebook/,
    ],
    [
      'coordinates',
      network([port('input', [784, 4])], [port('x', [28, 28])], () => ({
        x: { shape: [28, 28], data: new Float32Array(784) },
      })),
      /draws by coordinates/,
    ],
  ])('%s', async (_, runner, expected) => {
    const sentence = await refusal(runner);
    expect(sentence).toMatch(/^model\/not-a-generator: /);
    expect(sentence).toMatch(expected);
  });
});
