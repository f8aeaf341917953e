// Work that is kept: everything is there again after the engine, the server and the page are gone, and can still be undone; a second tab
// reads and does not write; a project goes to another machine with its model inside.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import {
  appRoot,
  expect,
  listen,
  startServe,
  test as base,
  waitForPicture,
  type Serve,
} from './fixtures/app';
import { expectNoViolation, PATIENCE, switchTo } from './fixtures/settled';

/** Each test starts servers and opens models several times. */
const LONG = 480_000;

interface Opened {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly serve: Serve;
}
interface Desk {
  /** A fresh server on a home, with one tab. */
  readonly open: (home: string) => Promise<Opened>;
  readonly home: (name: string) => string;
}

const test = base.extend<{ desk: Desk }>({
  desk: async ({ browser }, use, testInfo) => {
    if (testInfo.project.name === 'electron')
      testInfo.skip(true, 'What a server does is tested in the browser.');
    const root = mkdtempSync(join(tmpdir(), 'latentscape-projects-'));
    const serves: Serve[] = [];
    const open = async (home: string): Promise<Opened> => {
      const serve = await startServe(home);
      serves.push(serve);
      return { ...(await openTab(browser, serve.url)), serve };
    };
    try {
      await use({ open, home: (name) => join(root, name) });
    } finally {
      for (const serve of serves) await serve.stop();
      rmSync(root, { recursive: true, force: true });
    }
  },
});

async function openTab(browser: Browser, url: string): Promise<Pick<Opened, 'page' | 'complaints'>> {
  const page = await (await browser.newContext()).newPage();
  const complaints = listen(page);
  await page.goto(url);
  await waitForPicture(page);
  return { page, complaints };
}

test.setTimeout(LONG);

const menuButton = (page: Page) => page.getByRole('button', { name: /^Project: / });
const isSaved = (page: Page) => expect(menuButton(page)).toHaveAccessibleName(/, Saved$/, PATIENCE);
const pointOf = (page: Page): Promise<string[]> =>
  Promise.all(['z1', 'z2'].map((name) => page.getByRole('textbox', { name, exact: true }).inputValue()));
const type = async (page: Page, name: string, value: string): Promise<void> => {
  await page.getByRole('textbox', { name, exact: true }).fill(value);
  await page.keyboard.press('Enter');
};
const openMenu = async (page: Page) => {
  await menuButton(page).click();
  return page.getByTestId('project-menu');
};

test('kill -9 of the server and its engine, and the page closed: all is there, and undo goes on', async ({
  desk,
}) => {
  const home = desk.home('a');
  const one = await desk.open(home);
  for (const value of ['0.25', '0.5', '-1.25']) await type(one.page, 'z1', value);
  await type(one.page, 'z2', '1.5');
  const menu = await openMenu(one.page);
  await menu.getByLabel('Notes').fill('Bags are above.');
  await one.page.keyboard.press('Escape');
  await isSaved(one.page);
  process.kill(one.serve.pid, 'SIGKILL'); // its engine ends with it, at once and without a word
  await one.page.context().close();

  const two = await desk.open(home);
  await expect.poll(() => pointOf(two.page), PATIENCE).toEqual(['-1.25', '1.5']);
  await expect(two.page.getByTestId('project-banner')).toHaveCount(0);
  await expect((await openMenu(two.page)).getByLabel('Notes')).toHaveValue('Bags are above.');
  await two.page.keyboard.press('Escape');
  const undo = two.page.getByRole('button', { name: 'Undo', exact: true });
  for (const expected of [
    ['-1.25', '0'],
    ['0.5', '0'],
    ['0.25', '0'],
    ['0', '0'],
  ]) {
    await undo.click();
    await expect.poll(() => pointOf(two.page)).toEqual(expected);
  }
  await expect(undo).toBeDisabled();
  for (let step = 0; step < 4; step++)
    await two.page.getByRole('button', { name: 'Redo', exact: true }).click();
  await expect.poll(() => pointOf(two.page)).toEqual(['-1.25', '1.5']);
  expect(two.complaints).toEqual([]);
});

test('a second tab reads; it duplicates to edit, and the first goes on', async ({ desk, browser }) => {
  const { page, serve, complaints } = await desk.open(desk.home('b'));
  await type(page, 'z1', '0.75');
  const menu = await openMenu(page);
  await menu.getByLabel('Name of the project').fill('Shoes');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await isSaved(page);

  const second = await page.context().newPage();
  const wrong = listen(second);
  await second.goto(serve.url.replace(/#.*/, ''));
  await waitForPicture(second);
  const banner = second.getByTestId('project-banner');
  await expect(banner).toContainText('“Shoes” is open in another window', PATIENCE);
  await expect(menuButton(second)).toHaveAccessibleName('Project: Shoes, Read-only');
  await expect.poll(async () => (await pointOf(second))[0]).toBe('0.75');
  await type(second, 'z1', '2');
  await second.waitForTimeout(1500); // long enough for a save, which must not be

  await type(page, 'z2', '-0.5');
  await isSaved(page);
  await banner.getByRole('button', { name: 'Duplicate to edit' }).click();
  await expect(banner).toHaveCount(0, PATIENCE);
  await expect(menuButton(second)).toHaveAccessibleName('Project: Shoes copy, Saved', PATIENCE);

  // what the second made is in its copy, what the first made is in the original
  const third = await openTab(browser, serve.url).catch(() => null);
  expect(third).toBeNull(); // its link is spent; the list says it instead
  await page.reload();
  await waitForPicture(page);
  const list = await openMenu(page);
  await expect(list.getByRole('button', { name: /^Shoes copy/ })).toBeVisible();
  await page.keyboard.press('Escape');
  expect([...complaints, ...wrong]).toEqual([]);
});

test('a new project begins anew, others are opened, removed and brought back; no violation', async ({
  desk,
}) => {
  const { page, complaints } = await desk.open(desk.home('c'));
  await type(page, 'z1', '0.75');
  await isSaved(page);
  let menu = await openMenu(page);
  await menu.getByRole('button', { name: 'New', exact: true }).click();
  await page.keyboard.press('Escape');
  await expect.poll(() => pointOf(page)).toEqual(['0', '0']);
  await type(page, 'z1', '-2');
  await isSaved(page);

  menu = await openMenu(page);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await expectNoViolation(page, `menu, ${theme}`);
  }
  await menu.getByRole('button', { name: /^Unnamed project (?!this one)/ }).click();
  await expect.poll(() => pointOf(page), PATIENCE).toEqual(['0.75', '0']);

  menu = await openMenu(page);
  const rows = menu.getByRole('button', { name: /^Unnamed project/ });
  await expect(rows).toHaveCount(2);
  await menu.getByRole('button', { name: 'Remove Unnamed project' }).first().click();
  await expect(rows).toHaveCount(1, PATIENCE);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
  await expect(rows).toHaveCount(0); // the menu is closed
  menu = await openMenu(page);
  await expect(menu.getByRole('button', { name: /^Unnamed project/ })).toHaveCount(2, PATIENCE);
  expect(complaints).toEqual([]);
});

test('to another machine, with the model inside; the command line renders what the window saves', async ({
  desk,
}) => {
  const [from, to] = [desk.home('from'), desk.home('to')];
  ownPack(from, 'own-digits');
  const one = await desk.open(from);
  await one.page.getByRole('button', { name: /^Model: / }).click();
  await one.page.getByRole('button', { name: /My digits/ }).click();
  await expect(one.page.getByRole('button', { name: 'Model: My digits' })).toBeVisible(PATIENCE);
  await waitForPicture(one.page);
  await type(one.page, 'z1', '1.25');
  await isSaved(one.page);
  const picture = one.page.waitForEvent('download');
  await one.page.keyboard.press('Control+s');
  const saved = readFileSync(await (await picture).path());

  await (await openMenu(one.page)).getByRole('button', { name: 'Export…' }).click();
  await one.page.getByLabel('With the models inside').check();
  const download = one.page.waitForEvent('download');
  await one.page.getByRole('dialog').getByRole('button', { name: 'Export', exact: true }).click();
  const file = desk.home('travels.latentscape');
  await (await download).saveAs(file);

  const two = await desk.open(to);
  const chooser = two.page.waitForEvent('filechooser');
  await (await openMenu(two.page)).getByRole('button', { name: 'Open file…' }).click();
  await (await chooser).setFiles(file);
  const models = two.page.getByTestId('project-models');
  await expect(models).toContainText('“My digits” (own-digits), which is not in your library', PATIENCE);
  await models.getByRole('button', { name: 'Look at it…' }).click();
  const accept = two.page.locator('dialog[open]').getByRole('button', { name: 'Import', exact: true });
  await expect(accept).toBeEnabled(PATIENCE);
  await accept.click();
  await expect(models).toHaveCount(0, PATIENCE);
  await expect(two.page.getByRole('button', { name: 'Model: My digits' })).toBeVisible(PATIENCE);
  await expect.poll(async () => (await pointOf(two.page))[0], PATIENCE).toBe('1.25');

  const out = desk.home('rendered.png');
  await cli(to, 'project', 'render', file, '--out', out);
  expect(readFileSync(out).equals(saved)).toBe(true);
  expect([...one.complaints, ...two.complaints]).toEqual([]);
});

test('projects of every released version open whole, and can be undone', async ({ desk }) => {
  const { page, complaints } = await desk.open(desk.home('old'));
  const chooser = page.waitForEvent('filechooser');
  await (await openMenu(page)).getByRole('button', { name: 'Open file…' }).click();
  await (await chooser).setFiles(join(appRoot, 'tests', 'fixtures', 'projects', 'v1', 'digits.latentscape'));
  await expect(menuButton(page)).toHaveAccessibleName('Project: Digits, version 1, Saved', PATIENCE);
  await expect.poll(() => pointOf(page), PATIENCE).toEqual(['-1.4474825', '0.92747676']);
  // a part that could not be read would be said here
  await expect(page.getByTestId('project-banner')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect.poll(() => pointOf(page)).toEqual(['-0.3', '-1.25']);
  await switchTo(page, 'Arithmetic');
  await expect(page.getByRole('textbox', { name: /sum/i }).first()).toHaveValue(
    'seed:1 - seed:2 + seed:3',
    PATIENCE,
  );
  expect(complaints).toEqual([]);
});

async function cli(home: string, ...args: readonly string[]): Promise<void> {
  const { execFile } = await import('node:child_process');
  await new Promise<void>((resolve, reject) => {
    const env = { ...process.env, LATENTSCAPE_HOME: home };
    execFile(process.execPath, [join(appRoot, 'out', 'main', 'cli.js'), ...args], { env }, (error) =>
      error === null ? resolve() : reject(error),
    );
  });
}

/** The bundled digits, off by one bit: a model that no other machine has. */
function ownPack(home: string, id: string): void {
  const folder = join(home, 'models', id);
  mkdirSync(folder, { recursive: true });
  cpSync(join(appRoot, 'models', 'digits-vae-2d'), folder, { recursive: true });
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as {
    id: string;
    title: string;
    readonly generator: { readonly file: string };
    readonly files: Record<string, string>;
  };
  const { file } = manifest.generator;
  const weights = readFileSync(join(folder, file));
  weights[weights.length - 4]! ^= 1; // the last bit of the last weight
  writeFileSync(join(folder, file), weights);
  Object.assign(manifest, { id, title: 'My digits' });
  manifest.files[file] = createHash('sha256').update(weights).digest('hex');
  writeFileSync(path, JSON.stringify(manifest));
}
