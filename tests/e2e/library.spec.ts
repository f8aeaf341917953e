// The Library as people use it: a model goes out as a file and comes in again, is renamed, described, removed and brought back; what
// cannot be opened is answered with a sentence and leaves the library as it was.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { appRoot, expect, test, waitForPicture } from './fixtures/app';
import { expectNoViolation, isSettled, PATIENCE, switchTo } from './fixtures/settled';

const BUNDLED = 'fashion-vae-2d';
const bundled = readdirSync(join(appRoot, 'models'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
).length;
let folder: string | null = null; // none where a test was skipped
const inFolder = (name: string): string => join(folder ?? '', name);
test.beforeEach(async ({ app: { page } }) => {
  folder = mkdtempSync(join(tmpdir(), 'latentscape-library-'));
  await switchTo(page, 'Library');
});
test.afterEach(() => {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
  folder = null;
});

const tile = (page: Page, model: string): Locator => page.locator(`article[data-model="${model}"]`);
const dialog = (page: Page): Locator => page.locator('dialog[open]');
const importButton = (page: Page): Locator =>
  dialog(page).getByRole('button', { name: 'Import', exact: true });
const choose = async (page: Page, model: string, what: string): Promise<void> => {
  await tile(page, model)
    .getByRole('button', { name: /^What to do with/ })
    .click();
  await page.getByRole('button', { name: what, exact: true }).click();
};

/** The bundled plane of clothes as ONNX, or another model, made by the app itself. */
async function exportOnnx(page: Page, model = BUNDLED, name = 'clothes.onnx'): Promise<string> {
  const download = page.waitForEvent('download');
  await choose(page, model, 'ONNX');
  const path = inFolder(name);
  await (await download).saveAs(path);
  return path;
}

async function importFile(page: Page, path: string): Promise<void> {
  await page.getByLabel('Files of a model').setInputFiles(path);
  await expect(importButton(page)).toBeEnabled(PATIENCE);
}

const pixels = (page: Page): Promise<number[]> =>
  page.getByTestId('picture').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  });

test('a model goes out as ONNX, comes in again, and gives the same picture at the same point', async ({
  app: { page, complaints },
}) => {
  const path = await exportOnnx(page);
  await importFile(page, path);
  await expect(dialog(page)).toContainText('ONNX model: clothes.onnx');
  await expect(dialog(page).getByRole('img', { name: '16 samples of the prior' })).toBeVisible();
  await expect(dialog(page).getByRole('radio', { name: 'N(0, 1)' })).toBeChecked();
  await dialog(page).getByRole('textbox', { name: 'Name' }).fill('Clothes from afar');
  await importButton(page).click();
  // at once in the Explore view, with its plane and its grid
  await expect(page.getByRole('button', { name: 'Model: Clothes from afar' })).toBeVisible();
  await waitForPicture(page);
  await isSettled(page.getByTestId('picture'));
  const atOrigin = await pixels(page);
  await expect(page.getByTestId('plane')).toBeVisible();
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('button', { name: /^Fashion, a plane of clothes/ }).click();
  await expect(page.getByRole('button', { name: /^Model: Fashion/ })).toBeVisible();
  await expect
    .poll(
      async () =>
        (await pixels(page)).filter((value, i) => Math.abs(value - (atOrigin[i] ?? 999)) > 1).length,
    )
    .toBe(0);
  expect(complaints).toEqual([]);
});

test('every guess can be corrected by hand, live', async ({ app: { page } }) => {
  await importFile(page, await exportOnnx(page));
  const wall = dialog(page).getByRole('img', { name: '16 samples of the prior' });
  const look = (): Promise<string> => wall.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await look();
  await dialog(page).getByRole('combobox', { name: 'Range of the picture' }).selectOption('-1,1');
  await expect.poll(look).not.toBe(before);
  const greyer = await look();
  await dialog(page).getByRole('radio', { name: 'U(0, 1)' }).click();
  await expect.poll(look).not.toBe(greyer);
  // a size that cannot be is said, and nothing can be imported until it is mended
  await dialog(page).getByRole('textbox', { name: 'Height of the picture' }).fill('29');
  await page.keyboard.press('Enter');
  await expect(dialog(page).getByRole('alert')).toContainText(/28|29/);
  await expect(importButton(page)).toBeDisabled();
  await dialog(page).getByRole('textbox', { name: 'Height of the picture' }).fill('28');
  await page.keyboard.press('Enter');
  await expect(importButton(page)).toBeEnabled();
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText(`${bundled} of ${bundled} models`)).toBeVisible();
});

test('of two generators in a zip the one that is chosen comes in, under its own name', async ({
  app: { page, complaints },
}) => {
  const files = ['clothes.onnx', 'digits.onnx'];
  await exportOnnx(page, BUNDLED, files[0]);
  await exportOnnx(page, 'digits-vae-2d', files[1]);
  const both = inFolder('both.zip');
  writeFileSync(
    both,
    zipSync(Object.fromEntries(files.map((file) => [file, new Uint8Array(readFileSync(inFolder(file)))]))),
  );
  await importFile(page, both);
  const name = dialog(page).getByRole('textbox', { name: 'Name' });
  await expect(name).toHaveValue('Fashion, a plane of clothes');
  const which = dialog(page).getByRole('combobox', { name: 'Which network is the generator' });
  await which.focus();
  await which.selectOption('digits.onnx');
  await importButton(page).click(); // at once: not before the other was looked at
  await expect(page.getByRole('button', { name: 'Model: Digits, a plane of handwriting' })).toBeVisible(
    PATIENCE,
  );
  await waitForPicture(page);
  await isSettled(page.getByTestId('picture'));
  const atOrigin = await pixels(page);
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page
    .getByRole('button', { name: /^Digits, a plane/ })
    .filter({ hasNotText: 'your library' })
    .click();
  await expect(page.getByRole('button', { name: 'Model: Digits, a plane of handwriting' })).toBeVisible();
  await isSettled(page.getByTestId('picture'));
  const own = await pixels(page);
  expect(Math.max(...own.map((value, at) => Math.abs(value - atOrigin[at]!)))).toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
});

test('renamed, described, removed, and brought back', async ({ app: { page } }) => {
  await importFile(page, await exportOnnx(page));
  await importButton(page).click();
  await waitForPicture(page);
  await switchTo(page, 'Library');
  const own = page.locator('article').filter({ hasNotText: 'comes with the app' });
  await expect(own).toHaveCount(1);
  const id = (await own.getAttribute('data-model'))!;

  await choose(page, id, 'Rename');
  await page.getByRole('textbox', { name: 'New name' }).fill('My clothes');
  await page.keyboard.press('Enter');
  await expect(own.getByRole('heading', { name: 'My clothes' })).toBeVisible();

  await choose(page, id, 'Read or edit the card…');
  await dialog(page).getByRole('button', { name: 'Write' }).click();
  await dialog(page).getByRole('textbox', { name: 'Card, in Markdown' }).fill('# Found in the attic');
  await dialog(page).getByRole('button', { name: 'Save the card' }).click();
  await expect(dialog(page)).toHaveCount(0);
  await choose(page, id, 'Read or edit the card…');
  await expect(dialog(page).getByRole('heading', { name: 'Found in the attic' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('searchbox', { name: 'Search the library' }).fill('my cloth');
  await expect(page.getByText(`1 of ${bundled + 1} models`)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search the library' }).fill('no such thing');
  await expect(page.getByRole('heading', { name: 'Nothing here is called that' })).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();

  await page.clock.install();
  await choose(page, id, 'Remove');
  await expect(own).toHaveCount(0);
  // the way back does not go from under the pointer, nor from under the focus
  const undo = page.getByRole('button', { name: 'Undo', exact: true });
  await undo.hover();
  await page.clock.fastForward(60_000);
  await undo.focus();
  await page.mouse.move(5, 300);
  await page.clock.fastForward(60_000);
  await undo.press('Enter');
  await expect(own.getByRole('heading', { name: 'My clothes' })).toBeVisible();
});

test('the same file twice is met by the first', async ({ app: { page } }) => {
  const path = await exportOnnx(page);
  await importFile(page, path);
  await importButton(page).click();
  await waitForPicture(page);
  await switchTo(page, 'Library');
  await importFile(page, path);
  await expect(dialog(page)).toContainText('is in your library already');
  await dialog(page).getByRole('button', { name: 'Explore it' }).click();
  await expect(dialog(page)).toHaveCount(0);
  await waitForPicture(page);
});

test('from an address, with its checksum', async ({ app: { page } }) => {
  const bytes = readFileSync(await exportOnnx(page));
  const server = createServer((_request, answer) => {
    answer.setHeader('content-length', bytes.length);
    answer.end(bytes);
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await page.getByRole('button', { name: 'Address…' }).click();
    await page
      .getByRole('textbox', { name: 'Address or path of a model' })
      .fill(`http://127.0.0.1:${port}/clothes.onnx`);
    await page.keyboard.press('Enter');
    await expect(importButton(page)).toBeEnabled(PATIENCE);
    await expect(dialog(page)).toContainText(createHash('sha256').update(bytes).digest('hex'));
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  } finally {
    server.close();
  }
});

test('what cannot be opened gets one sentence, and the library is as it was', async ({
  app: { page, complaints },
}) => {
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['letter.onnx', new TextEncoder().encode('Dear all,')],
    ['model.json', new TextEncoder().encode('{"modelTopology": null}')],
    ['half.onnx', readFileSync(await exportOnnx(page)).subarray(0, 40_000)],
  ];
  for (const [name, bytes] of cases) {
    const path = inFolder(`x-${name}`);
    writeFileSync(path, bytes);
    await page.getByLabel('Files of a model').setInputFiles(path);
    await expect(dialog(page).getByRole('heading', { name: 'This cannot be opened' })).toBeVisible(PATIENCE);
    await expect(dialog(page).getByRole('alert')).toHaveText(/^[A-Z][^\n]*\.$/);
    await dialog(page).getByRole('button', { name: 'Close', exact: true }).last().click();
  }
  await expect(page.getByText(`${bundled} of ${bundled} models`)).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a model dropped on any place is looked at there; a picture keeps its meaning', async ({
  app: { page, complaints },
}) => {
  test.setTimeout(180_000);
  const bytes = [...readFileSync(await exportOnnx(page))];
  const dropOn = (name: string, content: readonly number[]): Promise<void> =>
    page.evaluate(
      ([file, data]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(data)], file));
        const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector('main')!.dispatchEvent(event);
      },
      [name, content] as const,
    );
  for (const place of ['Explore', 'Map', 'Interpolate', 'Arithmetic', 'Train']) {
    await page.getByRole('radio', { name: place, exact: true }).check({ force: true });
    await dropOn('clothes.onnx', bytes);
    await expect(dialog(page), place).toContainText('clothes.onnx', { timeout: 30_000 });
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog(page)).toHaveCount(0);
  }
  await page.getByRole('radio', { name: 'Explore', exact: true }).check({ force: true });
  const picture = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 28, height: 28 });
    canvas.getContext('2d')!.fillRect(4, 4, 20, 20);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    return [...new Uint8Array(await blob!.arrayBuffer())];
  });
  await dropOn('mine.png', picture);
  await expect(page.getByRole('region', { name: 'Your pictures' })).toContainText('mine.png');
  expect(complaints).toEqual([]);
});

test('what comes in the moment another is put away is opened', async ({ app: { page } }) => {
  writeFileSync(inFolder('letter.onnx'), 'Dear all,');
  await page.getByLabel('Files of a model').setInputFiles(inFolder('letter.onnx'));
  await expect(dialog(page).getByRole('heading', { name: 'This cannot be opened' })).toBeVisible(PATIENCE);
  // the browser tells of the sheet's closing only after both
  await page.getByLabel('Files of a model').evaluate((input) => {
    const [close] = [...document.querySelectorAll<HTMLElement>('dialog[open] button')].slice(-1);
    const files = new DataTransfer();
    files.items.add(new File(['Dear both,'], 'second.onnx'));
    close!.click();
    (input as HTMLInputElement).files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await expect(dialog(page).getByRole('alert')).toContainText('second.onnx', PATIENCE);
});

test('no violation of accessibility, wide and narrow, light and dark', async ({ app: { page } }) => {
  const clean = (where: string): Promise<void> => expectNoViolation(page, where);
  const path = await exportOnnx(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await clean(`library, ${colorScheme}`);
    await tile(page, BUNDLED)
      .getByRole('button', { name: /^What to do with/ })
      .click();
    await clean(`menu, ${colorScheme}`);
    await page.keyboard.press('Escape');
    await importFile(page, path);
    await clean(`import, ${colorScheme}`);
    await page.setViewportSize({ width: 390, height: 800 });
    await clean(`narrow import, ${colorScheme}`);
    await dialog(page).getByRole('button', { name: 'Cancel' }).click();
    await clean(`narrow library, ${colorScheme}`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});
