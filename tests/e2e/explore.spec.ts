// The Explore view as hands use it, in the real app: every gesture ends in the picture that the command line makes of the same point.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { gridAxis } from '#shared/latent-math';
import { latentOfSeed } from '#shared/random';
import { appRoot, expect, test, waitForPicture } from './fixtures/app';
import { isGridSettled, isSettled } from './fixtures/settled';

const MODEL = 'fashion-vae-2d';
const NORMAL = { kind: 'normal' } as const;

const box = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const pointOf = async (page: Page): Promise<number[]> =>
  Promise.all(['z1', 'z2'].map(async (name) => Number(await box(page, name).inputValue())));
/** Numbers follow the hand on a beat of their own: wait until both say this. */
const expectPoint = (page: Page, z: readonly number[]): Promise<void> =>
  expect.poll(() => pointOf(page)).toEqual(z);

async function setPoint(page: Page, z: readonly number[]): Promise<void> {
  for (const [i, value] of z.entries()) {
    await box(page, `z${i + 1}`).fill(String(value));
    await box(page, `z${i + 1}`).press('Enter');
  }
}

/** The canvas, whose pixels are exactly the model's. */
const picturePixels = (page: Page): Promise<number[]> =>
  page.getByTestId('picture').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return [...data].filter((_, i) => i % 4 === 0);
  });

async function cliPixels(z: readonly number[]): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'latentscape-explore-'));
  try {
    writeFileSync(join(folder, 'z.json'), JSON.stringify(z));
    const out = join(folder, 'x.png');
    execFileSync(process.execPath, [
      ...[join(appRoot, 'out', 'main', 'cli.js'), 'decode', MODEL],
      ...['--z', join(folder, 'z.json'), '--out', out, '--scale', '1'],
    ]);
    const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
    return [...data].filter((_, i) => i % info.channels === 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** How many pixels are not the same: short to read where a test fails. */
const differing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((value, i) => value !== b[i]).length + Math.abs(a.length - b.length);

const expectPicture = (page: Page, pixels: readonly number[]): Promise<void> =>
  expect.poll(async () => differing(await picturePixels(page), pixels)).toBe(0);

async function place(page: Page, testid: string, u: number, v: number): Promise<[number, number]> {
  const { x, y, width, height } = (await page.getByTestId(testid).boundingBox())!;
  return [x + u * width, y + v * height];
}

test('a drag over the plane ends in the bytes that the command line decodes, and is one step of undo', async ({
  app: { page, complaints },
}) => {
  const before = await picturePixels(page);
  await page.mouse.move(...(await place(page, 'plane', 0.5, 0.5)));
  await page.mouse.down();
  for (let i = 1; i <= 30; i++)
    await page.mouse.move(...(await place(page, 'plane', 0.5 + i / 150, 0.5 - i / 200)));
  await page.mouse.up();
  await expect.poll(async () => differing(await picturePixels(page), before)).not.toBe(0);

  const { z } = await lastDrawn(page);
  await expectPoint(page, z);
  expect(differing(await picturePixels(page), await cliPixels(z))).toBe(0);
  await expect(page.getByTestId('latency')).toContainText('ms');

  await page.keyboard.press('Control+z');
  await expectPoint(page, [0, 0]);
  await expectPicture(page, before);
  await page.keyboard.press('Control+Shift+z');
  await expectPoint(page, z);
  expect(complaints).toEqual([]);
});

test('the grid of two dimensions stays as it is while the point is dragged', async ({ app: { page } }) => {
  await expect(page.getByTestId('grid')).toHaveJSProperty('width', 20 * 28);
  const asked = (): Promise<number | undefined> =>
    page.evaluate(() => performance.getEntriesByName('grid').at(-1)?.startTime);
  await expect.poll(asked).toBeGreaterThan(0);
  const before = await asked();
  for (const testid of ['plane', 'grid']) {
    await page.mouse.move(...(await place(page, testid, 0.5, 0.5)));
    await page.mouse.down();
    await page.mouse.move(...(await place(page, testid, 0.7, 0.4)), { steps: 12 });
    await page.mouse.up();
    // whatever a drag asks for has been asked for once its own picture is there
    await isSettled(page.getByTestId('picture'));
    await isGridSettled(page);
  }
  await expect.poll(async () => (await pointOf(page))[0]).toBeGreaterThan(0.4);
  expect(await asked()).toBe(before);
});

test('exact numbers: Enter takes them, nonsense is explained in place, arrows step', async ({
  app: { page },
}) => {
  await setPoint(page, [0.5, -1.25]);
  await expectPoint(page, [0.5, -1.25]);
  await expectPicture(page, await cliPixels([0.5, -1.25]));

  for (const nonsense of ['abc', 'NaN', '', 'Infinity', '1e99']) {
    await box(page, 'z1').fill(nonsense);
    await box(page, 'z1').press('Enter');
    await expect(box(page, 'z1')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByRole('alert')).toBeVisible();
    await box(page, 'z1').press('Escape');
    await expectPoint(page, [0.5, -1.25]);
  }
  await box(page, 'z1').press('ArrowUp');
  await box(page, 'z1').press('Alt+ArrowUp');
  await expectPoint(page, [0.61, -1.25].map(Math.fround).map(short));
  await page.getByTestId('plane').focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expectPoint(page, [0.61, -1.75].map(Math.fround).map(short));
});

test('a seed is the same point everywhere; Home goes back to the origin', async ({ app: { page } }) => {
  await box(page, 'Seed').fill('7');
  await box(page, 'Seed').press('Enter');
  const wanted = [...latentOfSeed(7, 2, NORMAL)];
  await expect.poll(async () => (await pointOf(page)).map(Math.fround)).toEqual(wanted);
  await expect(box(page, 'Seed')).toHaveValue('7');
  await page.getByTestId('plane').focus();
  await page.keyboard.press('Home');
  await expectPoint(page, [0, 0]);
});

test('the grid: size and span, a click is the cell’s very latent, a drag goes on between the cells', async ({
  app: { page },
}) => {
  const grid = page.getByTestId('grid');
  await expect(grid).toHaveJSProperty('width', 20 * 28);
  await box(page, 'Pictures per side').fill('5');
  await box(page, 'Pictures per side').press('Enter');
  await expect(grid).toHaveJSProperty('width', 5 * 28);

  await page.mouse.click(...(await place(page, 'grid', 0.9, 0.1)));
  const axis = gridAxis(5, 2.5, NORMAL);
  await expect.poll(async () => (await pointOf(page)).map(Math.fround)).toEqual([axis[4], axis[4]]);
  // the cell shows what the large picture shows
  const cell = await grid.evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return [...canvas.getContext('2d')!.getImageData(4 * 28, 0, 28, 28).data].filter((_, i) => i % 4 === 0);
  });
  await expect
    .poll(async () => Math.max(...(await picturePixels(page)).map((value, i) => Math.abs(value - cell[i]!))))
    .toBeLessThanOrEqual(1);

  await page.mouse.move(...(await place(page, 'grid', 0.3, 0.5)));
  await page.mouse.down();
  await page.mouse.move(...(await place(page, 'grid', 0.5, 0.5)), { steps: 6 });
  await page.mouse.up();
  await expect.poll(async () => Math.max(...(await pointOf(page)).map(Math.abs))).toBeLessThan(0.02);

  await box(page, 'Pictures per side').fill('900');
  await box(page, 'Pictures per side').press('Enter');
  await expect(page.getByRole('alert')).toContainText('from 2 to 40');
});

test('the point goes through the clipboard; a point of the wrong length is explained', async ({
  app: { page },
}) => {
  await setPoint(page, [1.5, -0.5]);
  await page.getByTestId('plane').focus();
  const copied = await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    document.activeElement!.dispatchEvent(
      new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }),
    );
    return clipboardData.getData('text/plain');
  });
  expect(JSON.parse(copied)).toEqual({ model: MODEL, z: [1.5, -0.5] });
  await paste(page, '[0.25, 0.75]');
  await expectPoint(page, [0.25, 0.75]);
  await paste(page, copied);
  await expectPoint(page, [1.5, -0.5]);
  await paste(page, '[1, 2, 3]');
  await expect(page.getByRole('alert')).toHaveText(/This point has 3 numbers, but the model takes 2/);
  await expectPoint(page, [1.5, -0.5]);
});

test('hover shows a picture of the test set; the legend hides classes and shows one alone', async ({
  app: { page },
}) => {
  const specimen = page.getByRole('complementary', { name: 'Encoded picture' });
  await expect(specimen).toBeVisible();
  const first = await specimen.innerText();
  await page.mouse.move(...(await place(page, 'plane', 0.4, 0.6)));
  await page.mouse.move(...(await place(page, 'plane', 0.41, 0.6)));
  await expect.poll(() => specimen.innerText()).not.toBe(first);

  const classes = page.getByRole('list', { name: 'Classes' }).getByRole('button');
  await expect(classes).toHaveCount(10);
  await classes.nth(1).click();
  await expect(classes.nth(1)).toHaveAttribute('aria-pressed', 'false');
  await classes.nth(4).click({ modifiers: ['Shift'] });
  for (let i = 0; i < 10; i++) await expect(classes.nth(i)).toHaveAttribute('aria-pressed', String(i === 4));
  await classes.nth(4).click({ modifiers: ['Alt'] });
  await expect(classes.nth(0)).toHaveAttribute('aria-pressed', 'true');
});

test('zoom keeps the point; see all undoes it', async ({ app: { page } }) => {
  await page.mouse.move(...(await place(page, 'plane', 0.5, 0.5)));
  await page.mouse.wheel(0, -400);
  const all = page.getByRole('button', { name: 'See all' });
  await expect(all).toBeEnabled();
  expect(await pointOf(page)).toEqual([0, 0]);
  await all.click();
  await expect(all).toBeDisabled();
});

test('a picture of one’s own is encoded, listed, shown on the plane, and can be taken away; no picture is refused', async ({
  app: { page },
}) => {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Add…' }).click();
  await (
    await chooser
  ).setFiles({
    name: 'square.png',
    mimeType: 'image/png',
    buffer: await sharp({ create: { width: 60, height: 40, channels: 3, background: '#ddd' } })
      .png()
      .toBuffer(),
  });
  const own = page.getByRole('region', { name: 'Your pictures' });
  await expect(own.getByText('square.png')).toBeVisible();
  await expect(page.locator('.plane-markers image')).toHaveCount(1);
  await expect.poll(() => pointOf(page)).not.toEqual([0, 0]);
  const there = await pointOf(page);
  await page.getByTestId('plane').focus();
  await page.keyboard.press('Home');
  await own
    .getByRole('button', { name: /Go to|square/ })
    .first()
    .click();
  await expectPoint(page, there);

  await drop(page, 'notes.png', 'this is no picture');
  await expect(page.getByRole('alert')).toContainText('notes.png');
  await own.getByRole('button', { name: 'Remove square.png' }).click();
  await expect(page.locator('.plane-markers image')).toHaveCount(0);
});

test('the picture is saved as PNG with what makes it again', async ({ app: { page } }) => {
  await setPoint(page, [0.5, -1.25]);
  await expectPicture(page, await cliPixels([0.5, -1.25]));
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the picture as PNG' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${MODEL}_z_0.5_-1.25.png`);
  const bytes = readFileSync(await file.path());
  expect(bytes.toString('latin1')).toContain(JSON.stringify({ model: MODEL, z: [0.5, -1.25] }));
  const saved = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect(saved.info.width % 28).toBe(0);

  await isGridSettled(page);
  const gridDownload = page.waitForEvent('download');
  await page.keyboard.press('Control+Shift+s');
  expect((await gridDownload).suggestedFilename()).toBe(`${MODEL}_grid_20x20_span_2.5.png`);
});

test('another model opens; the theme is remembered', async ({ app: { page } }) => {
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('button', { name: /Digits/ }).click();
  await expect(page.getByRole('list', { name: 'Classes' }).getByRole('button').first()).toContainText(
    /0|zero/i,
  );
  await expect(page.getByTestId('picture')).toHaveAttribute('data-drawn', 'true');

  const background = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await background();
  await page.getByTestId('plane').focus();
  await page.keyboard.press('t');
  await expect.poll(background).not.toBe(before);
  const chosen = await background();
  await page.reload();
  await waitForPicture(page);
  await expect.poll(background).toBe(chosen);
});

/** The newest answer that the page says it drew. */
async function lastDrawn(page: Page): Promise<{ readonly z: number[] }> {
  await isSettled(page.getByTestId('picture'));
  return page
    .evaluate(
      () => (performance.getEntriesByName('drag').at(-1) as PerformanceMeasure).detail as { z: number[] },
    )
    .then(({ z }) => ({ z: z.map(short) }));
}

/** A 32-bit float as the box writes it. */
const short = (value: number): number => Number(value.toPrecision(7));

const paste = (page: Page, text: string): Promise<void> =>
  page.evaluate((value) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', value);
    document.body.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, text);

const drop = (page: Page, name: string, content: string): Promise<void> =>
  page.evaluate(
    ([fileName, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text!], fileName!, { type: 'image/png' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    [name, content],
  );
