// @ts-check
// Fetches over HTTPS with short patience: a machine without a network must learn so in seconds, not minutes.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { SetupFailure } from './failure.mjs';

const answerMilliseconds = 8000;
const silenceMilliseconds = 30_000;

/**
 * @param {string} url
 * @returns {Promise<{response: Response, keepAlive: () => void, stop: () => void}>}
 */
async function request(url) {
  const host = new URL(url).host;
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), answerMilliseconds);
  const stop = () => clearTimeout(timer);
  const keepAlive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), silenceMilliseconds);
  };
  try {
    const response = await fetch(url, { signal: controller.signal, redirect: 'follow' });
    if (!response.ok) throw new SetupFailure(`${host} answered ${response.status}`, 'try again later');
    keepAlive();
    return { response, keepAlive, stop };
  } catch (error) {
    stop();
    if (error instanceof SetupFailure) throw error;
    const cause = /** @type {{cause?: {code?: string}}} */ (error).cause?.code;
    const why = controller.signal.aborted
      ? `no answer in ${answerMilliseconds / 1000} s`
      : (cause ?? 'no network');
    throw new SetupFailure(`${host} cannot be reached (${why})`, 'check the network');
  }
}

/**
 * @param {string} url
 * @returns {Promise<unknown>}
 */
export async function fetchJson(url) {
  const { response, stop } = await request(url);
  try {
    return await response.json();
  } catch {
    throw new SetupFailure(`${new URL(url).host} sent something that is no JSON`, 'try again later');
  } finally {
    stop();
  }
}

/**
 * Downloads to a file and returns its SHA-256. Nothing stays behind when it fails.
 * @param {string} url
 * @param {string} file
 * @param {(done: number, total: number | null) => void} [onProgress]
 */
export async function download(url, file, onProgress) {
  const { response, keepAlive, stop } = await request(url);
  const total = Number(response.headers.get('content-length')) || null;
  const hash = createHash('sha256');
  let done = 0;
  try {
    const handle = await open(file, 'w');
    try {
      if (!response.body) throw new SetupFailure(`${new URL(url).host} sent nothing`, 'try again later');
      for await (const chunk of response.body) {
        keepAlive();
        hash.update(chunk);
        // writeFile on a handle writes the whole chunk or throws; a bare write may be short.
        await handle.writeFile(chunk);
        done += chunk.length;
        onProgress?.(done, total);
      }
    } finally {
      await handle.close();
    }
    if (total !== null && done !== total)
      throw new SetupFailure(`${new URL(url).host} closed the connection early`, 'try again');
    return hash.digest('hex');
  } catch (error) {
    rmSync(file, { force: true });
    if (error instanceof Error && (error.name === 'AbortError' || error.message === 'terminated'))
      throw new SetupFailure(`the download from ${new URL(url).host} stopped half-way`, 'try again');
    throw error;
  } finally {
    stop();
  }
}
