import { describe, expect, test } from 'vitest';
import { hashOf } from '#engine/importing/source-hash';
import { memorySource } from '../loaders/memory-source';

const onnx = (path: string) => ({ format: 'onnx', path }) as const;

describe('the bytes that a model is', () => {
  test('of one file, the SHA-256 of the file, whatever lies beside it', async () => {
    const alone = await hashOf(memorySource({ 'm.onnx': 'abc' }), onnx('m.onnx'));
    expect(alone).toEqual({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      bytes: 3,
    });
    expect(await hashOf(memorySource({ 'm.onnx': 'abc', 'x.bin': 'y' }), onnx('m.onnx'))).toEqual(alone);
  });

  test('the weights beside an ONNX model belong to it: another epoch is another model', async () => {
    const of = (weights: string) =>
      hashOf(memorySource({ 'm.onnx': 'abc', 'm.onnx.data': weights }), onnx('m.onnx'), ['m.onnx.data']);
    const [first, second] = [await of('epoch 1'), await of('epoch 2')];
    expect(first.bytes).toBe(10);
    expect(second.sha256).not.toBe(first.sha256);
  });
});
