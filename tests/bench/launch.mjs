// Starts the browser face and a real Chromium for a measurement, and ends both.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { chromium } from '@playwright/test';

export const appRoot = resolve(import.meta.dirname, '..', '..');

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

export function launchChromium() {
  const executablePath = process.env.LATENTSCAPE_CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));
  return chromium.launch({ ...(executablePath ? { executablePath } : {}), args: FLAGS.split(' ') });
}

/**
 * Runs a program of ours until it prints its URL.
 * @param {readonly string[]} args of node
 * @param {string | undefined} pack a model for its library
 */
export async function serveBy(args, pack) {
  const home = await mkdtemp(join(tmpdir(), 'latentscape-bench-'));
  if (pack !== undefined) await cp(pack, join(home, 'models', basename(pack)), { recursive: true });
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: appRoot,
    env: { ...process.env, LATENTSCAPE_HOME: home, LATENTSCAPE_NO_OPEN: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let printed = '';
  const url = await new Promise((found, failed) => {
    const read = (chunk) => {
      printed += chunk;
      const match = /http:\/\/127\.0\.0\.1:\d+\/\S*#\S+/.exec(printed);
      if (match) found(match[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('exit', (code) =>
      failed(new Error(`it ended with code ${code} before it printed a URL:\n${printed}`)),
    );
  });
  return {
    url,
    home,
    pid: child.pid,
    urlMs: performance.now() - started,
    startedAt: started,
    async stop() {
      child.stdout.removeAllListeners();
      child.stderr.resume();
      child.removeAllListeners('exit');
      const gone = new Promise((done) => child.on('exit', done));
      process.kill(-child.pid, 'SIGTERM');
      await Promise.race([gone, new Promise((done) => setTimeout(done, 5000))]);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** A page on the app with its first picture drawn. */
export async function openApp(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForFunction(() => {
    const canvas = document.querySelector('canvas[data-testid="picture"]');
    const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
    return pixels?.some((value, i) => i % 4 < 3 && value > 0);
  });
  return page;
}

/** The engine among the processes that a program of ours has started. */
export function engineOf(pid) {
  const children = (of) =>
    readFileSync(`/proc/${of}/task/${of}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const all = (of) => children(of).flatMap((child) => [child, ...all(child)]);
  return all(pid).find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('engine.js'));
}

export const quantile = (values, p) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = p * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
};

export const round = (value) => Math.round(value * 1000) / 1000;
