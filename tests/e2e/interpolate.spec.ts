// The Interpolate view as hands use it, in the real app: keys by seeds, dragged, timed and undone; the film played, scrubbed and exported,
// with its frames counted in the files; and the command that makes the same bytes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import sharp from 'sharp';
import { latentOfSeed } from '#shared/random';
import { appRoot, expect } from './fixtures/app';
import { expectNoViolation, isSettled, PATIENCE, switchTo } from './fixtures/settled';
import { testInTab } from './fixtures/tab';

const NORMAL = { kind: 'normal' } as const;

const test = testInTab({
  name: 'walk',
  begin: async (page) => {
    await switchTo(page, 'Interpolate');
    await expect(page.locator('.stage')).toHaveAttribute('aria-busy', 'false', PATIENCE);
  },
});

const keys = (page: Page) => page.getByRole('button', { name: /^Key \d+ of/ });
const names = (page: Page) =>
  keys(page).evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')?.split(': ')[1]));
async function addSeeds(page: Page, ...seeds: readonly number[]): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Seed of a new key' });
  const before = await keys(page).count();
  for (const seed of seeds) {
    await box.fill(String(seed));
    await box.press('Enter');
  }
  await expect(keys(page)).toHaveCount(before + seeds.length);
}
async function setSeconds(page: Page, total: string): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Seconds in all' });
  await box.fill(total);
  await box.press('Enter');
}
const expectNames = (page: Page, wanted: readonly string[]): Promise<void> =>
  expect.poll(() => names(page)).toEqual(wanted);
const hasPicture = (page: Page): Promise<void> => isSettled(page.getByTestId('walk-picture'));
const pixels = (page: Page): Promise<string> =>
  page.getByTestId('walk-picture').evaluate((element) => (element as HTMLCanvasElement).toDataURL());
const moment = (page: Page): Promise<number> =>
  page.getByTestId('moment').evaluate((element) => parseFloat(element.textContent));
const measured = (page: Page) =>
  expect(page.getByTestId('figures')).toHaveAttribute('aria-busy', 'false', PATIENCE);

const clipboardText = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

async function exported(page: Page, format: string): Promise<Uint8Array> {
  const dialog = page.getByRole('dialog', { name: 'Export the film' });
  await page.getByRole('button', { name: 'Export…' }).click();
  await dialog.getByRole('combobox', { name: 'Format' }).selectOption(format);
  const coming = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export', exact: true }).click();
  const bytes = readFileSync(await (await coming).path());
  await expect(dialog).toBeHidden();
  return new Uint8Array(bytes);
}

async function copiedCommand(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: 'Copy as command' }).click();
  await expect.poll(() => clipboardText(page)).toMatch(/^npm run -s cli -- interpolate /);
  const line = await clipboardText(page);
  // as a shell takes it apart: what stands in quotes, and words
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(5);
}
function runCli(home: string, words: readonly string[], out: string): void {
  execFileSync(process.execPath, [join(appRoot, 'out', 'main', 'cli.js'), ...words.slice(0, -1), out], {
    cwd: home,
    env: { ...process.env, LATENTSCAPE_HOME: home },
  });
}

test('a walk is built by hands: keys dragged and timed, and every step undone', async ({ page }) => {
  await expect(page.getByRole('region', { name: 'Film' })).toContainText(
    'A walk goes from picture to picture',
  );
  await addSeeds(page, 1);
  await expect(page.getByRole('status').filter({ hasText: 'add a second one' })).toBeVisible();
  await addSeeds(page, 2, 3);
  await expectNames(page, ['Seed 1', 'Seed 2', 'Seed 3']);
  await hasPicture(page);

  // the third before the first, by the mouse
  const [first, third] = [keys(page).nth(0), keys(page).nth(2)];
  await third.dragTo(first, { targetPosition: { x: 8, y: 40 } });
  await expectNames(page, ['Seed 3', 'Seed 1', 'Seed 2']);
  // and back by keys
  await keys(page).nth(0).focus();
  await page.keyboard.press('Alt+ArrowRight');
  await page.keyboard.press('Alt+ArrowRight');
  await expectNames(page, ['Seed 1', 'Seed 2', 'Seed 3']);
  await page.keyboard.press('Delete');
  await expectNames(page, ['Seed 1', 'Seed 2']);
  await page.keyboard.press('Control+z');
  await expectNames(page, ['Seed 1', 'Seed 2', 'Seed 3']);

  // the first leg is pulled longer: 48 pixels are two seconds
  const seconds = page.getByRole('textbox', { name: 'Seconds of leg 1' });
  const grip = (await page.getByTestId('grip-0').boundingBox())!;
  await page.mouse.move(grip.x + 8, grip.y + 12);
  await page.mouse.down();
  for (let x = 0; x <= 48; x += 8) await page.mouse.move(grip.x + 8 + x, grip.y + 12);
  await page.mouse.up();
  await expect(seconds).toHaveValue('4');
  await expect(page.getByTestId('moment')).toContainText('of 6.00 s');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(seconds).toHaveValue('2');
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(seconds).toHaveValue('4');

  await keys(page).nth(1).click();
  await expect.poll(() => moment(page)).toBe(4);
  const hold = page.getByRole('textbox', { name: 'Seconds that the walk stands here' });
  await hold.fill('0.5');
  await hold.press('Enter');
  await expect(page.getByTestId('moment')).toContainText('of 6.50 s');
  await page.getByRole('checkbox', { name: /^Closed/ }).check();
  await expect(page.getByRole('group', { name: 'leg back to key 1' })).toBeVisible();
  await expect(page.getByTestId('moment')).toContainText('of 8.50 s');
});

test('the moment follows the mouse and the keys, and shows what the engine shows there', async ({ page }) => {
  await addSeeds(page, 1, 2, 3);
  await hasPicture(page);
  const strip = page.getByTestId('scrub');
  await expect(page.getByTestId('filmstrip')).toHaveAttribute('data-count', /^1\d$/);
  const box = (await strip.boundingBox())!;
  const atStart = await pixels(page);
  await page.mouse.move(box.x + box.width * 0.25, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 8 });
  await page.mouse.up();
  await expect.poll(() => moment(page)).toBeCloseTo(2, 1);
  await expect.poll(() => pixels(page)).not.toBe(atStart);

  await strip.focus();
  await page.keyboard.press('End');
  await expect.poll(() => moment(page)).toBe(4);
  await page.keyboard.press('PageDown');
  await expect.poll(() => moment(page)).toBe(2);
  await hasPicture(page);
  const atKey = await pixels(page);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => moment(page)).toBe(2.03);
  await page.keyboard.press('Shift+ArrowLeft');
  await expect.poll(() => moment(page)).toBe(1.7);
  await page.keyboard.press('Home');
  await expect.poll(() => pixels(page)).toBe(atStart);

  // the second key is seed 2: Explore shows the same picture
  await page.keyboard.press('PageUp');
  await expect.poll(() => pixels(page)).toBe(atKey);
  await page.getByRole('button', { name: 'Send this moment to' }).click();
  await page.getByRole('button', { name: 'To Explore' }).click();
  const explored = () =>
    page.getByTestId('picture').evaluate((element) => (element as HTMLCanvasElement).toDataURL());
  await expect.poll(explored).toBe(atKey);
});

test('points come from Explore and from the clipboard, and go back as JSON', async ({ page }) => {
  await switchTo(page, 'Explore');
  await page.getByRole('button', { name: 'Send the point to' }).click();
  await page.getByRole('button', { name: 'To the walk' }).click();
  await page.getByRole('button', { name: 'Go there' }).click();
  await expect(keys(page)).toHaveCount(1);
  const points = [
    [0.25, -1],
    [1.5, 2],
  ];
  await page.evaluate((text) => navigator.clipboard.writeText(text), JSON.stringify(points));
  await page.keyboard.press('Control+v');
  await expect(keys(page)).toHaveCount(3);
  await keys(page).nth(2).click();
  await expect.poll(() => moment(page)).toBe(4);
  await page.keyboard.press('Control+c');
  // the browser puts it there in its own time, over what was pasted
  await expect
    .poll(async () => (JSON.parse(await clipboardText(page)) as { z?: number[] }).z)
    .toEqual(points[1]);
  // a picture file on the row becomes a key, where the model has an encoder
  const dropped = await page.evaluateHandle(async () => {
    const canvas = new OffscreenCanvas(28, 28);
    const context = canvas.getContext('2d')!;
    context.fillStyle = '#000';
    context.fillRect(0, 0, 28, 28);
    context.fillStyle = '#fff';
    context.fillRect(8, 4, 12, 20);
    const transfer = new DataTransfer();
    transfer.items.add(new File([await canvas.convertToBlob()], 'mine.png', { type: 'image/png' }));
    return transfer;
  });
  await page.getByRole('list', { name: 'Keys of the walk' }).dispatchEvent('drop', { dataTransfer: dropped });
  await expect(keys(page)).toHaveCount(4);
  await expect.poll(async () => (await names(page)).at(-1)).toBe('mine.png');
});

test('it plays, counts what it drops, and stops at the end or goes round', async ({ page }) => {
  await addSeeds(page, 1, 2, 3);
  await setSeconds(page, '1');
  await measured(page);
  const played = page.getByTestId('dropped');
  await page.getByRole('button', { name: 'Play again and again' }).click();
  await page.getByTestId('scrub').focus();
  await page.keyboard.press(' ');
  await expect.poll(() => moment(page), PATIENCE).toBe(1);
  await expect(page.getByRole('button', { name: 'Play (Space)' })).toBeVisible();
  const [shown, dropped] = await played.evaluate((element) => [
    Number(element.dataset['shown']),
    Number(element.dataset['dropped']),
  ]);
  // every frame of the film was due: seen, or said to be dropped
  expect(shown! + dropped!).toBe(30);
  expect(shown).toBeGreaterThan(0);
  // and however many were seen, it ends with the picture of its end
  await hasPicture(page);
  const atEnd = await pixels(page);
  await page.keyboard.press('Home');
  await expect.poll(() => pixels(page)).not.toBe(atEnd);
  await page.keyboard.press('End');
  await expect.poll(() => pixels(page)).toBe(atEnd);

  await page.getByRole('button', { name: 'Play again and again' }).click();
  await switchTo(page, '60 fps');
  await page.getByRole('button', { name: 'Play (Space)' }).click();
  const seen = () => played.evaluate(({ dataset }) => Number(dataset['shown']) + Number(dataset['dropped']));
  // longer than the film
  await expect.poll(seen, PATIENCE).toBeGreaterThan(90);
  await page.getByRole('button', { name: 'Pause (Space)' }).click();
  await expect(page.getByRole('button', { name: 'Play (Space)' })).toBeVisible();
});

test('films are exported whole: their frames are counted in the files', async ({ page }) => {
  test.slow();
  await addSeeds(page, 1, 2, 3);
  await setSeconds(page, '2');
  const gif = await sharp(await exported(page, 'gif'), { pages: -1 }).metadata();
  expect(gif).toMatchObject({ pages: 60, width: 504, pageHeight: 504, loop: 0 });

  for (const [format, codec] of [
    ['mp4', 'avc'],
    ['webm', 'vp9'],
  ] as const) {
    const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(await exported(page, format)) });
    const track = (await input.getPrimaryVideoTrack())!;
    expect(await track.getCodec()).toBe(codec);
    expect([await track.getDisplayWidth(), await track.getDisplayHeight()]).toEqual([504, 504]);
    expect((await track.computePacketStats()).packetCount).toBe(60);
    expect(await track.computeDuration()).toBeCloseTo(2, 2);
  }

  const json = JSON.parse(new TextDecoder().decode(await exported(page, 'json'))) as { z: number[][] };
  expect(json.z).toHaveLength(60);
  expect(json.z[0]).toEqual([...latentOfSeed(1, 2, NORMAL)]);
  expect(json.z.at(-1)).toEqual([...latentOfSeed(3, 2, NORMAL)]);
});

test('the copied command makes the same film, byte for byte, from words and from a file', async ({
  page,
  home,
}) => {
  test.slow();
  await addSeeds(page, 1, 2, 3);
  await setSeconds(page, '1');
  const gif = await exported(page, 'gif');
  const words = await copiedCommand(page);
  expect(words.join(' ')).toContain('--from seed:1 --via seed:2 --to seed:3 --method slerp --seconds 1');
  runCli(home, words, join(home, 'film.gif'));
  expect(Buffer.compare(gif, readFileSync(join(home, 'film.gif')))).toBe(0);

  // an uneven walk at an even pace is said by a file
  await page.getByRole('textbox', { name: 'Seconds of leg 1' }).fill('0.7');
  await page.keyboard.press('Enter');
  await switchTo(page, 'Even');
  await expect(page.getByTestId('figures')).toContainText('before', PATIENCE);
  const strip = await exported(page, 'strip');
  const fromFile = await copiedCommand(page);
  expect(fromFile.join(' ')).toContain('--walk walk.json');
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save walk.json' }).click();
  const walk = readFileSync(await (await coming).path());
  writeFileSync(join(home, 'walk.json'), walk);
  runCli(home, fromFile, join(home, 'strip.png'));
  expect(Buffer.compare(strip, readFileSync(join(home, 'strip.png')))).toBe(0);

  // and the window opens it again
  await page.getByRole('button', { name: 'Clear' }).click();
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a walk that was saved as JSON' }).click();
  await (await choosing).setFiles({ name: 'walk.json', mimeType: 'application/json', buffer: walk });
  await expect(keys(page)).toHaveCount(3);
});

test('the even pace is even, beside what it was before and beside straight lines', async ({ page }) => {
  await addSeeds(page, 11, 22, 33);
  await switchTo(page, 'Even');
  const figures = page.getByTestId('figures');
  await expect(figures).toContainText('before', PATIENCE);
  const [, even, before] = /(\d\.\d+), (\d\.\d+) before/.exec((await figures.textContent()) ?? '') ?? [];
  expect(Number(even)).toBeLessThan(0.1);
  expect(Number(even)).toBeLessThan(Number(before));
  const rows = page.getByRole('region', { name: 'Lerp and slerp' });
  await expect(rows.getByText(/^length \d/)).toHaveCount(2, PATIENCE);
});

test('what cannot be walked, exported or read is one sentence, and nothing is lost', async ({ page }) => {
  await page.getByRole('textbox', { name: 'Seed of a new key' }).fill('one half');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('A seed is a whole number.');
  await page.keyboard.press('Escape');
  await addSeeds(page, 1, 2);

  const open = async (name: string, text: string): Promise<void> => {
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open a walk that was saved as JSON' }).click();
    await (await choosing).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  };
  const key = { z: [1, 2, 3], seconds: 1, easing: 'linear' };
  const other = { format: 'latentscape-walk/1', model: 'x', path: 'lerp', closed: false, keys: [key, key] };
  await open('other.json', JSON.stringify(other));
  await expect(page.getByText(/^A key of another model cannot join this walk/)).toContainText('has 2');
  await open('broken.json', '{"format":');
  await expect(page.getByText(/^This file holds no walk/)).toContainText('broken.json');
  await expectNames(page, ['Seed 1', 'Seed 2']);

  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the film' });
  const frames = dialog.getByRole('textbox', { name: 'Frames', exact: true });
  await frames.fill('0');
  await frames.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('A whole number from 1 to 100,000.');
  await frames.fill('10000');
  await frames.press('Enter');
  const side = dialog.getByRole('textbox', { name: 'Longer side in pixels' });
  await side.fill('4096');
  await side.press('Enter');
  await expect(dialog.getByTestId('plan')).toContainText('10,000 frames of 4,088 × 4,088 pixels');
  const start = dialog.getByRole('button', { name: 'Export', exact: true });
  await expect(start).toBeDisabled();
  // a GIF of that size is refused by the engine, whatever a person says
  await dialog.getByRole('checkbox', { name: 'Make it all the same' }).check();
  await start.click();
  await expect(dialog.getByRole('alert').filter({ hasText: 'too large for a GIF' })).toBeVisible();

  // pictures can be made for a long time: it is told, and stopped
  await dialog.getByRole('combobox', { name: 'Format' }).selectOption('webm');
  await side.fill('128');
  await side.press('Enter');
  await start.click();
  await expect(dialog.getByText(/of 10,000 frames, .* left/)).toBeVisible(PATIENCE);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(start).toBeEnabled();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('a codec that this machine lacks is said, and the other is offered', async ({ page }) => {
  await page.evaluate(() => {
    const asked = VideoEncoder.isConfigSupported.bind(VideoEncoder);
    VideoEncoder.isConfigSupported = async (config) =>
      config.codec.startsWith('avc') ? { supported: false, config } : asked(config);
  });
  await addSeeds(page, 1, 2);
  await page.getByRole('button', { name: 'Export…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the film' });
  await dialog.getByRole('combobox', { name: 'Format' }).selectOption('mp4');
  await expect(dialog.getByRole('alert')).toHaveText(
    'This machine cannot encode H.264 at 504 × 504; take WebM (VP9), or a smaller size.',
  );
  await expect(dialog.getByRole('button', { name: 'Export', exact: true })).toBeDisabled();
  await dialog.getByRole('combobox', { name: 'Format' }).selectOption('webm');
  await expect(dialog.getByRole('button', { name: 'Export', exact: true })).toBeEnabled();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no violation in ${colorScheme}: empty, filled, exporting, narrow`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectNoViolation(page, 'empty');
    await addSeeds(page, 1, 2, 3);
    await keys(page).nth(1).click();
    await measured(page);
    await expectNoViolation(page, 'filled');
    await page.getByRole('button', { name: 'Export…' }).click();
    await expectNoViolation(page, 'exporting');
    await page.keyboard.press('Escape');
    for (const width of [1000, 420]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoViolation(page, `${width} pixels wide`);
      const over = await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth);
      expect(over).toBeLessThanOrEqual(0);
    }
  });
}
