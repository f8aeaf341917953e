import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { createCancellation } from '#shared/rpc';
import { createDownload, isPrivate, nameOf, type DownloadLimits } from '#engine/importing/download';

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
let server: Server;
let base = '';
let folder = '';
let answers: Record<string, (response: ServerResponse) => void> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end('nothing');
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = await mkdtemp(join(tmpdir(), 'latentscape-download-'));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  answers = {
    '/model.onnx': (response) => response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT),
  };
});

const never = createCancellation().cancellation;
const get = (path: string, limits: Partial<DownloadLimits> = {}, cancellation = never) =>
  createDownload(folder, limits)(path.startsWith('/') ? base + path : path, () => undefined, cancellation);

async function sentence(task: Promise<unknown>): Promise<string> {
  try {
    await task;
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.sentence}`;
    throw error;
  }
  return 'downloaded';
}

describe('a file from a web address', () => {
  test('arrives whole, under its own name, with its checksum, and says how far it is', async () => {
    const events: { done: number; total: number | null }[] = [];
    const got = await createDownload(folder)(
      `${base}/model.onnx?x=1#y`.replace('?x=1#y', ''),
      (event) => events.push(event),
      never,
    );
    expect(got).toMatchObject({ name: 'model.onnx', bytes: CONTENT.length });
    expect(got.sha256).toBe(createHash('sha256').update(CONTENT).digest('hex'));
    expect(new Uint8Array(await readFile(got.path))).toEqual(CONTENT);
    expect(events.at(-1)).toEqual({ done: CONTENT.length, total: CONTENT.length });
  });

  test('redirects are followed, five of them and not six, and only on the web', async () => {
    for (let hop = 0; hop < 6; hop++)
      answers[`/hop${hop}`] = (response) =>
        response.writeHead(302, { location: hop === 0 ? '/model.onnx' : `/hop${hop - 1}` }).end();
    expect((await get('/hop4')).name).toBe('model.onnx');
    expect(await sentence(get('/hop5'))).toMatch(/input\/download .*more than 5 times/);
    answers['/file'] = (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    expect(await sentence(get('/file'))).toMatch(/input\/url .*file: is not downloaded from/);
  });

  test('a public page may not lead to an address inside this network', async () => {
    answers['/inside'] = (response) =>
      response.writeHead(302, { location: `${base.replace('127.0.0.1', 'localhost')}/model.onnx` }).end();
    expect(await sentence(get('/inside'))).toMatch(/input\/url .*inside this network/);
  });

  test('too large, by what is said or by what comes, cut short, empty, not there', async () => {
    expect(await sentence(get('/model.onnx', { bytes: 1000 }))).toMatch(/too large/);
    answers['/unsaid'] = (response) => void response.writeHead(200).end(CONTENT);
    expect(await sentence(get('/unsaid', { bytes: 1000 }))).toMatch(/too large/);
    answers['/cut'] = (response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.destroy());
    };
    expect(await sentence(get('/cut'))).toMatch(/input\/download .*connection broke/);
    answers['/empty'] = (response) => void response.writeHead(200).end();
    expect(await sentence(get('/empty'))).toMatch(/empty/);
    expect(await sentence(get('/missing'))).toMatch(/the server answers 404/);
    answers['/silent'] = () => undefined;
    expect(await sentence(get('/silent', { silentMs: 50 }))).toMatch(/nothing came/);
    expect(await sentence(get('no address'))).toMatch(/input\/url/);
    expect(await sentence(get('ftp://example.org/x'))).toMatch(/ftp: is not downloaded from/);
    expect(await sentence(get('http://name:word@127.0.0.1/x'))).toMatch(/password/);
  });

  test('cancelled, nothing stays', async () => {
    const before = (await readdir(folder)).length;
    const { cancellation, cancel } = createCancellation();
    answers['/slow'] = (response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => setTimeout(cancel, 20));
    };
    expect(await sentence(get('/slow', {}, cancellation))).toMatch(/engine\/cancelled/);
    expect((await readdir(folder)).length).toBeLessThanOrEqual(before);
  });
});

test.each([
  ['https://a.org/x/model.onnx', undefined, 'model.onnx'],
  ['https://a.org/', undefined, 'download'],
  ['https://a.org/x', 'attachment; filename="../../etc/pass wd"', 'pass_wd'],
  ['https://a.org/%2e%2e%2f..%5cevil.h5', undefined, 'evil.h5'],
  ['https://a.org/.hidden', undefined, 'hidden'],
])('%s is kept as a bare name', (url, disposition, expected) => {
  expect(nameOf(new URL(url), disposition)).toBe(expected);
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.20.0.1', true],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['[::1]', true],
  ['[fd00::1]', true],
  ['localhost', true],
  ['printer.local', true],
  ['intranet', true],
  ['8.8.8.8', false],
  ['172.32.0.1', false],
  ['huggingface.co', false],
  ['[2606:4700::1]', false],
])('%s is private: %s', (host, expected) => {
  expect(isPrivate(host)).toBe(expected);
});
