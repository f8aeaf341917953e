/**
 * A file from a web address, kept under its own name in a folder of its own until it is imported. The name and the type that
 * a server gives are not believed: what it is, is told by its bytes later.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { AppError, cancelled, type ErrorCode } from '#shared/errors';
import type { DownloadEvent, Downloaded } from '#shared/importing';
import type { Cancellation } from '#shared/rpc';
import { LIMITS } from '#shared/schema';
import { formatBytes, storeError } from '../store/store-errors';

export type Download = (
  url: string,
  send: (event: DownloadEvent) => void,
  cancellation: Cancellation,
) => Promise<Downloaded>;

export interface DownloadLimits {
  readonly bytes: number;
  readonly redirects: number;
  /** Without a byte for this long, it is given up. */
  readonly silentMs: number;
}

export const DOWNLOAD_LIMITS: DownloadLimits = {
  bytes: LIMITS.downloadBytes,
  redirects: 5,
  silentMs: 30_000,
};
const TELL_MS = 100;

/** What an earlier engine left is removed: it belongs to nobody any more. */
export function createDownload(folder: string, limits: Partial<DownloadLimits> = {}): Download {
  const all = { ...DOWNLOAD_LIMITS, ...limits };
  let cleared: Promise<void> | undefined;
  return async (url, send, cancellation) => {
    await (cleared ??= clear(folder));
    const own = join(folder, randomBytes(8).toString('hex'));
    try {
      return await fetchInto(own, parseUrl(url), send, cancellation, all);
    } catch (error) {
      await rm(own, { recursive: true, force: true });
      throw error;
    }
  };
}

async function clear(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (/^[0-9a-f]{16}$/.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

async function fetchInto(
  own: string,
  url: URL,
  send: (event: DownloadEvent) => void,
  cancellation: Cancellation,
  limits: DownloadLimits,
): Promise<Downloaded> {
  const { response, at } = await follow(url, cancellation, limits);
  const total = Number(response.headers['content-length'] ?? NaN);
  const declared = Number.isSafeInteger(total) && total >= 0 ? total : null;
  if (declared !== null && declared > limits.bytes) {
    response.destroy();
    throw tooLarge(url, limits.bytes);
  }
  const name = nameOf(at, response.headers['content-disposition']);
  const path = join(own, name);
  const hash = createHash('sha256');
  let done = 0;
  let told = 0;
  const undo = cancellation.onCancel(() => response.destroy(cancelled()));
  try {
    await mkdir(own, { recursive: true });
    const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
      throw storeError(error, path, declared ?? undefined);
    });
    try {
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        done += chunk.byteLength;
        if (done > limits.bytes) throw tooLarge(url, limits.bytes);
        hash.update(chunk);
        await file.writeFile(chunk).catch((error: unknown) => {
          throw storeError(error, path, declared ?? undefined);
        });
        const now = performance.now();
        if (now - told > TELL_MS) {
          told = now;
          send({ done, total: declared });
        }
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    response.destroy();
    if (cancellation.cancelled) throw cancelled();
    throw error instanceof AppError ? error : failed(url, 'the connection broke', error);
  } finally {
    undo();
  }
  if (declared !== null && done !== declared)
    throw failed(url, `${formatBytes(declared)} were promised and ${formatBytes(done)} came`);
  if (done === 0) throw failed(url, 'the file is empty');
  send({ done, total: done });
  return { path, name, sha256: hash.digest('hex'), bytes: done };
}

interface Answer {
  readonly response: IncomingMessage;
  /** The address after the redirects. */
  readonly at: URL;
}

async function follow(url: URL, cancellation: Cancellation, limits: DownloadLimits): Promise<Answer> {
  let at = url;
  for (let hops = 0; hops <= limits.redirects; hops++) {
    const response = await ask(at, cancellation, limits);
    const status = response.statusCode ?? 0;
    if (status === 200) return { response, at };
    response.destroy();
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
      throw failed(
        url,
        `the server answers ${status}${response.statusMessage ? ` ${response.statusMessage}` : ''}`,
      );
    const next = redirected(at, location, url);
    // a page of the open web must not make us ask what only this machine or its network can reach
    if (isPrivate(next.hostname) && next.hostname !== url.hostname)
      throw refused(
        url,
        `it leads on to ${next.hostname}, an address inside this network that you did not type`,
      );
    at = next;
  }
  throw failed(url, `it leads on more than ${limits.redirects} times`);
}

function ask(url: URL, cancellation: Cancellation, { silentMs }: DownloadLimits): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      headers: { accept: '*/*', 'user-agent': 'Latentscape' },
    });
    const undo = cancellation.onCancel(() => request.destroy(cancelled()));
    request.setTimeout(silentMs, () =>
      request.destroy(failed(url, `nothing came for ${Math.round(silentMs / 1000)} s`)),
    );
    request.on('response', (response) => {
      undo();
      resolve(response);
    });
    request.on('error', (error) => {
      undo();
      reject(error instanceof AppError ? error : failed(url, 'the server cannot be reached', error));
    });
    request.end();
  });
}

function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new AppError({
      code: 'input/url',
      headline: 'This is no web address',
      where: text.slice(0, 200),
      remedy: 'give one that starts with https://',
    });
  }
  return onlyWeb(url, url);
}

function redirected(from: URL, location: string, asked: URL): URL {
  let next: URL;
  try {
    next = new URL(location, from);
  } catch {
    throw failed(asked, 'it leads on to something that is no web address');
  }
  return onlyWeb(next, asked);
}

function onlyWeb(url: URL, asked: URL): URL {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refused(asked, `${url.protocol.slice(0, 20)} is not downloaded from`);
  if (url.username !== '' || url.password !== '') throw refused(asked, 'it holds a name or a password');
  return url;
}

/** Loopback, link-local and private addresses, and names that only a local network knows. */
export function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host.endsWith('.local') ||
    host.endsWith('.internal')
  )
    return true;
  if (/^(::1?|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*|::ffff:.*)$/.test(host)) return true;
  const parts = host.split('.').map(Number);
  const [a = -1, b = -1] = parts;
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part)))
    return !host.includes('.') && !host.includes(':');
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168)
  );
}

/** A bare file name from what the server or the address says; letters that a path or a shell could misread become "_". */
export function nameOf(url: URL, disposition: string | undefined): string {
  const given = /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1];
  let last = url.pathname.split('/').at(-1) ?? '';
  try {
    last = decodeURIComponent(last);
  } catch {
    // as it is
  }
  const name = (given ?? last)
    .replace(/^.*[\\/]/, '')
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-120);
  return /^[._]*$/.test(name) ? 'download' : name.replace(/^\.+/, '');
}

const failed = (url: URL, cause: string, error?: unknown): AppError =>
  problem(
    'input/download',
    'The file could not be downloaded',
    url,
    `${cause}${reasonOf(error)}`,
    'check the address, or download it yourself and open the file',
  );
const refused = (url: URL, cause: string): AppError =>
  problem(
    'input/url',
    'This address is not downloaded from',
    url,
    cause,
    'download the file yourself and open it',
  );
const tooLarge = (url: URL, limit: number): AppError =>
  problem(
    'input/download',
    'The file is too large to be downloaded',
    url,
    `at most ${formatBytes(limit)} are taken`,
    'download it yourself and open the file',
  );

function problem(code: ErrorCode, headline: string, url: URL, cause: string, remedy: string): AppError {
  return new AppError({
    code,
    headline,
    where: `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200),
    cause,
    remedy,
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string') return ` (${code})`;
  return typeof message === 'string' ? ` (${message.slice(0, 100)})` : '';
}
