// Everything by its name: the palette, the help sheet, the clipboard in every place that shows points, and commands that make the very
// files that the window saves, run by a real shell.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { latentOfSeed } from '#shared/random';
import { appRoot, expect, waitForPicture } from './fixtures/app';
import { FACES, labelledPack, type Label } from './fixtures/labelled-pack';
import { expectNoViolation, isGridSettled, switchTo } from './fixtures/settled';
import { testInTab } from './fixtures/tab';

const NORMAL = { kind: 'normal' } as const;
const MODEL = 'labelled';
const ALONG = { smile: [1, 0], gender: [1, 1], glasses: [0, 1] } as Readonly<
  Record<string, readonly number[]>
>;
const LABELS: readonly Label[] = FACES.map((face) => ({ ...face, along: ALONG[face.name]! }));

const test = testInTab({
  name: 'commands',
  prepare: (home) => labelledPack(join(appRoot, 'models', 'fashion-vae-2d'), home, MODEL, 2, LABELS),
  begin: waitForPicture,
});

const palette = (page: Page) => page.getByRole('dialog', { name: 'Find anything' });
const chosen = (page: Page) => palette(page).getByRole('option', { selected: true });
async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'What to find' }).fill(text);
}
/** The first that was found. */
async function take(page: Page, text: string): Promise<void> {
  await find(page, text);
  await page.keyboard.press('Enter');
  await expect(palette(page)).toBeHidden();
}
const box = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const expectPoint = (page: Page, z: Iterable<number>): Promise<void> =>
  expect
    .poll(async () =>
      Promise.all(['z1', 'z2'].map(async (name) => Math.fround(Number(await box(page, name).inputValue())))),
    )
    .toEqual([...z].map(Math.fround));
const place = (page: Page, name: string) =>
  expect(page.getByRole('radio', { name, exact: true })).toBeChecked();

test('the palette finds places, models, seeds, points, sliders, steps and commands, from anywhere', async ({
  page,
}) => {
  for (const name of ['Train', 'Library', 'Arithmetic', 'Explore']) {
    await take(page, name);
    await place(page, name);
  }
  await take(page, 'seed 7');
  await expectPoint(page, latentOfSeed(7, 2, NORMAL));
  await take(page, '0.5, -1.25');
  await expectPoint(page, [0.5, -1.25]);
  await take(page, 'back seed 7');
  await expectPoint(page, latentOfSeed(7, 2, NORMAL));
  await take(page, 'labelled');
  await expect(page.getByRole('button', { name: 'Model: Labelled labelled' })).toBeVisible();
  await expect(page.getByRole('slider', { name: 'Smile' })).toBeVisible();

  await take(page, 'smile slider');
  await expect(page.locator(':focus')).toHaveAttribute('aria-label', 'Smile');
  await take(page, 'smile 1.5');
  await expect(box(page, 'Smile')).toHaveValue('1.5');

  await page.keyboard.press('6');
  await take(page, 'random');
  await place(page, 'Explore');
  await expect(box(page, 'Smile')).toHaveValue('0');
});

test('arrows switchTo, Escape gives the focus back, nothing found teaches', async ({ page }) => {
  await page.getByTestId('plane').focus();
  await find(page, 'save');
  await expect(chosen(page)).toContainText('Save picture…');
  await expect(chosen(page)).toContainText('Ctrl');
  await page.keyboard.press('ArrowDown');
  await expect(chosen(page)).toContainText('Save grid…');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await expect(chosen(page)).not.toContainText('Save picture…');
  const input = page.getByRole('combobox', { name: 'What to find' });
  const active = await input.getAttribute('aria-activedescendant');
  await expect(chosen(page)).toHaveAttribute('id', active!);
  await input.fill('qqzz');
  await expect(palette(page).getByRole('status')).toContainText('Nothing here is called “qqzz”');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();
  await expect(page.getByTestId('plane')).toBeFocused();
  await page.keyboard.press('Control+k');
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toBeHidden();
});

test('the help sheet is searched', async ({ page }) => {
  await page.keyboard.press('?');
  const sheet = page.getByRole('dialog', { name: 'Hands and keys' });
  await expect(sheet.getByText('zoom, also with two fingers')).toBeVisible();
  await box(page, 'Find a key or a gesture').fill('clipboard');
  await expect(sheet.getByText('zoom, also with two fingers')).toBeHidden();
  await expect(sheet.getByText(/^copy the point/)).toBeVisible();
  await box(page, 'Find a key or a gesture').fill('qqzz');
  await expect(sheet.getByRole('status')).toContainText('No key and no gesture');
  await sheet.getByRole('button', { name: 'Find anything…' }).click();
  await expect(palette(page)).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no violation in ${colorScheme}: palette and help, found and not found, wide and narrow`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of [1280, 420]) {
      await page.setViewportSize({ width, height: 820 });
      await find(page, '');
      await expectNoViolation(page, `palette at ${width}`);
      await page.keyboard.type('qqzz');
      await expectNoViolation(page, `nothing found at ${width}`);
      await page.keyboard.press('Escape');
      await page.getByTestId('plane').focus();
      await page.keyboard.press('?');
      await box(page, 'Find a key or a gesture').fill('copy');
      await expectNoViolation(page, `help at ${width}`);
      await page.keyboard.press('Escape');
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  });
}

/** A paste as the browser gives it. */
const paste = (page: Page, text: string, selector = 'body'): Promise<void> =>
  page.locator(selector).evaluate((element, value) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', value);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
const pastePicture = async (page: Page, shade: number): Promise<void> => {
  const png = await sharp({
    create: { width: 28, height: 28, channels: 3, background: { r: shade, g: shade, b: shade } },
  })
    .png()
    .toBuffer();
  await page.evaluate(
    (bytes) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(bytes)], 'image.png', { type: 'image/png' }));
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      );
    },
    [...png],
  );
};
const clipboardText = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const exemplars = (page: Page, letter: string) =>
  page.getByRole('list', { name: `Exemplars of ${letter}` }).getByRole('listitem');

test('points go in and out as JSON wherever they are shown, one or several', async ({ page }) => {
  await page.keyboard.press('5');
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('button', { name: /^Labelled/ }).click();
  await expect(box(page, 'Words for well A')).toBeVisible();
  await paste(page, '[[1, 2], [3, 4]]');
  await expect(exemplars(page, 'A')).toHaveCount(2);
  await paste(page, '0.5 -0.5');
  await expect(exemplars(page, 'B')).toHaveCount(1);
  await paste(page, '{"model": "labelled", "z": [1, 1]}', '[aria-label="Words for well B"]');
  await expect(exemplars(page, 'B')).toHaveCount(2);
  await paste(page, '[0, 0]');
  await expect(exemplars(page, 'C')).toHaveCount(1);
  await expect(page.getByTestId('sum-picture')).toHaveAttribute('data-drawn', 'true');
  // an exemplar by itself, and the result
  await exemplars(page, 'A').nth(1).getByRole('button').first().focus();
  await page.keyboard.press('Control+c');
  await expect.poll(() => clipboardText(page)).toBe('{"model":"labelled","z":[3,4]}');
  await take(page, 'copy z');
  await expect.poll(() => clipboardText(page)).toBe('{"model":"labelled","z":[1.25,2.75]}');
  await paste(page, '[1, 2, 3]');
  await expect(page.getByRole('alert')).toHaveText(/This point has 3 numbers, but the model takes 2/);

  await page.keyboard.press('2');
  await paste(page, await clipboardText(page));
  await expectPoint(page, [1.25, 2.75]);
  await paste(page, '[[1, 2], [3, 4]]');
  await expectPoint(page, [1, 2]);
  await expect(page.getByText('The first of 2 points')).toBeVisible();
});

test('pictures come in and go out by the clipboard; a browser that refuses is said', async ({ page }) => {
  await pastePicture(page, 40);
  const own = page.getByRole('region', { name: 'Your pictures' });
  await expect(own.getByText('image.png')).toBeVisible();

  await page.getByRole('button', { name: 'Copy the picture or its command' }).click();
  await page.getByRole('button', { name: 'Picture as PNG', exact: true }).click();
  await expect(page.getByText('Picture copied')).toBeVisible();
  const copied = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return [...new Uint8Array(await (await item!.getType('image/png')).arrayBuffer())];
  });
  const shown = await page.getByTestId('picture').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  });
  const { data, info } = await sharp(Buffer.from(copied))
    .resize(28, 28, { kernel: 'nearest' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([28, 28]);
  expect([...data].filter((value, i) => value !== shown[i])).toEqual([]);

  await page.evaluate(() => {
    navigator.clipboard.write = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await take(page, 'copy picture');
  await expect(page.getByRole('alert')).toHaveText(
    /The browser did not let the picture be copied; save it instead/,
  );
  await take(page, 'copy as command');
  await expect(page.getByText('The browser did not let the command be copied')).toBeVisible();

  await page.keyboard.press('5');
  await pastePicture(page, 90);
  await expect(
    page.getByRole('region', { name: 'Apply to my picture' }).getByText('image.png'),
  ).toBeVisible();
});

/** The copied line, by a real shell; the program itself in place of npm, which would look whether all is built. */
function runLine(line: string, home: string): Buffer {
  const program = `'${process.execPath}' '${join(appRoot, 'out', 'main', 'cli.js')}'`;
  expect(line).toMatch(/^npm run -s cli -- /);
  execFileSync('/bin/sh', ['-c', line.replace('npm run -s cli --', program)], {
    cwd: home,
    env: { ...process.env, LATENTSCAPE_HOME: home },
  });
  return readFileSync(join(home, /--out (\S+)$/.exec(line)![1]!));
}
async function savedBy(page: Page, keys: string): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent('download');
  await page.keyboard.press(keys);
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

test('the copied command makes the file that the window saves, byte for byte', async ({ page, home }) => {
  test.slow(); // the command line begins seven times
  const expectSame = async (command: string, keys: string, form: RegExp): Promise<void> => {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await take(page, command);
    await expect.poll(() => clipboardText(page)).toMatch(form);
    const saved = await savedBy(page, keys);
    const line = await clipboardText(page);
    expect(line).toContain(`--out ${saved.name}`);
    expect(runLine(line, home).equals(saved.bytes), line).toBe(true);
  };
  await take(page, 'labelled');
  await expect(page.getByRole('button', { name: 'Model: Labelled labelled' })).toBeVisible();
  await take(page, '0.1, -1.23456');
  await expectPoint(page, [0.1, -1.23456]);
  await expectSame('copy as command', 'Control+s', / decode labelled --z=0.1,-1.23456 /);
  await take(page, 'seed 7');
  await expectSame('copy as command', 'Control+s', / decode labelled --z seed:7 /);
  await isGridSettled(page);
  await expectSame('copy grid as command', 'Control+Shift+s', / grid labelled --n 20 --span 2.5 /);

  await page.keyboard.press('5');
  const sum = box(page, 'The sum as text');
  const compute = async (text: string): Promise<void> => {
    await sum.fill(text);
    await sum.press('Enter');
    await expect(sum).toHaveAttribute('data-dirty', 'false');
    await expect(page.getByTestId('sum-picture')).toHaveAttribute('data-drawn', 'true');
  };
  await compute('smiling woman - 0.5 * neutral woman + neutral man');
  await expectSame('copy as command', 'Control+s', / arithmetic labelled '--expr=smiling woman - 0\.5 /);
  await compute('- seed:1 + seed:2');
  await switchTo(page, 'Spherical');
  await expectSame('copy as command', 'Control+s', / '--expr=- seed:1 \+ seed:2' .* --norm slerp /);
  // words do not say a point
  await paste(page, '[1, 2]');
  await expectSame('copy as command', 'Control+s', / decode labelled --z=/);
});

test('the copied command of a map makes the file that the window saves, byte for byte', async ({
  page,
  home,
}) => {
  test.setTimeout(180_000);
  const map = page.getByTestId('map');
  const expectSame = async (form: RegExp): Promise<void> => {
    await expect(map).toHaveAttribute('data-points', /\d/, { timeout: 60_000 });
    await page.waitForTimeout(300);
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.getByRole('button', { name: 'Copy the map as a command' }).click();
    await expect.poll(() => clipboardText(page)).toMatch(form);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the map as PNG' }).click();
    const saved = readFileSync(await (await download).path());
    const line = await clipboardText(page);
    expect(runLine(line, home).equals(saved), line).toBe(true);
  };
  const choose = (label: string, value: string) =>
    page.getByRole('combobox', { name: label, exact: true }).selectOption(value);
  await page.getByRole('radio', { name: 'Map' }).check({ force: true });
  await expect(map).toHaveAttribute('data-points', '10000');
  await page.getByRole('button', { name: /^Bag/ }).click();
  await expectSame(/ map fashion-vae-2d --source codes --method axes --colour class --hide 8 --out /);
  await choose('Points', 'samples');
  await expect(map).toHaveAttribute('data-points', '5000');
  await box(page, 'How many samples').fill('300');
  await page.keyboard.press('Enter');
  await expect(map).toHaveAttribute('data-points', '300');
  await box(page, 'Seed of the samples').fill('-7');
  await page.keyboard.press('Enter');
  await choose('Laid out by', 'umap');
  await choose('Coloured by', 'norm');
  await expectSame(/ --source samples --n 300 --first=-7 --method umap --colour norm /);
});
