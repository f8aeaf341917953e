// The engine dies while a hand drags: the window says so, stands still where it was, and goes on by itself.
import { expect, test, type App } from './fixtures/app';
import { afterBeat, isSettled, PATIENCE } from './fixtures/settled';

/** When the numbers have followed the hand. */
async function settledPoint(app: App): Promise<readonly string[]> {
  await afterBeat(app.page);
  return pointOf(app);
}

const killEngine = async ({ enginePid }: App): Promise<number> => {
  const pid = await enginePid();
  process.kill(pid, 'SIGKILL');
  return pid;
};

// How soon is measured by `bench crash`; here it only has to happen.
test('killed with -9 in mid-drag: a banner, pictures again, the point is kept', async ({ app }) => {
  const { page } = app;
  const plane = (await page.getByTestId('plane').boundingBox())!;
  const at = (x: number, y: number): [number, number] => [
    plane.x + plane.width * x,
    plane.y + plane.height * y,
  ];
  await page.evaluate(watchBanner);

  await page.mouse.move(...at(0.45, 0.5));
  await page.mouse.down();
  for (let i = 0; i < 20; i++) await page.mouse.move(...at(0.45 + i / 200, 0.5 + i / 400));
  const pid = await killEngine(app);
  for (let i = 20; i < 40; i++) await page.mouse.move(...at(0.45 + i / 200, 0.5 + i / 400));
  const point = await settledPoint(app);
  const picture = await pictureOf(app);

  await expect.poll(() => page.evaluate(() => window.bannerAt), PATIENCE).not.toBeNull();
  expect(await page.evaluate(() => window.bannerRole)).toMatch(/^(status|alert)$/);
  expect(await pointOf(app)).toEqual(point);

  // the same drag goes on, and its picture comes
  await expect(page.getByTestId('engine-banner')).toHaveCount(0, PATIENCE);
  await page.mouse.move(...at(0.7, 0.3));
  await expect.poll(() => pictureOf(app), PATIENCE).not.toBe(picture);
  await page.mouse.up();
  expect(await app.enginePid()).not.toBe(pid);
  expect(await pointOf(app)).not.toEqual(point);
});

test('after a death the picture of the point is drawn again, the same as before', async ({ app }) => {
  const { page } = app;
  await page.getByTestId('plane').focus();
  await page.keyboard.press('ArrowRight');
  await isSettled(page.getByTestId('picture'));
  const before = { point: await settledPoint(app), picture: await pictureOf(app) };
  await page.evaluate(watchBanner);
  await killEngine(app);
  await expect.poll(() => page.evaluate(() => window.bannerAt), PATIENCE).not.toBeNull();
  await expect(page.getByTestId('engine-banner')).toHaveCount(0, PATIENCE);
  await expect
    .poll(async () => ({ point: await pointOf(app), picture: await pictureOf(app) }), PATIENCE)
    .toEqual(before);
});

test('dead again and again: it is given up, says so, and starts when a person asks', async ({ app }) => {
  const { page } = app;
  for (let death = 0; death < 4; death++) {
    const pid = await killEngine(app);
    if (death < 3) await expect.poll(app.enginePid, PATIENCE).not.toBe(pid);
  }
  const banner = page.getByTestId('engine-banner');
  await expect(banner.and(page.getByRole('alert'))).toBeVisible(PATIENCE);
  const point = await pointOf(app);
  await banner.getByRole('button').first().click();
  await expect(banner).toHaveCount(0, PATIENCE);
  const picture = await pictureOf(app);
  await page.getByTestId('plane').focus();
  await page.keyboard.press('Shift+ArrowUp');
  await expect.poll(() => pictureOf(app), PATIENCE).not.toBe(picture);
  expect((await pointOf(app))[0]).toBe(point[0]);
});

declare global {
  interface Window {
    /** When the banner was first seen, in milliseconds of the clock. */
    bannerAt: number | null;
    bannerRole: string | null;
  }
}

/** A banner may be gone again before a test looks: the page itself notes when it came. */
function watchBanner(): void {
  window.bannerAt = null;
  window.bannerRole = null;
  const look = (): void => {
    const banner = document.querySelector('[data-testid="engine-banner"]');
    if (banner === null || window.bannerAt !== null) return;
    window.bannerAt = Date.now();
    window.bannerRole = banner.getAttribute('role');
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true });
}

const pointOf = ({ page }: App): Promise<string[]> =>
  Promise.all(['z1', 'z2'].map((name) => page.getByRole('textbox', { name, exact: true }).inputValue()));

/** Every pixel of the picture, as text. */
const pictureOf = ({ page }: App): Promise<string> =>
  page.getByTestId('picture').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
