// Planes of a latent with many dimensions, its bars and its traversal, as hands use them; and Explore's history under many edits.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import sharp from 'sharp';
import { latentOfSeed, seededRandom } from '#shared/random';
import { tinyLabelling, tinyPack } from '../unit/attributes/tiny-pack';
import { appRoot, expect, waitForPicture } from './fixtures/app';
import { afterBeat, expectNoViolation, isGridSettled, PATIENCE, switchTo } from './fixtures/settled';
import { testInTab } from './fixtures/tab';

const TINY = 'tiny-faces';
const SIZE = 6;
const NORMAL = { kind: 'normal' } as const;
/** The faces that come with the app, where they are there: the same planes at 64 x 64. */
const HEADS = 'heads-vae';
const hasHeads = existsSync(join(appRoot, 'models', HEADS, 'manifest.json'));

const test = testInTab({
  name: 'plane',
  prepare: async (home) => {
    mkdirSync(join(home, 'models'));
    await tinyPack(home, TINY, tinyLabelling(200, 0.3));
  },
  begin: async (page) => {
    await waitForPicture(page);
    await open(page, TINY);
  },
});

async function open(page: Page, id: string): Promise<void> {
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('button', { name: id === TINY ? TINY : /^Heads, a VAE/ }).click();
  await expect(
    page.getByRole('button', { name: id === TINY ? `Model: ${TINY}` : /^Model: Heads, a VAE/ }),
  ).toBeVisible();
  await expect(page.getByTestId('bars')).toBeVisible();
  await expect(page.getByTestId('picture')).toHaveAttribute('data-drawn', 'true');
}

const box = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
async function type(page: Page, name: string, text: string): Promise<void> {
  await box(page, name).fill(text);
  await box(page, name).press('Enter');
}
const span = (page: Page) => page.getByRole('combobox', { name: 'What spans the plane' });
const slot = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name}:`) });
async function putSeed(page: Page, name: string, seed: number): Promise<void> {
  await slot(page, name).click();
  await type(page, `Seed of ${name[0]!.toLowerCase()}${name.slice(1)}`, String(seed));
  await expect(slot(page, name)).toHaveAccessibleName(`${name}: Seed ${seed}`);
  await expect(box(page, `Seed of ${name[0]!.toLowerCase()}${name.slice(1)}`)).toBeHidden();
}

interface Raw {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}
function runCli(args: readonly string[], home: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'latentscape-plane-out-'));
  try {
    const out = join(folder, 'out.png');
    execFileSync(process.execPath, [join(appRoot, 'out', 'main', 'cli.js'), ...args, '--out', out], {
      env: { ...process.env, LATENTSCAPE_HOME: home },
    });
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
async function decoded(model: string, seed: number, home: string): Promise<Raw> {
  const png = runCli(['decode', model, '--z', `seed:${seed}`, '--scale', '1'], home);
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
/** One cell of a canvas whose pixels are exactly the model's. */
const cell = (page: Page, column: number, row: number, { width, height }: Raw): Promise<number[]> =>
  page.getByTestId('grid').evaluate(
    (element, [x, y, w, h]) => {
      const canvas = element as HTMLCanvasElement;
      return [...canvas.getContext('2d')!.getImageData(x!, y!, w!, h!).data];
    },
    [column * width, row * height, width, height],
  );
const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  a.length === b.length ? Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) : Infinity;

for (const model of hasHeads ? [TINY, HEADS] : [TINY])
  test(`a plane through three faces of ${model} has them at its corners, to within 1/255`, async ({
    page,
    home,
  }) => {
    test.slow(); // the command line begins three times
    if (model !== TINY) await open(page, model);
    await span(page).selectOption('points');
    await putSeed(page, 'Corner A', 11);
    await putSeed(page, 'Corner B', 12);
    await putSeed(page, 'Corner C', 13);
    await type(page, 'Pictures per side', '5');
    const faces = await Promise.all([11, 12, 13].map((seed) => decoded(model, seed, home)));
    const [a, b, c] = faces;
    await expect(page.getByTestId('grid')).toHaveJSProperty('width', 5 * a!.width);
    await expect.poll(async () => worst(await cell(page, 0, 4, a!), a!.data)).toBeLessThanOrEqual(1);
    expect(worst(await cell(page, 4, 4, a!), b!.data)).toBeLessThanOrEqual(1);
    expect(worst(await cell(page, 0, 0, a!), c!.data)).toBeLessThanOrEqual(1);
    // and they are three faces, not one
    expect(worst(a!.data, b!.data)).toBeGreaterThan(8);
    expect(worst(a!.data, c!.data)).toBeGreaterThan(8);

    await putSeed(page, 'Point D', 14);
    await expect(page.locator('.plane-markers text').filter({ hasText: 'off' })).toHaveText(
      /^D · \d+\.\d\d off$/,
    );
    await expect(page.getByRole('img', { name: /^The plane passes the origin at/ })).toBeVisible();

    await slot(page, 'Corner B').click();
    await type(page, 'Seed of corner B', '11');
    await expect(page.getByRole('alert')).toHaveText(/These span no plane: they lie on one line/);
    await page.keyboard.press('Escape');
    await expect(slot(page, 'Corner B')).toHaveAccessibleName('Corner B: Seed 12');
  });

test('a corner is dragged over the plane, live, and that is one step of undo', async ({ page }) => {
  await span(page).selectOption('points');
  await putSeed(page, 'Corner A', 11);
  await putSeed(page, 'Corner B', 12);
  await putSeed(page, 'Corner C', 13);
  await isGridSettled(page);
  const grid = (): Promise<string> =>
    page.getByTestId('grid').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await grid();
  const marker = page.locator('.plane-markers .movable image').nth(1);
  const from = (await marker.boundingBox())!;
  const [x, y] = [from.x + from.width / 2, from.y + from.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 60, y - 50, { steps: 8 });
  await expect.poll(grid).not.toBe(before);
  await page.mouse.up();
  await expect(slot(page, 'Corner B')).toHaveAccessibleName('Corner B: Moved');
  await page.getByTestId('plane').focus();
  await page.keyboard.press('Control+z');
  await expect(slot(page, 'Corner B')).toHaveAccessibleName('Corner B: Seed 12');
  await expect.poll(grid).toBe(before);
});

/** The copied line, by a real shell, makes the very file that the window saves. */
async function expectSameFile(page: Page, home: string, copy: string, save: string): Promise<void> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: copy }).click();
  const line = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(line).not.toBe('');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: save }).click();
  const file = await download;
  const saved = readFileSync(await file.path());
  const program = `'${process.execPath}' '${join(appRoot, 'out', 'main', 'cli.js')}'`;
  execFileSync('/bin/sh', ['-c', (await line()).replace('npm run -s cli --', program)], {
    cwd: home,
    env: { ...process.env, LATENTSCAPE_HOME: home },
  });
  const made = readFileSync(join(home, file.suggestedFilename()));
  expect(made.equals(saved), await line()).toBe(true);
}

test('planes and traversals are copied as commands that make the same files', async ({ page, home }) => {
  test.slow(); // the command line begins four times
  const expectGrid = async (): Promise<void> => {
    await isGridSettled(page);
    await expectSameFile(page, home, 'Copy the grid as a command', 'Save the grid as PNG');
  };
  await type(page, 'Seed', '7');
  await type(page, 'Pictures per side', '4');
  await expectGrid();
  await span(page).selectOption('points');
  await putSeed(page, 'Corner C', 5);
  await type(page, 'Margin beyond the corners', '0.25');
  await expectGrid();
  await span(page).selectOption('directions');
  for (const [which, kind] of [
    ['across', 'pca'],
    ['up', 'random'],
  ])
    await page.getByRole('combobox', { name: `Direction ${which}` }).selectOption(kind!);
  await expectGrid();

  await switchTo(page, 'Traverse');
  await type(page, 'Rows of the traversal', '3');
  await expect(page.getByTestId('traversal')).toHaveAttribute('data-rows', /^axis:\d axis:\d axis:\d$/);
  await expectSameFile(page, home, 'Copy the traversal as a command', 'Save the traversal as PNG');
});

test('many dimensions: bars, order by activity, other coordinates, a traversal that is clicked', async ({
  page,
}) => {
  await type(page, 'Seed', '3');
  const z = latentOfSeed(3, SIZE, NORMAL);
  await expect.poll(async () => Math.fround(Number(await box(page, 'z2').inputValue()))).toBe(z[1]);

  const bars = page.getByTestId('bars');
  const { x, y, width, height } = (await bars.boundingBox())!;
  await page.mouse.move(x + (2.5 / SIZE) * width, y + 0.5 * height);
  await expect(page.getByText(/^z3 = /)).toBeVisible();
  await page.mouse.down();
  await page.mouse.move(x + (2.5 / SIZE) * width, y + 0.25 * height, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Number(await box(page, 'z3').inputValue())).toBeCloseTo(2, 1);
  await expect.poll(async () => Math.fround(Number(await box(page, 'z2').inputValue()))).toBe(z[1]);

  await page.getByRole('combobox', { name: 'Order of the coordinates' }).selectOption('activity');
  await expect(page.getByText(/^By variance of the code .* 200 encoded pictures/)).toBeVisible();

  // along other axes the same point has other numbers; one of them set leaves the others
  await page.getByRole('combobox', { name: 'Along which axes' }).selectOption('rotation');
  const second = await box(page, 'r2').inputValue();
  await type(page, 'r1', '1.5');
  await expect.poll(async () => Number(await box(page, 'r1').inputValue())).toBeCloseTo(1.5, 5);
  expect(Number(await box(page, 'r2').inputValue())).toBeCloseTo(Number(second), 4);
  await page.getByRole('combobox', { name: 'Along which axes' }).selectOption('components');
  await expect(page.getByText('Along principal components of 200 encoded pictures.')).toBeVisible();
  await page.getByRole('combobox', { name: 'Along which axes' }).selectOption('axes');

  await switchTo(page, 'Traverse');
  const traversal = page.getByTestId('traversal');
  await expect(traversal).toHaveAttribute('data-rows', /axis/);
  const axis = Number(/^axis:(\d)/.exec((await traversal.getAttribute('data-rows'))!)![1]);
  const cells = (await traversal.boundingBox())!;
  await page.mouse.click(cells.x + 2, cells.y + 2);
  await expect.poll(async () => Number(await box(page, `z${axis}`).inputValue())).toBe(-3);

  await type(page, 'Seed', '3');
  await type(page, 'Truncation ψ', '0.5');
  await expect.poll(async () => Number(await box(page, 'z2').inputValue())).toBeCloseTo(z[1]! / 2, 5);
});

test('truncation, coordinates and the traversal are undone, and kept', async ({ page }) => {
  const [along, order] = ['Along which axes', 'Order of the coordinates'].map((name) =>
    page.getByRole('combobox', { name }),
  ) as [Locator, Locator];
  const undo = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await page.getByRole('button', { name: 'Undo', exact: true }).click();
  };
  const redo = page.getByRole('button', { name: 'Redo', exact: true });

  await type(page, 'Seed', '3');
  await type(page, 'Truncation ψ', '0.5');
  const halved = latentOfSeed(3, SIZE, NORMAL)[1]! / 2;
  await expect.poll(async () => Number(await box(page, 'z2').inputValue())).toBeCloseTo(halved, 5);
  await undo(1);
  await expect(box(page, 'Truncation ψ')).toHaveValue('1');
  await expect(box(page, 'Seed')).toHaveValue('3');
  await expect.poll(async () => Number(await box(page, 'z2').inputValue())).toBeCloseTo(2 * halved, 5);
  await undo(1);
  await expect(box(page, 'Seed')).toHaveValue('');
  for (const _ of [1, 2]) await redo.click();
  await expect(box(page, 'Truncation ψ')).toHaveValue('0.5');

  // a drag of the slider is one step
  const slider = (await page.getByRole('slider', { name: 'Truncation ψ slider' }).boundingBox())!;
  await page.mouse.move(slider.x + slider.width / 3, slider.y + slider.height / 2);
  await page.mouse.down();
  await page.mouse.move(slider.x + 0.9 * slider.width, slider.y + slider.height / 2, { steps: 5 });
  await page.mouse.up();
  await expect(box(page, 'Truncation ψ')).not.toHaveValue('0.5');
  await undo(1);
  await expect(box(page, 'Truncation ψ')).toHaveValue('0.5');

  await order.selectOption('activity');
  await along.selectOption('rotation');
  await type(page, 'Seed of the rotation', '7');
  await switchTo(page, 'Traverse');
  await type(page, 'Rows of the traversal', '3');
  await type(page, 'Pictures in a row', '5');
  await type(page, 'Values to either side', '1.5');
  const traversal = page.getByTestId('traversal');
  const last = 'random:7:1 random:7:2 random:7:3';
  await expect(traversal).toHaveAttribute('data-rows', last);
  await undo(4);
  await expect(box(page, 'Seed of the rotation')).toHaveValue('1');
  await expect(box(page, 'Rows of the traversal')).toHaveValue('10');
  await undo(1);
  await expect(along).toHaveValue('axes');
  await expect(order).toHaveValue('activity');
  await undo(1);
  await expect(order).toHaveValue('number');
  for (let i = 0; i < 6; i++) await redo.click();
  await expect(traversal).toHaveAttribute('data-rows', last);

  await expect(page.getByRole('button', { name: /^Project: .*, Saved$/ })).toBeVisible(PATIENCE);
  await page.reload();
  await waitForPicture(page);
  await expect(box(page, 'Truncation ψ')).toHaveValue('0.5');
  await expect(box(page, 'Seed')).toHaveValue('3');
  await expect(box(page, 'Seed of the rotation')).toHaveValue('7');
  await switchTo(page, 'Traverse');
  await expect(box(page, 'Pictures in a row')).toHaveValue('5');
  await expect(box(page, 'Values to either side')).toHaveValue('1.5');
  await undo(4);
  await expect(box(page, 'Seed of the rotation')).toHaveValue('1');
});

test('pictures are dragged into the points of a plane, from the steps and from each other', async ({
  page,
}) => {
  await type(page, 'Seed', '41');
  await type(page, 'Seed', '42');
  await span(page).selectOption('points');
  await expect(slot(page, 'Corner A')).toBeVisible();
  await page.getByRole('button', { name: 'Steps', exact: true }).click();
  const step = page
    .getByRole('dialog', { name: 'Steps' })
    .getByRole('listitem')
    .filter({ hasText: 'Seed 41' });
  await expect(step.locator('canvas')).toBeVisible();
  await step.dragTo(slot(page, 'Corner B'));
  await page.keyboard.press('Escape');
  await expect(slot(page, 'Corner B')).toHaveAccessibleName('Corner B: Seed 41');
  await slot(page, 'Corner B').dragTo(slot(page, 'Point D'));
  await expect(slot(page, 'Point D')).toHaveAccessibleName('Point D: Seed 41');
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(slot(page, 'Point D')).toHaveAccessibleName('Point D: none');

  // the same by keys, and to where no hand can drag it
  for (const place of ['To point D of the plane', 'To well A']) {
    await slot(page, 'Corner B').press('Enter');
    await page.getByRole('button', { name: place, exact: true }).press('Enter');
  }
  await expect(slot(page, 'Point D')).toHaveAccessibleName('Point D: Seed 41');
  await switchTo(page, 'Arithmetic');
  await expect(page.getByRole('list', { name: 'Exemplars of A' }).getByRole('listitem')).toHaveCount(1);
});

test('thirty edits at random, thirty undos, thirty redos', async ({ page }) => {
  test.slow();
  const random = seededRandom(20);
  const one = <Value>(values: readonly Value[]): Value => values[random.integer(values.length)]!;
  const number = (): string => (4 * random.uniform() - 2).toFixed(3);
  const order = page.getByRole('combobox', { name: 'Order of the coordinates' });
  const edits: readonly (() => Promise<unknown>)[] = [
    () => type(page, 'Seed', String(random.integer(1000))),
    () => type(page, `z${1 + random.integer(SIZE)}`, number()),
    () => type(page, 'Pictures per side', String(2 + random.integer(6))),
    () => type(page, 'Truncation ψ', (1.5 * random.uniform()).toFixed(2)),
    () => order.selectOption(one(['number', 'activity'])),
    async () => {
      const now = await span(page).inputValue();
      await span(page).selectOption(one(['axes', 'points', 'directions'].filter((kind) => kind !== now)));
    },
    async () => {
      if ((await span(page).inputValue()) !== 'points') return type(page, 'z1', number());
      return putSeed(page, `Corner ${one(['A', 'B', 'C'])}`, 1000 + random.integer(100_000));
    },
    async () => {
      const { x, y, width, height } = (await page.getByTestId('plane').boundingBox())!;
      await page.mouse.move(x + width * 0.5, y + height * 0.2);
      await page.mouse.down();
      await page.mouse.move(x + width * (0.3 + 0.4 * random.uniform()), y + height * 0.3, { steps: 3 });
      await page.mouse.up();
    },
  ];
  const state = async (): Promise<string> => {
    await afterBeat(page);
    const values = [];
    for (let i = 1; i <= SIZE; i++) values.push(await box(page, `z${i}`).inputValue());
    const kind = await span(page).inputValue();
    const slots =
      kind === 'points'
        ? await page.getByRole('group', { name: 'Points that the plane goes through' }).ariaSnapshot()
        : '';
    const set = ['Pictures per side', 'Truncation ψ', 'Seed'].map((name) => box(page, name).inputValue());
    return JSON.stringify([values, await Promise.all(set), await order.inputValue(), kind, slots]);
  };
  const steps = async (): Promise<number> => {
    await page.getByRole('button', { name: 'Steps', exact: true }).click();
    const list = page.getByRole('dialog', { name: 'Steps' }).getByRole('button');
    await expect(list.first()).toBeVisible();
    const count = await list.count();
    await page.keyboard.press('Escape');
    return count;
  };
  const before = await steps();
  const states = [await state()];
  while (states.length <= 30) {
    await one(edits)();
    // edits of one kind in quick succession are one step: these are to lie at least so far apart
    await page.waitForTimeout(720);
    const now = await state();
    if (now !== states.at(-1)) states.push(now);
  }
  expect(await steps()).toBe(before + 30);
  await page.getByTestId('plane').focus();
  for (let i = 29; i >= 0; i--) {
    await page.keyboard.press('Control+z');
    expect(await state(), `after ${30 - i} undos`).toBe(states[i]);
  }
  for (let i = 1; i <= 30; i++) {
    await page.keyboard.press('Control+Shift+z');
    expect(await state(), `after ${i} redos`).toBe(states[i]);
  }
});

test('axe finds no violation with a plane of each kind, sorted dimensions and a traversal', async ({
  page,
}) => {
  test.slow();
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('combobox', { name: 'Order of the coordinates' }).selectOption('activity');
    await span(page).selectOption('directions');
    await expectNoViolation(page, `two directions, ${theme}`);
    await span(page).selectOption('points');
    await slot(page, 'Corner B').click();
    await expectNoViolation(page, `a corner’s menu, ${theme}`);
    await page.keyboard.press('Escape');
    await switchTo(page, 'Traverse');
    await expect(page.getByTestId('traversal')).toHaveAttribute('data-rows', /axis/);
    await expectNoViolation(page, `the traversal, ${theme}`);
    await page.setViewportSize({ width: 420, height: 900 });
    await expectNoViolation(page, `the traversal, narrow, ${theme}`);
    await page.setViewportSize({ width: 1440, height: 900 });
    await switchTo(page, 'Both');
  }
});
