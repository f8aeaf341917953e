import { describe, expect, test } from 'vitest';
import { nameOf, plain, titleOf } from '#engine/importing/titles';

describe('what an imported model is called', () => {
  test.each([
    ['/home/a/faces.onnx', undefined, 'faces.onnx', 'faces'],
    ['/home/a/faces', undefined, 'decoder.onnx', 'faces'],
    ['/home/a/faces/best_decoder.h5', undefined, 'best_decoder.h5', 'faces'],
    ['/home/a/x.zip', undefined, 'cats/generator/model.json', 'cats'],
    ['/home/a/dcgan_export', undefined, 'saved_model.pb', 'dcgan'],
    ['/home/a/g.onnx', 'Of the file itself', 'g.onnx', 'Of the file itself'],
    ['/model/decoder.onnx', undefined, 'decoder.onnx', 'Imported model'],
    ['/uploads/0123456789abcdef01234567/model.onnx', undefined, 'model.onnx', 'Imported model'],
    ['/home/a/fac\u0007es\u202e.onnx', undefined, 'fac\u0007es\u202e.onnx', 'fac es'],
  ])('%j is called %j by itself, with %j inside: %j', (target, hint, at, title) => {
    expect(titleOf(target, hint, at)).toBe(title);
  });

  test('where it lies in what was pointed at', () => {
    expect(nameOf('/a/faces.onnx', 'faces.onnx')).toBe('faces.onnx');
    expect(nameOf('/a/faces', 'decoder.onnx')).toBe('faces/decoder.onnx');
    expect(nameOf('/a/faces', '.')).toBe('faces');
  });

  test('no words for a terminal', () => {
    expect(plain(' a\u001b[31m\nb ')).toBe('a [31m b');
    expect(plain('x'.repeat(300))).toHaveLength(200);
  });
});
