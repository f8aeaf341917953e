// The Arithmetic view as hands use it, in the real app, over a model whose labels are known functions of z: words find what they say, the
// sum is the sum, sliders move what they name, and every step can be undone.
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { evaluateTerms } from '#shared/arithmetic';
import { latentOfSeed } from '#shared/random';
import { appRoot, expect } from './fixtures/app';
import { FACES, labelledPack, type Label } from './fixtures/labelled-pack';
import { expectNoViolation, isSettled, switchTo } from './fixtures/settled';
import { testInTab } from './fixtures/tab';

const NORMAL = { kind: 'normal' } as const;
const MODEL = 'labelled';
/** Smile lies along z1, glasses along z2, and gender between them. */
const ALONG = { smile: [1, 0], gender: [1, 1], glasses: [0, 1] } as Readonly<
  Record<string, readonly number[]>
>;
const LABELS: readonly Label[] = FACES.map((face) => ({ ...face, along: ALONG[face.name]! }));

const test = testInTab({
  name: 'arithmetic',
  prepare: (home) => labelledPack(join(appRoot, 'models', 'fashion-vae-2d'), home, MODEL, 2, LABELS),
  begin: async (page) => {
    await switchTo(page, 'Arithmetic');
    await page.getByRole('button', { name: /^Model:/ }).click();
    await page.getByRole('button', { name: /^Labelled/ }).click();
    await expect(page.getByRole('button', { name: 'Model: Labelled labelled' })).toBeVisible();
    await expect(page.locator('.stage')).toHaveAttribute('aria-busy', 'false');
  },
});

const sum = (page: Page) => page.getByRole('textbox', { name: 'The sum as text' });
const well = (page: Page, letter: string) => page.getByRole('article', { name: `Well ${letter}` });
const exemplars = (page: Page, letter: string) =>
  page.getByRole('list', { name: `Exemplars of ${letter}` }).getByRole('listitem');
/** Whether it is taken or refused comes later. */
async function ask(page: Page, text: string): Promise<void> {
  await sum(page).fill(text);
  await sum(page).press('Enter');
}
const hasResult = (page: Page): Promise<void> => isSettled(page.getByTestId('sum-picture'));
async function compute(page: Page, text: string): Promise<void> {
  await ask(page, text);
  await expect(sum(page)).toHaveAttribute('data-dirty', 'false');
  await hasResult(page);
}
/** The canvas, whose pixels are exactly the model's. */
const pixels = (page: Page): Promise<number[]> =>
  page.getByTestId('sum-picture').evaluate((element) => {
    const canvas = element as HTMLCanvasElement;
    return [...canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data];
  });
const differing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((value, i) => value !== b[i]).length + Math.abs(a.length - b.length);

/** The Explore view goes to the very result. */
async function expectExplored(page: Page, z: readonly number[]): Promise<void> {
  await page.getByRole('button', { name: 'Go on with the result in Explore' }).click();
  await expectPoint(page, z);
  await switchTo(page, 'Arithmetic');
}
/** Of Explore. */
async function expectPoint(page: Page, z: readonly number[], digits = 5): Promise<void> {
  for (const [i, name] of ['z1', 'z2'].entries())
    await expect
      .poll(async () => Number(await page.getByRole('textbox', { name, exact: true }).inputValue()))
      .toBeCloseTo(z[i]!, digits);
}

test('the lecture’s example is one click, and reads as an equation with its result', async ({ page }) => {
  await page.getByRole('button', { name: 'smiling woman − neutral woman + neutral man' }).click();
  await hasResult(page);
  await expect(page.getByRole('region', { name: 'Equation: A minus B plus C' })).toBeVisible();
  for (const letter of ['A', 'B', 'C']) await expect(exemplars(page, letter)).toHaveCount(3);
  await expect(
    page.getByRole('group', { name: 'The result under small noise' }).locator('canvas'),
  ).toHaveCount(9);
  // the exemplars are what the words say: seeds whose label is on that side
  const names = await exemplars(page, 'A').getByRole('button', { name: / in A/ }).all();
  for (const each of names) {
    const seed = Number(/seed (-?\d+)/.exec((await each.getAttribute('aria-label'))!)![1]);
    const [z1, z2] = latentOfSeed(seed, 2, NORMAL) as unknown as [number, number];
    expect(z1).toBeGreaterThanOrEqual(0.3);
    expect((z1 + z2) / Math.SQRT2).toBeLessThanOrEqual(-0.3);
  }
});

test('a sum of seeds is the sum of their latents, under each rule', async ({ page }) => {
  await compute(page, 'seed:1 - 0.5 * seed:2 + seed:3');
  const terms = [
    [1, 1],
    [-0.5, 2],
    [1, 3],
  ].map(([weight, seed]) => ({ weight: weight!, exemplars: [latentOfSeed(seed!, 2, NORMAL)] }));
  for (const [name, rule] of [
    ['As it is', 'none'],
    ['On the shell', 'shell'],
    ['Spherical', 'slerp'],
  ] as const) {
    await switchTo(page, name);
    await expectExplored(page, [...evaluateTerms(terms, rule, NORMAL)]);
  }
});

test('bad text is one sentence, and nothing has changed', async ({ page }) => {
  await compute(page, 'seed:1 - seed:2');
  const before = await pixels(page);
  await ask(page, 'smling woman - man');
  await expect(page.getByRole('alert')).toHaveText(/\(smling\); did you mean “smiling”\?/);
  await ask(page, 'smiling woman - ');
  await expect(page.getByRole('alert')).toHaveText(/^The expression cannot be read/);
  expect(differing(await pixels(page), before)).toBe(0);
  await page.keyboard.press('Escape');
  await expect(sum(page)).toHaveValue('seed:1 - seed:2');

  await page.getByRole('button', { name: 'Add a well' }).click();
  await expect(page.getByTestId('sum')).toContainText(
    'Well C is empty; give it a picture or a seed, or remove it.',
  );
});

test('exemplars are drawn by words, dragged, sent by a key, and taken out; each is a step of undo', async ({
  page,
}) => {
  await page.getByRole('textbox', { name: 'Words for well A' }).fill('happy man');
  await page.keyboard.press('Enter');
  await expect(exemplars(page, 'A')).toHaveCount(3);
  await page.getByRole('button', { name: 'A random seed into well B' }).click();
  await page.getByRole('button', { name: 'A random seed into well C' }).click();
  await hasResult(page);

  const drawn = await exemplars(page, 'A').allInnerTexts();
  const names = () =>
    exemplars(page, 'A')
      .getByRole('button', { name: / in A/ })
      .evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')));
  const first = await names();
  await page.getByRole('button', { name: 'Others for well A' }).click();
  await expect.poll(names).not.toEqual(first);
  expect(drawn).toHaveLength(3);

  await exemplars(page, 'A').first().getByRole('button').first().dragTo(well(page, 'B'));
  await expect(exemplars(page, 'A')).toHaveCount(2);
  await expect(exemplars(page, 'B')).toHaveCount(2);

  await exemplars(page, 'A').first().getByRole('button').first().focus();
  await page.keyboard.press('Shift+C');
  await expect(exemplars(page, 'C')).toHaveCount(2);
  await expect(exemplars(page, 'A')).toHaveCount(2);
  await page.keyboard.press('Delete');
  await expect(exemplars(page, 'A')).toHaveCount(1);

  for (const [a, b, c] of [
    [2, 2, 2],
    [2, 2, 1],
    [3, 1, 1],
  ]) {
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(exemplars(page, 'A')).toHaveCount(a!);
    await expect(exemplars(page, 'B')).toHaveCount(b!);
    await expect(exemplars(page, 'C')).toHaveCount(c!);
  }
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(exemplars(page, 'B')).toHaveCount(2);
});

test('steps branch: what was left is still there', async ({ page }) => {
  await compute(page, 'seed:1');
  await compute(page, 'seed:2');
  const second = await pixels(page);
  await page.keyboard.press('Control+z');
  await expect(sum(page)).toHaveValue('seed:1');
  await compute(page, 'seed:3');
  await page.getByRole('button', { name: 'Steps' }).click();
  const left = page.getByRole('button', { name: 'seed:2 branch' });
  await expect(left.locator('canvas')).toBeVisible();
  await left.click();
  await expect(sum(page)).toHaveValue('seed:2');
  await expect.poll(async () => differing(await pixels(page), second)).toBe(0);
});

test('sliders move what they name; locks hold; B shows it as it was', async ({ page }) => {
  await compute(page, 'seed:1');
  const before = await pixels(page);
  const from = latentOfSeed(1, 2, NORMAL);
  const smile = page.getByRole('textbox', { name: 'Smile', exact: true });
  await smile.fill('1.5');
  await smile.press('Enter');
  await expect.poll(async () => differing(await pixels(page), before)).not.toBe(0);
  await expect(page.getByText('+1 also moves Gender +0.71 σ').first()).toBeVisible();
  await expect(page.getByText('separates 97 of 100 pairs').first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Attributes' })).toContainText(/What moved\s*Smile/);
  await expectExplored(page, [from[0]! + 1.5, from[1]!]);

  await hasResult(page);
  const after = await pixels(page);
  await page.locator('body').click({ position: { x: 900, y: 20 } });
  await page.keyboard.down('b');
  await expect.poll(async () => differing(await pixels(page), before)).toBe(0);
  await page.keyboard.up('b');
  await expect.poll(async () => differing(await pixels(page), after)).toBe(0);

  // with gender locked, a smile moves along the rest of its direction only: (1, 0) without its part along (1, 1)
  await page.getByRole('button', { name: /^Lock Gender/ }).click();
  await expectExplored(page, [from[0]! + 0.75, from[1]! - 0.75]);
  await expect(page.getByText('locks leave 71 % of it').first()).toBeVisible();

  await page.getByRole('button', { name: 'Reset all sliders' }).click();
  await expect(smile).toHaveValue('0');
  await expect.poll(async () => differing(await pixels(page), before)).toBe(0);
});

test('a difference becomes a slider, here and in Explore, and goes again', async ({ page }) => {
  await compute(page, 'seed:1 - seed:2');
  await page.getByRole('textbox', { name: 'Name of the slider' }).fill('my step');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const box = page.getByRole('textbox', { name: 'my step', exact: true });
  await expect(box).toBeVisible();
  await switchTo(page, 'Explore');
  await box.fill('1');
  await box.press('Enter');
  const step = latentOfSeed(1, 2, NORMAL).map((value, i) => value - latentOfSeed(2, 2, NORMAL)[i]!);
  const length = Math.hypot(...step);
  // one standard deviation of the prior along it, as the shell's radius sqrt(d - 1/2) has it
  await expectPoint(
    page,
    [...step].map((value) => (value / length) * Math.sqrt(1.5 / 2)),
    4,
  );
  await page.getByRole('button', { name: 'Remove the slider my step' }).click();
  await expect(box).toBeHidden();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no violation in ${colorScheme}: empty, filled, refused, narrow`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectNoViolation(page, 'empty');
    await page.getByRole('button', { name: 'smiling woman − neutral woman + neutral man' }).click();
    await hasResult(page);
    await expectNoViolation(page, 'filled');
    await page.getByRole('button', { name: 'Steps' }).click();
    await expectNoViolation(page, 'steps');
    await page.keyboard.press('Escape');
    await ask(page, 'green woman');
    await expect(page.getByRole('alert')).toBeVisible();
    await expectNoViolation(page, 'refused');
    for (const width of [1000, 420]) {
      await page.setViewportSize({ width, height: 900 });
      await expectNoViolation(page, `${width} pixels wide`);
      // nothing sticks out to the side
      const over = await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth);
      expect(over).toBeLessThanOrEqual(0);
    }
  });
}
