// Small files as people bring them, good and bad, made where they are needed.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { zipSync, type Zippable } from 'fflate';

export interface PictureOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colour?: readonly [number, number, number];
}

const raw = ({ width = 8, height = 8, colour = [200, 40, 40] }: PictureOptions) =>
  sharp({ create: { width, height, channels: 3, background: { r: colour[0], g: colour[1], b: colour[2] } } });

export const pngFile = (options: PictureOptions = {}): Promise<Uint8Array> => raw(options).png().toBuffer();
export const jpegFile = (options: PictureOptions = {}): Promise<Uint8Array> => raw(options).jpeg().toBuffer();
export const greyFile = (): Promise<Uint8Array> => raw({}).toColourspace('b-w').png().toBuffer();
export const cmykFile = (): Promise<Uint8Array> => raw({}).toColourspace('cmyk').jpeg().toBuffer();
export const deepFile = (): Promise<Uint8Array> => raw({}).toColourspace('rgb16').png().toBuffer();

export async function animatedGif(): Promise<Uint8Array> {
  const frames = [0, 255].map((red) => Buffer.alloc(8 * 8 * 3, red));
  const pages = { raw: { width: 8, height: 16, channels: 3 as const, pageHeight: 8 } };
  return sharp(Buffer.concat(frames), pages)
    .gif({ loop: 0, delay: [100, 100] })
    .toBuffer();
}

export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export function zipFile(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const entries = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? new TextEncoder().encode(content) : content,
  ]);
  return zipSync(Object.fromEntries(entries) as Zippable, { mtime: '2020-01-02' });
}

/** One .npy array. */
export function npyFile(
  type: string,
  shape: readonly number[],
  values: ArrayBufferView,
  fortran = false,
): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]!},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${dimensions}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const start = Uint8Array.of(
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    padded.length & 255,
    padded.length >> 8,
  );
  const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Uint8Array.from([...start, ...new TextEncoder().encode(padded), ...body]);
}

/** The bytes with the first occurrence of a little-endian signature's field replaced. */
export function patched(bytes: Uint8Array, signature: number, offset: number, value: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  for (let at = 0; at + 4 <= copy.length; at++) {
    if (view.getUint32(at, true) !== signature) continue;
    copy.set(value, at + offset);
    return copy;
  }
  throw new Error('the signature is not there');
}
