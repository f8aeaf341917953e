// The browser face in a real browser: what the page may do, and what every other page may not.
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appRoot, expect, startServe, test, waitForPicture } from './fixtures/app';

test.beforeEach(({}, testInfo) => {
  testInfo.skip(testInfo.project.name === 'electron', 'The desktop window has no server.');
});

test('the page works under its policy without one complaint, and the token leaves the address', async ({
  app,
}) => {
  const { page, url } = app;
  expect(url).toMatch(/#token=[\w-]{22,}$/);
  await expect.poll(() => page.url()).not.toContain('token');
  expect(await page.evaluate(() => document.cookie)).toBe('');
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  await page.reload();
  await waitForPicture(page);
  expect(app.complaints).toEqual([]);
});

test('a link that was used lets nobody else in', async ({ app, browser }) => {
  const stranger = await browser.newPage();
  await stranger.goto(app.url);
  await expect(stranger.getByText('This page may not use the engine')).toBeVisible();
  expect(await stranger.evaluate(async () => (await fetch('/engine')).status)).toBe(401);
  await stranger.context().close();
});

test('another page of the same browser, with the cookie at hand, gets nothing', async ({ app }) => {
  const { page, url } = app;
  const own = new URL(url).origin;
  // 127.0.0.1 on another port is the same site: the browser sends the cookie along, and only the guard stands there
  const attacker = createServer((_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>attacker</title>'),
  );
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
  const other = await page.context().newPage();
  const attackersPage = `http://127.0.0.1:${(attacker.address() as AddressInfo).port}/`;
  await other.goto(attackersPage);
  const outcome = await other.evaluate(async (target) => {
    const tried = async (work: () => Promise<unknown>): Promise<string> =>
      work().then(
        () => 'read',
        () => 'refused',
      );
    const options: RequestInit = { credentials: 'include' };
    const socket = await new Promise<string>((resolve) => {
      const opened = new WebSocket(`${target.replace('http', 'ws')}/rpc`);
      opened.onopen = () => resolve('open');
      opened.onerror = () => resolve('refused');
    });
    const post: RequestInit = { ...options, method: 'POST', body: '{}' };
    return {
      socket,
      read: await tried(() => fetch(`${target}/engine`, options)),
      simplePost: await tried(() => fetch(`${target}/engine/restart`, post)),
      jsonPost: await tried(() =>
        fetch(`${target}/engine/restart`, { ...post, headers: { 'content-type': 'application/json' } }),
      ),
      blindPost: await fetch(`${target}/engine/restart`, { ...post, mode: 'no-cors' }).then(
        ({ type }) => type,
        () => 'refused',
      ),
      script: await new Promise<string>((resolve) => {
        const script = document.createElement('script');
        script.src = `${target}/engine`;
        script.onload = () => resolve('read');
        script.onerror = () => resolve('refused');
        document.body.append(script);
      }),
    };
  }, own);
  expect(outcome).toMatchObject({
    socket: 'refused',
    read: 'refused',
    simplePost: 'refused',
    jsonPost: 'refused',
    script: 'refused',
  });

  // a form and a link are not stopped by the browser: they arrive, with the cookie, and the guard turns them away
  const statusAfter = async (leave: (target: string) => void): Promise<number> => {
    const leaving = await page.context().newPage();
    await leaving.goto(attackersPage);
    const arrived = leaving.waitForResponse((response) => response.url().startsWith(own));
    await leaving.evaluate(leave, `${own}/engine`);
    const status = (await arrived).status();
    await leaving.close();
    return status;
  };
  const sendForm = (target: string): void => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: `${target}/restart`, enctype: 'text/plain' });
    document.body.append(form);
    form.submit();
  };
  expect(await statusAfter(sendForm)).toBe(403);
  expect(await statusAfter((target) => window.location.assign(target))).toBe(403);
  await other.close();
  attacker.close();
});

test('cannot be put in a frame', async ({ app }) => {
  const framed = await app.page.evaluate(
    (address) =>
      fetch(address).then((answer) => [
        answer.headers.get('x-frame-options'),
        answer.headers.get('content-security-policy')?.includes("frame-ancestors 'none'"),
      ]),
    new URL(app.url).origin,
  );
  expect(framed).toEqual(['DENY', true]);
});

test.describe('serve', () => {
  const serve = (...args: string[]) =>
    spawnSync(process.execPath, [join(appRoot, 'out', 'main', 'serve.js'), ...args], {
      encoding: 'utf8',
      timeout: 120_000, // it ends by itself, or the test has failed
    });

  test('a port that is taken, or is none, and an unknown option: one sentence and exit code 2', async () => {
    const home = await mkdtemp(join(tmpdir(), 'latentscape-e2e-'));
    const first = await startServe(home);
    const { port } = new URL(first.url);
    for (const [args, sentence] of [
      [
        ['--port', port],
        `Port ${port} cannot be used: another program uses it; choose another with --port, or leave it out.`,
      ],
      [['--port', '99999'], "'99999' is not a port; give a number from 1 to 65535, or 0 for any free one."],
      [
        ['--nonsense'],
        /^serve does not take this: .*; use serve \[--port 0\] \[--open\] \[--data folder\]\.$/,
      ],
    ] as const) {
      const { status, stdout, stderr } = serve(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      if (typeof sentence === 'string') expect(stderr).toBe(`${sentence}\n`);
      else expect(stderr.trimEnd()).toMatch(sentence);
    }
    await first.stop();
    await rm(home, { recursive: true, force: true });
  });

  test('ends its engine when it ends', async () => {
    const home = await mkdtemp(join(tmpdir(), 'latentscape-e2e-'));
    const started = await startServe(home);
    await started.stop();
    await expect(fetch(started.url)).rejects.toThrow();
    await rm(home, { recursive: true, force: true });
  });
});
