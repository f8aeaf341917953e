import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decodeFrame, encodeFrame } from '#shared/codec';
import type { Wire } from '#shared/channel';

const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }),
  fc.float32Array({ maxLength: 9, noNaN: true }),
);
const message = fc.dictionary(
  fc.string().filter((key) => key !== '$' && key !== '__proto__'),
  fc.oneof(leaf, fc.array(leaf, { maxLength: 4 })),
);

describe('frames', () => {
  it('bring back what was put in, typed arrays included', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeFrame(encodeFrame(value as Wire))).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });

  it('are read from an odd offset too', () => {
    const frame = encodeFrame({ z: Float32Array.of(1.5, -2) });
    const shifted = new Uint8Array(frame.length + 3);
    shifted.set(frame, 3);
    expect(decodeFrame(shifted.subarray(3))).toEqual({ z: Float32Array.of(1.5, -2) });
  });

  it('accept a Buffer as bytes', () => {
    expect(decodeFrame(encodeFrame({ png: Buffer.from([1, 2, 3]) }))).toEqual({
      png: Uint8Array.of(1, 2, 3),
    });
  });

  it('that are damaged end in an Error, never in an array past the end', () => {
    const base = encodeFrame({ op: 'latent/decode', z: Float32Array.of(1, 2, 3), list: [1, { a: 'b' }] });
    fc.assert(
      fc.property(fc.nat(base.length - 1), fc.nat(255), fc.nat(base.length), (at, byte, cut) => {
        const damaged = base.slice(0, cut);
        if (at < damaged.length) damaged[at] = byte;
        try {
          decodeFrame(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
    for (const json of [
      '{"a":{"$":["f32",0,1000000]}}',
      '{"a":{"$":["f32",4,0]}}',
      '{"a":{"$":["constructor",0,0]}}',
      '{"a":{"$":5}}',
    ]) {
      const head = new TextEncoder().encode(json);
      const frame = new Uint8Array(64);
      new DataView(frame.buffer).setUint32(0, head.length, true);
      frame.set(head, 4);
      expect(() => decodeFrame(frame)).toThrow();
    }
  });
});
