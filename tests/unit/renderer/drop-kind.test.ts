// What a drop means is told by names alone, before a byte is read.
import { describe, expect, it } from 'vitest';
import { kindOfDrop } from '../../../src-renderer/state/drop-kind';

describe('what was dropped', () => {
  it.each([
    [['me.png'], 'pictures'],
    [['a.JPG', 'b/c.webp'], 'pictures'],
    [['work.latentscape'], 'project'],
    [['decoder.onnx'], 'model'],
    [['torch.pth'], 'model'],
    [['saved_model.pb', 'variables/variables.index'], 'model'],
    [['model.json', 'group1-shard1of1.bin'], 'model'],
    [['manifest.json', 'generator.safetensors', 'cover.png'], 'model'],
    [['walk.json'], 'walk'],
    [['walk.json', 'me.png'], 'walk'],
    [['train-images-idx3-ubyte.gz'], 'data'],
    [['pixels.csv'], 'data'],
    [['pictures/a.png', 'labels.csv'], 'data'],
    [['something.zip'], 'unknown'],
    [[], 'unknown'],
  ] as const)('%j is %s', (paths, kind) => {
    expect(kindOfDrop(paths)).toBe(kind);
  });
});
