import { describe, expect, it } from 'vitest';
import { AppError, exitCodeOf, fromWireError, toWireError, type WireError } from '#shared/errors';

const parts = {
  code: 'input/picture',
  headline: 'This picture is too large',
  where: 'cat.png',
  cause: '60000 x 60000 pixels, the limit is 16384 a side.',
  remedy: 'make it smaller first',
} as const;

describe('errors that people read', () => {
  it('are one sentence: what, where, why, what to do', () => {
    expect(new AppError(parts).sentence).toBe(
      'This picture is too large (cat.png): 60000 x 60000 pixels, the limit is 16384 a side; make it smaller first.',
    );
    expect(new AppError({ code: 'usage/x', headline: 'No model given' }).sentence).toBe('No model given.');
  });

  it('cross a wire whole', () => {
    const there = fromWireError(JSON.parse(JSON.stringify(toWireError(new AppError(parts)))) as WireError);
    expect(there).toEqual(new AppError(parts));
  });

  it('hide the stack of what nobody foresaw', () => {
    const wire = toWireError(new TypeError('x is undefined\n    at /home/me/secret.ts:1'));
    expect(wire.code).toBe('engine/unexpected');
    expect(JSON.stringify(wire)).not.toContain('secret');
    expect(toWireError('thrown string').code).toBe('engine/unexpected');
  });

  it('show names from files as text, on one line', () => {
    const error = new AppError({ ...parts, where: 'a\u001b[31m\nb\u202egnp', cause: 'one\r\ntwo' });
    expect(error.sentence).toBe('This picture is too large (a [31m b gnp): one two; make it smaller first.');
    expect(error.where).toBe('a [31m b gnp');
  });

  it('decide the exit code by their area', () => {
    expect(['usage/a', 'input/a', 'pack/a', 'engine/a'].map((code) => exitCodeOf(code as 'usage/a'))).toEqual(
      [2, 3, 3, 4],
    );
  });
});
