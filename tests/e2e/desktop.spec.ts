// The desktop window without Electron's binary: the real main-process code, preload, page and engine, with a double of Electron
// between them. Electron itself (its sandbox, its menus on the screen) is not in it; see fixtures/app.ts for the project that has it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { ALIAS, openDesktopInChromium, type DesktopInChromium } from '../fixtures/electron-in-chromium';
import { appRoot, expect, listen, test as base, waitForPicture } from './fixtures/app';
import { PATIENCE } from './fixtures/settled';

interface Desktop extends DesktopInChromium {
  readonly complaints: readonly string[];
  readonly home: string;
}

const test = base.extend<{ desktop: Desktop }>({
  desktop: async ({ page }, use, testInfo) => {
    testInfo.skip(testInfo.project.name === 'electron', 'Electron itself is tested by the other files.');
    const home = await mkdtemp(join(tmpdir(), 'latentscape-desktop-'));
    process.env.LATENTSCAPE_HOME = home;
    const complaints = listen(page);
    const desktop = await openDesktopInChromium(page, join(appRoot, 'out'), writeFile);
    await waitForPicture(page);
    await use({ ...desktop, complaints, home });
    await desktop.close();
    delete process.env.LATENTSCAPE_HOME;
    await rm(home, { recursive: true, force: true });
  },
});

const click = ({ electron }: Desktop, label: string): void => {
  const flatten = (list: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
    list.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flatten(item.submenu) : [])]);
  const item = flatten(electron.state.menu).find((one) => one.label === label);
  item?.click?.({} as never, undefined, {} as never);
};

test('draws through a port to the engine, under the window’s policy, without a complaint', async ({
  page,
  desktop,
}) => {
  expect(page.url()).toBe(`${ALIAS}/`);
  expect(desktop.complaints).toEqual([]);
  const z1 = page.getByRole('textbox', { name: 'z1', exact: true });
  const before = await z1.inputValue();
  const pixels = (): Promise<string> =>
    page.getByTestId('picture').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const picture = await pixels();
  click(desktop, 'Random Point');
  await expect.poll(() => z1.inputValue()).not.toBe(before);
  await expect.poll(pixels).not.toBe(picture);
  expect(
    await page.evaluate(() => Object.keys((window as unknown as { latentscape: object }).latentscape).sort()),
  ).toEqual(['onNews', 'openFiles', 'requestEnginePort', 'restartEngine', 'saveFile', 'showFolder']);
});

test('saves a picture through the native dialog', async ({ desktop }) => {
  const path = join(desktop.home, 'mine.png');
  desktop.electron.state.nextSave = { canceled: false, filePath: path };
  click(desktop, 'Save Picture…');
  await expect
    .poll(() =>
      readFile(path)
        .catch(() => Buffer.alloc(0))
        .then((bytes) => bytes.subarray(1, 4).toString()),
    )
    .toBe('PNG');
  expect(desktop.electron.dialogs.at(-1)).toMatchObject({ kind: 'save' });
});

test('the engine killed with -9: a banner, and it works again, over a new port', async ({
  page,
  desktop,
}) => {
  const { pid } = desktop.supervisor;
  process.kill(pid!, 'SIGKILL');
  const isBack = ({ supervisor }: Desktop): boolean =>
    supervisor.state.kind === 'ready' && supervisor.pid !== pid;
  await expect.poll(() => isBack(desktop), PATIENCE).toBe(true);
  await expect(page.getByTestId('engine-banner')).toHaveCount(0, PATIENCE);
  const z1 = page.getByRole('textbox', { name: 'z1', exact: true });
  const picture = (): Promise<string> =>
    page.getByTestId('picture').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await picture();
  await z1.fill('1.25');
  await z1.press('Enter');
  await expect.poll(picture, PATIENCE).not.toBe(before);
});
