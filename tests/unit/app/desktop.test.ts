// The desktop shell, the real code, over a double of Electron: what its window is allowed, what its messages take, what its menu sends.
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MenuItemConstructorOptions } from 'electron';
import { COMMANDS } from '#shared/commands';
import { IPC } from '#shared/ipc';
import { seededRandom } from '#shared/random';
import { startDesktop } from '#app/desktop';
import { plainName } from '#app/dialogs';
import type { Supervisor } from '#app/supervisor';
import { isHttps } from '#app/window';
import {
  BrowserWindowDouble,
  createElectronDouble,
  frameAt,
  PortDouble,
  PreventableEvent,
  type ElectronDouble,
  type Frame,
} from '../../fixtures/electron-double';

const PAGE = 'app://latentscape/';
const ELSEWHERE = [
  'https://evil.com/',
  'http://127.0.0.1:8080/',
  'app://latentscape.evil.com/',
  'app://evil/',
  'app://latentscape/other.html',
  'app://latentscape/?x',
  'app://latentscape@evil.com/',
  'file:///etc/passwd',
  'file:///',
  'data:text/html,<script>1</script>',
  'blob:app://latentscape/1234',
  'javascript:alert(1)',
  'about:blank',
  'about:srcdoc',
  'chrome://gpu',
  'devtools://devtools/bundled/inspector.html',
  'view-source:app://latentscape/',
  'ws://127.0.0.1/',
  'APP://LATENTSCAPE/x',
  '',
];

let folder: string;
let electron: ElectronDouble;
let supervisor: Supervisor;
let window: BrowserWindowDouble;
const written = new Map<string, Uint8Array>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latentscape-desktop-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Latentscape</title>');
  await writeFile(join(folder, 'assets', 'index.js'), 'export {}');
  await writeFile(join(folder, 'secret.pem'), 'secret');
  electron = createElectronDouble();
  written.clear();
  const started = await startDesktop(electron.parts, {
    places: {
      engineScript: '/out/engine.js',
      trainerScript: '/out/trainer.js',
      inspectorScript: '/out/inspector.js',
      preload: '/out/preload.cjs',
      pageFolder: folder,
    },
    write: (path, bytes) => Promise.resolve(written.set(path, bytes)),
  });
  supervisor = started!.supervisor;
  window = BrowserWindowDouble.windows[0]!;
});
afterEach(async () => {
  await supervisor.stop(0);
  await rm(folder, { recursive: true, force: true });
});

const engine = () => electron.engines.at(-1)!;
const eventFrom = (senderFrame: Frame | null = window.webContents.mainFrame) => ({
  senderFrame,
  sender: window.webContents,
});
const invoke = (channel: string, ...args: unknown[]) => electron.handlers.get(channel)!(eventFrom(), ...args);

describe('the window', () => {
  test('is a sandboxed page without Node', () => {
    expect(BrowserWindowDouble.windows).toHaveLength(1);
    expect(window.options.webPreferences).toMatchObject({
      preload: '/out/preload.cjs',
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
    });
    expect(window.loaded).toBe(PAGE);
  });

  test('is shown when it has something to show', () => {
    expect(window.options.show).toBe(false);
    window.emit('ready-to-show');
    expect(window.calls).toEqual(['show']);
  });

  test.each(ELSEWHERE)('does not go to %j', (url) => {
    for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
      const event = new PreventableEvent(url);
      window.webContents.emit(name, event);
      expect([name, event.defaultPrevented]).toEqual([name, true]);
    }
  });

  test('stays at itself, and takes no frames', () => {
    const reload = new PreventableEvent(PAGE);
    window.webContents.emit('will-navigate', reload);
    expect(reload.defaultPrevented).toBe(false);
    const frame = new PreventableEvent(PAGE, false);
    window.webContents.emit('will-frame-navigate', frame);
    expect(frame.defaultPrevented).toBe(true);
    const webview = new PreventableEvent();
    window.webContents.emit('will-attach-webview', webview);
    expect(webview.defaultPrevented).toBe(true);
  });

  test('opens nothing; links by https go to the person’s own browser', () => {
    const urls = [
      ...ELSEWHERE.slice(1),
      'https://user:password@evil.com/',
      'HTTP://evil.com',
      'ms-msdt:/id',
      'smb://host/x',
    ];
    for (const url of urls) expect(window.webContents.openHandler({ url })).toEqual({ action: 'deny' });
    expect(electron.openedOutside).toEqual([]);
    expect(window.webContents.openHandler({ url: 'https://arxiv.org/abs/1312.6114' })).toEqual({
      action: 'deny',
    });
    expect(electron.openedOutside).toEqual(['https://arxiv.org/abs/1312.6114']);
    expect(isHttps('https:')).toBe(false);
  });

  test('is permitted nothing but to copy', () => {
    const permissions = [
      'media',
      'geolocation',
      'notifications',
      'usb',
      'hid',
      'serial',
      'midi',
      'clipboard-read',
      'fullscreen',
      'openExternal',
      'fileSystem',
      'display-capture',
      'pointerLock',
    ];
    for (const permission of permissions) {
      let granted: unknown = null;
      electron.state.permissions.request(
        window.webContents,
        permission,
        (answer: unknown) => (granted = answer),
      );
      expect([permission, granted]).toEqual([permission, false]);
      expect(electron.state.permissions.check(null, permission, 'app://latentscape')).toBe(false);
    }
    expect(electron.state.permissions.device(null, 'usb', null)).toBe(false);
    expect(electron.state.permissions.check(null, 'clipboard-sanitized-write', 'app://latentscape')).toBe(
      true,
    );
    expect(electron.state.permissions.check(null, 'clipboard-sanitized-write', 'https://evil.com')).toBe(
      false,
    );
  });

  test('whose page died is loaded again, and told how the engine is', () => {
    window.webContents.emit('render-process-gone', {}, { reason: 'oom' });
    expect(window.webContents.reloads).toBe(1);
    window.webContents.emit('did-finish-load');
    expect(window.webContents.sent.at(-1)).toEqual({
      channel: IPC.news,
      value: { kind: 'engine', state: { kind: 'starting' } },
    });
  });
});

describe('the page', () => {
  const fetchPage = (url: string, method = 'GET') =>
    electron.protocols.get('app')!({ url, method } as Request);

  test('has a scheme with an origin of its own', () => {
    expect(electron.state.schemes).toEqual([
      { scheme: 'app', privileges: expect.objectContaining({ standard: true, secure: true }) as unknown },
    ]);
    expect(JSON.stringify(electron.state.schemes)).not.toMatch(/bypassCSP|allowServiceWorkers|corsEnabled/);
  });

  test('comes with its policy', async () => {
    for (const [path, type] of [
      ['', 'text/html; charset=utf-8'],
      ['assets/index.js', 'text/javascript; charset=utf-8'],
    ] as const) {
      const answer = fetchPage(PAGE + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe(type);
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).toContain("connect-src 'self';");
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });

  test.each([
    'secret.pem',
    '../index.html',
    '%2e%2e/index.html',
    'assets/',
    'assets/..%2findex.html',
    'C:/x',
    '/etc/passwd',
    'index.html%00',
    'assets\\index.js',
  ])('has no %j', (path) => expect(fetchPage(PAGE + path).status).toBe(404));

  test('is nobody else’s and takes nothing', () => {
    expect(fetchPage('app://evil/index.html').status).toBe(404);
    expect(fetchPage('app://latentscape.evil/').status).toBe(404);
    expect(fetchPage(PAGE, 'POST').status).toBe(405);
  });
});

describe('messages', () => {
  test('a port to the engine, as soon as it is up', async () => {
    electron.ipc.emit(IPC.enginePort, eventFrom());
    const { posted } = window.webContents.mainFrame;
    expect(posted).toHaveLength(1);
    expect(posted[0]).toMatchObject({ channel: IPC.enginePort, ports: [expect.any(PortDouble) as unknown] });
    expect(engine().posted).toEqual([]);
    engine().emit('message', { kind: 'ready' });
    await expect
      .poll(() => engine().posted)
      .toEqual([{ message: { kind: 'port' }, ports: [expect.any(PortDouble) as unknown] }]);
  });

  test('saving goes through the native dialog, under a plain name', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(await invoke(IPC.saveFile, '../../.bashrc', bytes)).toEqual({ value: null });
    expect(electron.dialogs.at(-1)).toMatchObject({ kind: 'save', options: { defaultPath: '.bashrc' } });
    electron.state.nextSave = { canceled: false, filePath: '/home/me/walk.png' };
    expect(await invoke(IPC.saveFile, 'picture.png', bytes)).toEqual({ value: 'walk.png' });
    expect(written.get('/home/me/walk.png')).toEqual(bytes);
  });

  test('opening gives names and bytes, never paths', async () => {
    const filter = { name: 'Pictures', extensions: ['png', 'jpg'] };
    expect(await invoke(IPC.openFiles, filter)).toEqual({ value: [] });
    electron.state.nextOpen = { canceled: false, filePaths: [join(folder, 'secret.pem')] };
    const answer = (await invoke(IPC.openFiles, filter)) as { value: { name: string; bytes: Uint8Array }[] };
    expect(answer.value).toEqual([
      { name: 'secret.pem', bytes: new Uint8Array(await readFile(join(folder, 'secret.pem'))) },
    ]);
    electron.state.nextOpen = { canceled: false, filePaths: [join(folder, 'gone.png')] };
    expect(await invoke(IPC.openFiles, filter)).toMatchObject({
      error: {
        sentence:
          'This file cannot be read (gone.png); check that it is still there and that you may read it.',
      },
    });
  });

  test('are taken from the page’s own top frame only', async () => {
    const frames: (Frame | null)[] = [
      null,
      frameAt(PAGE, window.webContents.mainFrame),
      ...ELSEWHERE.map((url) => frameAt(url)),
    ];
    const stranger = { senderFrame: frameAt(PAGE), sender: new BrowserWindowDouble({}).webContents };
    BrowserWindowDouble.windows.pop();
    for (const event of [...frames.map((frame) => eventFrom(frame)), stranger]) {
      for (const [channel, ...args] of [
        [IPC.saveFile, 'a.png', new Uint8Array(1)],
        [IPC.openFiles, { name: 'x', extensions: ['png'] }],
        [IPC.showFolder, '/home/me/models'],
        [IPC.restartEngine],
      ] as [string, ...unknown[]][]) {
        expect(await electron.handlers.get(channel)!(event, ...args)).toMatchObject({
          error: { code: 'usage/sender' },
        });
      }
      electron.ipc.emit(IPC.enginePort, event);
      expect(event.senderFrame?.posted ?? []).toEqual([]);
    }
    expect(electron.dialogs).toEqual([]);
    expect(electron.state.shownFolders).toEqual([]);
  });

  test('a folder is shown by its whole path, never opened', async () => {
    expect(await invoke(IPC.showFolder, '/home/me/models/faces')).toEqual({ value: undefined });
    expect(electron.state.shownFolders).toEqual(['/home/me/models/faces']);
    for (const path of ['models', '', 'file:///etc', '~/models', 7, null]) {
      expect(await invoke(IPC.showFolder, path)).toMatchObject({ error: { code: 'usage/params' } });
    }
    expect(electron.state.shownFolders).toHaveLength(1);
  });

  test('1,000 malformed ones are refused one by one, and the main process goes on', async () => {
    const random = seededRandom(11);
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    const values: readonly unknown[] = [
      undefined,
      null,
      true,
      0,
      -1,
      NaN,
      Infinity,
      10n,
      '',
      'x',
      'x'.repeat(1_000_000),
      [],
      {},
      [[]],
      cyclic,
      new Map(),
      new Date(NaN),
      Symbol('s'),
      () => 1,
      new Error('x'),
      new Uint8Array(0),
      new Float32Array(4),
      new ArrayBuffer(8),
      Buffer.alloc(0),
      JSON.parse('{"__proto__":{"polluted":1}}'),
      { constructor: 1 },
      { name: 'x' },
      { extensions: ['png'] },
      { name: '', extensions: [] },
      { name: 'x', extensions: ['../x'] },
      { name: 'x', extensions: ['*'] },
      { name: 'x', extensions: ['png'], extra: 1 },
      { name: 5, extensions: 'png' },
      { name: 'x', extensions: Array.from({ length: 40 }, () => 'png') },
      {
        get name() {
          throw new Error('trap');
        },
      },
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('trap');
          },
          ownKeys: () => {
            throw new Error('trap');
          },
        },
      ),
    ];
    const channels = [IPC.saveFile, IPC.openFiles, IPC.restartEngine, IPC.showFolder];
    let refused = 0;
    for (let i = 0; i < 1_000; i++) {
      const channel = channels[i % channels.length]!;
      const count = channel === IPC.restartEngine ? 1 + random.integer(3) : random.integer(4);
      const args = Array.from({ length: count }, () => values[random.integer(values.length)]);
      const answer = (await invoke(channel, ...args)) as { error?: { code: string; sentence: string } };
      if (answer.error !== undefined) refused++;
      expect(answer.error?.sentence).toMatch(/^[A-Z].*\.$/);
    }
    expect(refused).toBe(1_000);
    expect(electron.dialogs).toEqual([]);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(await invoke(IPC.restartEngine)).toEqual({ value: undefined });
  });

  test('a suggested name is a name', () => {
    for (const [suggested, name] of [
      ['picture.png', 'picture.png'],
      ['/etc/passwd', 'passwd'],
      ['..\\..\\x.png', 'x.png'],
      ['C:\\Windows\\x.png', 'x.png'],
      ['a::$DATA', 'a__$DATA'],
      ['..', 'latentscape'],
      ['/', 'latentscape'],
      ['a\u0000\n.png', 'a__.png'],
    ] as const) {
      expect(plainName(suggested)).toBe(name);
    }
  });
});

describe('the engine', () => {
  test('runs in a utility process whose output is read', () => {
    expect(engine().script).toBe('/out/engine.js');
    expect(engine().options).toMatchObject({ stdio: 'pipe', serviceName: 'Latentscape engine' });
    expect(engine().stdout.listenerCount('data')).toBe(1);
    expect(engine().stderr.listenerCount('data')).toBe(1);
  });

  test('its state goes to the window, with the reason that Electron gives', async () => {
    const states = () =>
      window.webContents.sent.filter(({ channel }) => channel === IPC.news).map(({ value }) => value);
    engine().emit('message', { kind: 'ready' });
    expect(states().at(-1)).toEqual({ kind: 'engine', state: { kind: 'ready' } });
    electron.app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed' });
    electron.app.emit(
      'child-process-gone',
      {},
      { type: 'Utility', name: 'Latentscape engine', reason: 'oom' },
    );
    engine().die(0);
    engine().die(0);
    expect(states().at(-1)).toEqual({
      kind: 'engine',
      state: { kind: 'restarting', why: 'it ran out of memory', attempt: 1 },
    });
    await expect.poll(() => electron.engines.length).toBe(2);
  });

  test('given up: a port is closed, and a person starts it again', async () => {
    for (let death = 0; death < 4; death++) {
      await expect.poll(() => electron.engines.length, { timeout: 3_000 }).toBe(death + 1);
      engine().die(1);
    }
    expect(supervisor.state.kind).toBe('stopped');
    electron.ipc.emit(IPC.enginePort, eventFrom());
    await Promise.resolve();
    expect(await invoke(IPC.restartEngine)).toEqual({ value: undefined });
    expect(supervisor.state.kind).toBe('starting');
    expect(electron.engines).toHaveLength(5);
  });
});

describe('the menu', () => {
  const items = (): MenuItemConstructorOptions[] => {
    const flatten = (list: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
      list.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])]);
    return flatten(electron.state.menu);
  };

  test('has every command once, and sends it to the window', () => {
    const sent = (): unknown[] => window.webContents.sent.map(({ value }) => value);
    const before = sent().length;
    for (const { click } of items()) click?.({} as never, undefined, {} as never);
    const commands = sent()
      .slice(before)
      .map((news) => (news as { command: string }).command);
    expect([...commands].sort()).toEqual(COMMANDS.flatMap((each) => ('menu' in each ? each.id : [])).sort());
  });

  test('has no two keys alike, and no reload that would lose the point', () => {
    const accelerators = items().flatMap(({ accelerator }) => accelerator ?? []);
    expect(new Set(accelerators).size).toBe(accelerators.length);
    expect(items().map(({ role }) => role)).not.toContain('reload');
  });
});

describe('one at a time', () => {
  test('a second Latentscape brings the first to the front and ends', async () => {
    electron.app.emit('second-instance', {}, ['--evil'], '/');
    expect(window.calls).toEqual(['restore', 'focus']);
    const second = createElectronDouble();
    second.app.hasLock = false;
    const started = await startDesktop(second.parts, {
      places: {
        engineScript: '/out/engine.js',
        trainerScript: '/out/trainer.js',
        inspectorScript: '/out/inspector.js',
        preload: '/out/preload.cjs',
        pageFolder: folder,
      },
      write: () => Promise.resolve(),
    });
    expect(started).toBeNull();
    expect(second.app.quits).toBe(1);
    expect(second.engines).toEqual([]);
    expect(BrowserWindowDouble.windows).toEqual([]);
  });

  test('quitting ends the engine first', async () => {
    let quit = false;
    electron.app.on('quit', () => (quit = true));
    electron.app.quit();
    expect(quit).toBe(false);
    await expect.poll(() => quit).toBe(true);
    expect(engine().dead).toBe(true);
    expect(supervisor.state.kind).toBe('stopped');
  });
});
