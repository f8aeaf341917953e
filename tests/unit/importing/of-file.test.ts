// Whose fault it is, and where.
import { describe, expect, test } from 'vitest';
import { ofFile } from '#engine/importing/of-file';
import { AppError, cancelled, type ErrorParts } from '#shared/errors';

const thrown = (error: unknown): Promise<unknown> =>
  ofFile('generator.onnx', () => Promise.reject(error as Error)).catch((caught: unknown) => caught);
const problem = (parts: Partial<ErrorParts>): AppError =>
  new AppError({ code: 'model/topology', headline: 'It is wrong', ...parts });

describe('what goes wrong with a network', () => {
  test('names its file, and what it names itself', async () => {
    expect(await thrown(problem({ cause: 'it has no layers', snippet: 'x' }))).toMatchObject({
      code: 'model/topology',
      message: 'It is wrong (generator.onnx): it has no layers.',
      snippet: 'x',
    });
    expect(await thrown(problem({ where: 'layer dense' }))).toMatchObject({
      where: 'generator.onnx: layer dense',
    });
    const named = problem({ where: 'generator.onnx: header' });
    expect(await thrown(named)).toBe(named);
  });

  test('is no failure of the engine', async () => {
    expect(await thrown(problem({ code: 'engine/input', where: 'z' }))).toMatchObject({
      code: 'model/failed',
      message: 'It is wrong (generator.onnx: z).',
    });
  });

  test('is left alone where it is a bug of ours, or was cancelled', async () => {
    for (const error of [new TypeError('x is not a function'), cancelled()])
      expect(await thrown(error)).toBe(error);
  });
});
