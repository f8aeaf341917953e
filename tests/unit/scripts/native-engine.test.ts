// Set-up of the native engine with sources that fail: one sentence, nothing half-written, a record that the app reads.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder } from '#engine/backends/cache-folder';
import { readNativeRecord } from '#engine/backends/native-record';
import { ensureNativeEngine, readEngineRecord, recordStands } from '../../../scripts/lib/native-engine.mjs';
import { cacheFolder as cacheFolderOfScripts } from '../../../scripts/lib/paths.mjs';
import { silentReporter } from '../../../scripts/lib/progress.mjs';
import { pipArguments } from '../../../scripts/lib/wheel-by-pip.mjs';
import { chooseWheel, wheelOverHttps } from '../../../scripts/lib/wheel-over-https.mjs';

let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latentscape-engine-'));
  cache = join(folder, 'cache');
  vi.stubEnv('LATENTSCAPE_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

describe('set-up with a source that cannot work', () => {
  const sources: readonly [string, () => string, RegExp][] = [
    ['a path that does not exist', () => join(folder, 'nowhere'), /does not exist/],
    ['an empty folder', () => folder, /holds neither TensorFlow nor its wheel/],
    ['a wheel cut short', () => write('tensorflow.whl', new Uint8Array(5000)), /cut short or damaged/],
    [
      'a wheel of something else',
      () => write('tensorflow.whl', zipSync({ 'numpy/core.py': new Uint8Array(9) })),
      /no TensorFlow library/,
    ],
    ['a text file', () => write('notes.txt', new Uint8Array(9)), /is no wheel/],
  ];
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };

  it.each(sources)('%s', async (_name, source, why) => {
    vi.stubEnv('LATENTSCAPE_LIBTENSORFLOW', source());
    const record = await ensureNativeEngine({ reporter: silentReporter });
    expect(record).toMatchObject({ state: 'unavailable', why: matching(why) });
    expect(readdirSync(cache)).toEqual(['native.json']);
    expect(readNativeRecord()).toMatchObject({
      state: 'unavailable',
      why: matching(why),
    });
  });

  it('is not tried again the same day, unless asked to', async () => {
    vi.stubEnv('LATENTSCAPE_LIBTENSORFLOW', join(folder, 'nowhere'));
    const first = await ensureNativeEngine({ reporter: silentReporter });
    expect(await ensureNativeEngine({ reporter: silentReporter })).toEqual(first);
    await new Promise((settle) => setTimeout(settle, 5));
    const forced = await ensureNativeEngine({ reporter: silentReporter, force: true });
    expect(forced.at).not.toBe(first.at);
    const later = Date.parse(first.at) + 25 * 3600 * 1000;
    expect(recordStands(first, first.key, later)).toBe(false);
    expect(recordStands(first, 'another key', Date.parse(first.at))).toBe(false);
  });

  it('leaves a record that is gone or damaged without harm', () => {
    expect(readNativeRecord()).toMatchObject({ state: 'unavailable', remedy: 'run `npm run setup`' });
    expect(readEngineRecord()).toBeNull();
    writeFileSync(join(folder, 'native.json'), '{"state":"native"');
    expect(readNativeRecord(folder)).toMatchObject({
      state: 'unavailable',
      why: matching(/damaged/),
    });
    writeFileSync(
      join(folder, 'native.json'),
      '{"state":"native","addon":"/none.node","tensorflow":"1","source":"","at":""}',
    );
    expect(readNativeRecord(folder)).toMatchObject({
      state: 'unavailable',
      why: matching(/is gone/),
    });
  });
});

it('the scripts and the app look for the cache in the same place', () => {
  const environments = [
    { LATENTSCAPE_CACHE: '/elsewhere', XDG_CACHE_HOME: '/xdg' },
    { XDG_CACHE_HOME: '/xdg' },
    { LOCALAPPDATA: '/local' },
    {},
  ];
  for (const environment of environments)
    for (const platform of ['linux', 'darwin', 'win32'])
      expect(cacheFolder(environment, platform)).toBe(cacheFolderOfScripts(environment, platform));
});

it('pip is asked for one exact file, whatever Python runs it', () => {
  const line = pipArguments({ project: 'tensorflow-cpu', tag: 'manylinux_2_27_x86_64' }, '/there').join(' ');
  expect(line).toContain('--retries 0');
  expect(line).toContain('--no-deps --only-binary=:all:');
  expect(line).toContain('--abi cp311 --platform manylinux_2_27_x86_64');
  expect(line).toMatch(/tensorflow-cpu==2\.21\.0$/);
});

describe('the wheel over HTTPS', () => {
  const wheel = Buffer.from('not really a wheel');
  const name = 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl';
  const request = { project: 'tensorflow-cpu', tag: 'manylinux_2_27_x86_64' };
  let server: Server;
  let published: string;
  let served: Buffer;

  beforeEach(async () => {
    published = createHash('sha256').update(wheel).digest('hex');
    served = wheel;
    server = createServer((incoming, response) => {
      const { port } = server.address() as AddressInfo;
      if (incoming.url === '/pypi/tensorflow-cpu/2.21.0/json') {
        const url = `http://127.0.0.1:${port}/${name}`;
        response.end(
          JSON.stringify({ urls: [{ filename: name, url, size: 18, digests: { sha256: published } }] }),
        );
      } else if (incoming.url === `/${name}`) {
        response.setHeader('content-length', wheel.length);
        response.write(served);
        // Long enough for the answer's head to be read first.
        if (served.length < wheel.length) setTimeout(() => response.destroy(), 50);
        else response.end();
      } else response.writeHead(404).end();
    });
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    vi.stubEnv('LATENTSCAPE_PYPI', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterEach(() => new Promise((settle) => server.close(settle)));

  it('is taken when its digest is the published one', async () => {
    const { file, version } = await wheelOverHttps(request, folder, () => {});
    expect(version).toBe('2.21.0');
    expect(existsSync(file)).toBe(true);
  });

  it('is refused when its digest differs', async () => {
    served = Buffer.from('not really A wheel');
    await expect(wheelOverHttps(request, folder, () => {})).rejects.toThrow(/arrived damaged/);
  });

  it('is refused, and removed, when the connection ends early', async () => {
    served = wheel.subarray(0, 7);
    await expect(wheelOverHttps(request, folder, () => {})).rejects.toThrow(/half-way|early/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused when the index contradicts a pinned digest', async () => {
    const pinned = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
    const files = [
      { filename: name, url: '', size: 1, digests: { sha256: 'a' } },
      { filename: pinned, url: '', size: 1, digests: { sha256: 'b' } },
    ];
    expect(chooseWheel(files, request.tag)?.filename).toBe(pinned);
    expect(chooseWheel(files, 'macosx_12_0_arm64')).toBeNull();
  });

  it('says which host does not answer', async () => {
    vi.stubEnv('LATENTSCAPE_PYPI', 'http://127.0.0.1:9');
    await expect(wheelOverHttps(request, folder, () => {})).rejects.toThrow(
      /127\.0\.0\.1:9 cannot be reached/,
    );
  });
});
