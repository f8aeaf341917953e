/**
 * Writes PNG files: the same pixels always give the same bytes, in the window and on the command line, and text that says
 * how to make the picture again can be kept inside (PNG specification, third edition, W3C 2025).
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { RgbaPicture } from './pictures';

const compress = promisify(deflate);

/** `text` goes into iTXt chunks: keyword (Latin letters, at most 79) -> any text. */
export async function encodePng(
  picture: RgbaPicture,
  text: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const { width, height } = picture;
  const { channels, pixels } = narrowest(picture.rgba);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // bits
  header[9] = channels === 1 ? 0 : channels === 3 ? 2 : 6; // grey, RGB, RGBA
  const scanlines = await compress(filterRows(pixels, width * channels, height, channels), { level: 6 });
  const parts = [
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...Object.entries(text).map(([keyword, value]) => chunk('iTXt', internationalText(keyword, value))),
    chunk('IDAT', scanlines),
    chunk('IEND', new Uint8Array(0)),
  ];
  return concatenate(parts);
}

/** Grey as one channel, opaque colour as three: a third and three quarters of the bytes. */
function narrowest(rgba: Uint8Array): { readonly channels: 1 | 3 | 4; readonly pixels: Uint8Array } {
  let isGrey = true;
  for (let at = 0; at < rgba.length; at += 4) {
    if (rgba[at + 3] !== 255) return { channels: 4, pixels: rgba };
    isGrey &&= rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2];
  }
  const channels = isGrey ? 1 : 3;
  const pixels = new Uint8Array((rgba.length / 4) * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let channel = 0; channel < channels; channel++) pixels[to++] = rgba[from + channel] ?? 0;
  }
  return { channels, pixels };
}

/** For each row the filter (none, left, above) with the smallest sum of absolute differences, as the specification advises. */
function filterRows(pixels: Uint8Array, rowBytes: number, height: number, channels: number): Uint8Array {
  const filtered = new Uint8Array((rowBytes + 1) * height);
  for (let row = 0; row < height; row++) {
    const start = row * rowBytes;
    let [none, left, above] = [0, 0, 0];
    for (let at = 0; at < rowBytes; at++) {
      const value = pixels[start + at] ?? 0;
      none += magnitude(value);
      left += magnitude(value - (at < channels ? 0 : (pixels[start + at - channels] ?? 0)));
      above += magnitude(value - (row === 0 ? 0 : (pixels[start + at - rowBytes] ?? 0)));
    }
    const filter = above <= left && above <= none ? 2 : left <= none ? 1 : 0;
    const to = row * (rowBytes + 1);
    filtered[to] = filter;
    for (let at = 0; at < rowBytes; at++) {
      const back = filter === 1 && at >= channels ? channels : filter === 2 && row > 0 ? rowBytes : 0;
      const reference = back === 0 ? 0 : (pixels[start + at - back] ?? 0);
      filtered[to + 1 + at] = (pixels[start + at] ?? 0) - reference;
    }
  }
  return filtered;
}

/** As a signed byte: 255 is a step of 1 down. */
function magnitude(difference: number): number {
  const byte = difference & 255;
  return byte < 128 ? byte : 256 - byte;
}

function internationalText(keyword: string, value: string): Uint8Array {
  const name = keyword.replace(/[^ -~]/g, '?').slice(0, 79) || 'Comment';
  // keyword, 0, not compressed, method 0, no language, no translated keyword, text
  return new TextEncoder().encode(`${name}\0\0\0\0\0${value}`);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.byteLength);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.byteLength, crc32(bytes.subarray(4, 8 + data.byteLength)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : 0xedb88320 ^ (value >>> 1);
  return value;
});

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
