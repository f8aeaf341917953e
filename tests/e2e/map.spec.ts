// The Map view as hands use it, in the real app: points are found under the pointer, a loop makes a group whose mean is the mean of its
// codes and goes to a well, a rectangle is drawn by keys, every step can be undone, and the closest pictures are shown.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { toFloat32 } from '#engine/store/half-float';
import { decodeSafetensors, type Tensor } from '#engine/store/safetensors';
import { appRoot, expect, test } from './fixtures/app';
import { expectNoViolation, PATIENCE, switchTo } from './fixtures/settled';

type HalfOrFloat = Extract<Tensor, { dtype: 'F16' | 'F32' }>;
/** The bundled codes, read without the app. // [10000, 2] */
const codes = (): Float32Array => {
  const file = readFileSync(join(appRoot, 'models', 'fashion-vae-2d', 'codes.safetensors'));
  return toFloat32(decodeSafetensors(file).tensors.get('mu') as HalfOrFloat);
};
const chart = (page: Page) => page.getByTestId('map');
const groups = (page: Page) => page.getByTestId('map-group');

async function toMap(page: Page): Promise<void> {
  await switchTo(page, 'Map');
  await expect(chart(page)).toHaveAttribute('data-points', '10000', PATIENCE);
}

/** A loop around the middle of the map, with a real mouse. */
async function drawLoop(page: Page, share: number): Promise<void> {
  const box = (await chart(page).boundingBox())!;
  const at = (turn: number): readonly [number, number] => [
    box.x + box.width * (0.5 + share * Math.cos(turn)),
    box.y + box.height * (0.5 + share * Math.sin(turn)),
  ];
  await page.keyboard.down('Shift');
  await page.mouse.move(...at(0));
  await page.mouse.down();
  for (let i = 1; i <= 24; i++) await page.mouse.move(...at((i / 24) * 2 * Math.PI));
  await page.mouse.up();
  await page.keyboard.up('Shift');
}

async function saved(page: Page, kind: 'CSV' | 'JSON'): Promise<string> {
  const download = page.waitForEvent('download');
  await groups(page)
    .first()
    .getByRole('button', { name: /^Save / })
    .click();
  await page.getByRole('button', { name: `As ${kind}` }).click();
  return readFileSync((await (await download).path())!, 'utf8');
}

test('a point is found under the pointer, taken in hand, and its neighbours are named', async ({
  app: { page },
}) => {
  await toMap(page);
  const box = (await chart(page).boundingBox())!;
  const point = page.getByTestId('map-point');
  // the middle of the map is dense: within a few pixels there is a point
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height * 0.42);
  await expect(point).toBeVisible();
  const index = Number(await point.getAttribute('data-index'));
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByRole('region', { name: 'Point', exact: true })).toContainText(`No. ${index}`);
  for (const name of ['By z', 'By pixels of reconstructions (RMS)'])
    await expect(page.getByRole('list', { name }).getByRole('button')).toHaveCount(8, PATIENCE);

  // it is the point of Explore
  const mu = codes().slice(2 * index, 2 * index + 2);
  await switchTo(page, 'Explore');
  for (const [i, name] of ['z1', 'z2'].entries())
    await expect
      .poll(async () => Number(await page.getByRole('textbox', { name, exact: true }).inputValue()))
      .toBeCloseTo(mu[i]!, 5);
});

for (const [width, height] of [
  [1280, 720],
  [420, 860],
] as const)
  test(`what comes after the map moves it nowhere, ${width} pixels wide`, async ({ app: { page } }) => {
    await page.setViewportSize({ width, height });
    // every place that it takes from its first frame on
    const places = page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const seen = new Set<string>();
          const look = (): void => {
            const box = document.querySelector('[data-testid=map]')?.getBoundingClientRect();
            if (box !== undefined) seen.add([box.x, box.y, box.width, box.height].join(' '));
            // read when the classes and the scale have come
            if (document.querySelector('[data-map-read]') === null) requestAnimationFrame(look);
            else resolve([...seen]);
          };
          look();
        }),
    );
    if (width < 700) await page.getByRole('combobox', { name: 'Place' }).selectOption({ label: 'Map' });
    else await switchTo(page, 'Map');
    const classes = page.getByRole('list', { name: 'Classes' });
    await expect(classes.getByRole('button')).toHaveCount(10, PATIENCE);
    await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('norm');
    await expect(classes).toBeHidden();
    await expect(page.getByText('Length of z', { exact: true }).last()).toBeVisible();
    await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('class');
    // by keys, what lies beyond the end of the row is scrolled to
    await classes.getByRole('button').nth(8).focus();
    await page.keyboard.press('Tab');
    await expect(classes.getByRole('button').last()).toBeFocused();
    await expect(classes.getByRole('button').last()).toBeInViewport({ ratio: 1 });
    await page.evaluate(() => document.body.setAttribute('data-map-read', ''));
    expect(await places).toHaveLength(1);
  });

test('a loop makes a group; its mean is that of its codes; undo, redo, a name, a well', async ({
  app: { page },
}) => {
  await toMap(page);
  await drawLoop(page, 0.12);
  await expect(groups(page)).toHaveCount(1);
  // what it took stands out on the map
  await expect(groups(page).getByRole('button', { name: /^Show .* apart$/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  const group = JSON.parse(await saved(page, 'JSON')) as { z: number[]; points: number[]; count: number };
  expect(group.count).toBeGreaterThan(100);
  expect(group.points).toHaveLength(group.count);
  const mu = codes();
  for (const axis of [0, 1]) {
    const mean = group.points.reduce((sum, at) => sum + mu[2 * at + axis]! / group.count, 0);
    expect(group.z[axis]).toBeCloseTo(mean, 4);
  }
  // every point of the group lies inside what was drawn, and the CSV says so
  const rows = (await saved(page, 'CSV'))
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split(',').map(Number));
  expect(rows.map(([at]) => at)).toEqual(group.points);
  // one look for all of them: each look of the runner is written down
  const off = rows.map(([at, x, y]) =>
    Math.max(Math.abs(x! - mu[2 * at!]!), Math.abs(y! - mu[2 * at! + 1]!)),
  );
  expect(Math.max(...off)).toBeLessThan(1e-4);

  const name = groups(page).getByRole('textbox');
  await name.fill('The middle');
  await name.press('Enter');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(groups(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Redo' }).click();
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(name).toHaveValue('The middle');

  await groups(page).getByRole('button', { name: 'Send The middle to' }).click();
  await page.getByRole('button', { name: 'Mean: To well A' }).click();
  await switchTo(page, 'Arithmetic');
  await expect(page.getByRole('list', { name: 'Exemplars of A' }).getByRole('listitem')).toHaveCount(1);
});

test('a drag and the wheel move the map and make no group; keys draw a rectangle', async ({
  app: { page },
}) => {
  await toMap(page);
  const box = (await chart(page).boundingBox())!;
  await page.mouse.move(box.x + 300, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 380, box.y + 340, { steps: 5 });
  await page.mouse.up();
  await page.mouse.wheel(0, -400);
  await expect(page.getByRole('button', { name: 'See all' })).toBeEnabled();
  await expect(groups(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'See all' }).click();

  await chart(page).focus();
  await page.keyboard.press('s');
  await expect(page.getByText('Arrows move the rectangle')).toBeVisible();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Enter');
  await expect(groups(page)).toHaveCount(1);
  await page.keyboard.press('s');
  await page.keyboard.press('Escape');
  await expect(page.getByText('Arrows move the rectangle')).toBeHidden();
});

test('near enough, points become pictures', async ({ app: { page } }) => {
  await toMap(page);
  const box = (await chart(page).boundingBox())!;
  const painted = (): Promise<number> =>
    page.locator('.map-over').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let many = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] === 255) many++;
      return many;
    });
  const far = await painted();
  await page.mouse.move(box.x + box.width * 0.42, box.y + box.height * 0.42);
  for (let i = 0; i < 8; i++) await page.mouse.wheel(0, -300);
  // a picture covers some fourteen hundred pixels
  await expect.poll(painted, PATIENCE).toBeGreaterThan(far + 10_000);
});

/** Pictures of squares in three places, as IDX files with their classes. */
function writeSquares(folder: string, count: number): void {
  const header = (...numbers: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, at) => bytes.writeUInt32BE(number, 4 * at));
    return bytes;
  };
  const pictures = Buffer.alloc(count * 28 * 28);
  const labels = Buffer.from(Array.from({ length: count }, (_, i) => i % 3));
  for (let i = 0; i < count; i++)
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++) pictures[784 * i + 28 * (y + (i % 18)) + x + 8 * (i % 3)] = 255 - i;
  writeFileSync(
    join(folder, 'train-images-idx3-ubyte'),
    Buffer.concat([header(2051, count, 28, 28), pictures]),
  );
  writeFileSync(join(folder, 'train-labels-idx1-ubyte'), Buffer.concat([header(2049, count), labels]));
}

test('own pictures become points, coloured by their classes and errors; a project knows them by name alone', async ({
  app: { page },
}, testInfo) => {
  const folder = testInfo.outputPath('squares');
  mkdirSync(folder, { recursive: true });
  writeSquares(folder, 40);
  await toMap(page);
  const points = page.getByRole('combobox', { name: 'Points', exact: true });
  await points.selectOption('data');
  const dialog = page.getByRole('dialog', { name: 'Your pictures on the map' });
  await expect(dialog).toBeVisible();
  await expectNoViolation(page, 'the sheet of pictures');
  await page.keyboard.press('Escape');
  await expect(points).toHaveValue('codes');

  const path = page.getByRole('textbox', { name: 'Path of a folder or a file on this machine' });
  await points.selectOption('data');
  await path.fill(join(folder, 'nothing'));
  await dialog.getByRole('button', { name: 'Read' }).click();
  await expect(page.getByRole('alert')).toContainText('There is no such data');
  await page.getByRole('button', { name: 'Other pictures…' }).click();
  await expect(path).toHaveValue(join(folder, 'nothing')); // to be corrected
  await path.fill(folder);
  await dialog.getByRole('button', { name: 'Read' }).click();
  await expect(chart(page)).toHaveAttribute('data-points', '40');
  await expect(page.getByRole('button', { name: /^0/ })).toContainText('14');

  await page.getByRole('textbox', { name: 'Point by its number' }).fill('4');
  await page.keyboard.press('Enter');
  const pane = page.getByTestId('map-point');
  await expect(pane).toContainText('Real');
  await expect(page.getByRole('list', { name: 'By pixels (RMS)' }).getByRole('button')).toHaveCount(8);
  await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('error');
  await expect(page.getByText('Reconstruction error, RMS')).toBeVisible();

  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(chart(page)).toHaveAttribute('data-points', '10000');
  for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Redo', exact: true }).click();
  await expect(chart(page)).toHaveAttribute('data-points', '40');
  await expect(page.getByText('Reconstruction error, RMS')).toBeVisible();

  // as on another machine: the project is there, the pictures are not
  await expect(page.getByRole('button', { name: /^Project: .*, Saved$/ })).toBeVisible(PATIENCE);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('squares, up to 5,000 pictures', PATIENCE);
  await page.getByRole('button', { name: 'Choose them…' }).click();
  const chooser = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: 'Choose a file…' }).click();
  await (await chooser).setFiles(join(folder, 'train-images-idx3-ubyte'));
  await expect(chart(page)).toHaveAttribute('data-points', '40');

  // what was brought in is found by any window, until a person takes it away
  await expect(page.getByRole('button', { name: /^Project: .*, Saved$/ })).toBeVisible(PATIENCE);
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await expect(chart(page)).toHaveAttribute('data-points', '40', PATIENCE);
  await page.getByRole('button', { name: 'Others…' }).click();
  const brought = dialog.getByTestId('brought-pictures');
  await expect(brought).toContainText('train-images-idx3-ubyte');
  await expectNoViolation(page, 'what was brought in before');
  await brought.getByRole('button', { name: 'Remove…' }).click();
  await brought.getByRole('button', { name: 'Remove the copy' }).click();
  await expect(brought).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('alert')).toContainText('Choose them again');
});

/** As a hand drops it: Chromium itself reads what lies there, folders too. */
async function dropFiles(page: Page, target: Locator, paths: readonly string[]): Promise<void> {
  const box = (await target.boundingBox())!;
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}

test('a dropped folder of labelled pictures, and the same as a zip, is coloured by its labels', async ({
  app: { page },
}, testInfo) => {
  const folder = testInfo.outputPath('heads');
  const made = ['datasets', 'make', 'heads', '--n', '200', '--size', '28', '--out', folder];
  execFileSync(process.execPath, [join(appRoot, 'out', 'main', 'cli.js'), ...made], { stdio: 'pipe' });
  // a header, and a row for each picture
  const rows = readFileSync(join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  expect(rows).toHaveLength(201);
  const zip = testInfo.outputPath('heads.zip');
  const names = [...readdirSync(folder)];
  writeFileSync(
    zip,
    zipSync(Object.fromEntries(names.map((name) => [`heads/${name}`, readFileSync(join(folder, name))]))),
  );

  await toMap(page);
  const dialog = page.getByRole('dialog', { name: 'Your pictures on the map' });
  const colour = page.getByRole('combobox', { name: 'Coloured by' });
  for (const [i, path] of [folder, zip].entries()) {
    if (i === 0) await page.getByRole('combobox', { name: 'Points', exact: true }).selectOption('data');
    else await page.getByRole('button', { name: 'Others…' }).click();
    await dropFiles(page, dialog.getByRole('group', { name: 'Your pictures' }), [path]);
    await expect(dialog).toBeHidden(PATIENCE);
    await expect(page.getByText('Drop pictures, or a model')).toBeHidden();
    await expect(chart(page)).toHaveAttribute('data-points', '200', PATIENCE);
    await colour.selectOption('attribute:smile');
    await expect(page.locator('.scale')).toContainText('smile');
    await page.getByRole('textbox', { name: 'Point by its number' }).fill('4');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('map-point')).toContainText('smile');
  }
});

test('colours that take long are given up, and computed when they are asked for again', async ({
  app: { page },
}, testInfo) => {
  test.slow();
  const folder = testInfo.outputPath('squares');
  mkdirSync(folder, { recursive: true });
  writeSquares(folder, 20_000);
  await toMap(page);
  await page.getByRole('combobox', { name: 'Points', exact: true }).selectOption('data');
  await page.getByRole('textbox', { name: 'Path of a folder or a file on this machine' }).fill(folder);
  await page.getByRole('button', { name: 'Read' }).click();
  await expect(chart(page)).toHaveAttribute('data-points', '5000', PATIENCE);
  const most = page.getByRole('textbox', { name: 'How many pictures at most' });
  await most.fill('20000');
  await most.press('Enter');
  await expect(chart(page)).toHaveAttribute('data-points', '20000', PATIENCE);

  await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('error');
  await expect(page.getByRole('progressbar', { name: 'The colours' })).toBeVisible(PATIENCE);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText('The colours were not computed.');
  await expect(page.getByRole('progressbar', { name: 'The colours' })).toBeHidden();
  await page.getByRole('button', { name: 'Compute them' }).click();
  await expect(page.getByText('Reconstruction error, RMS')).toBeVisible(PATIENCE);
});

test('samples by UMAP, coloured by length; what lies under the codes; what cannot be had says why', async ({
  app: { page },
}) => {
  test.slow();
  await toMap(page);
  for (const [kind, words] of [
    ['holes', 'Holes, where the codes are less than a tenth as dense'],
    ['classes', 'most of its 15 nearest codes'],
  ] as const) {
    await page.getByRole('combobox', { name: 'Under the points' }).selectOption(kind);
    await expect(page.getByText(words)).toBeVisible(PATIENCE);
  }
  await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('error');
  await expect(
    page.getByText('Reconstruction error: the pictures themselves are not on this machine'),
  ).toBeVisible();

  await page.getByRole('combobox', { name: 'Points', exact: true }).selectOption('samples');
  const count = page.getByRole('textbox', { name: 'How many samples' });
  await count.fill('2');
  await count.press('Enter');
  await expect(page.getByText('Type a whole number from 3 to 200,000.')).toBeVisible();
  await count.fill('300');
  await count.press('Enter');
  await page.getByRole('combobox', { name: 'Laid out by' }).selectOption('umap');
  await expect(chart(page)).toHaveAttribute('data-points', '300', PATIENCE);
  const kept = page.getByText(/^Trustworthiness \d/);
  await expect(kept).toBeVisible(PATIENCE);
  expect(Number((await kept.innerText()).split(' ')[1])).toBeGreaterThan(0.9);
  await page.getByRole('combobox', { name: 'Coloured by' }).selectOption('norm');
  await expect(page.getByText('Length of z', { exact: true }).last()).toBeVisible();
});

for (const theme of ['light', 'dark'] as const) {
  test(`no violation in ${theme}, wide and narrow`, async ({ app: { page } }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await toMap(page);
    await drawLoop(page, 0.1);
    await expect(groups(page)).toHaveCount(1);
    const number = page.getByRole('textbox', { name: 'Point by its number' });
    await number.fill('17');
    await number.press('Enter');
    await expect(page.getByRole('list', { name: 'By z' }).getByRole('button')).toHaveCount(8, PATIENCE);
    for (const width of [1440, 420]) {
      await page.setViewportSize({ width, height: 860 });
      await expectNoViolation(page, `${width} pixels wide`);
    }
  });
}
