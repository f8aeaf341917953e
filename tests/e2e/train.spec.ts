// A training from the choice of its data to the finished model, in the real window with the real engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app';
import { expectNoViolation, PATIENCE, switchTo } from './fixtures/settled';

/** Points and a small GAN: the quickest training there is. */
async function prepare(page: Page, epochs: number): Promise<void> {
  await switchTo(page, 'Train');
  await page.getByRole('button', { name: 'New training' }).click();
  await page.getByRole('button', { name: /^Ring 8 Gaussians/ }).click();
  await page.getByRole('group', { name: 'Family' }).getByRole('button', { name: 'GAN', exact: true }).click();
  await page.getByRole('button', { name: /^GAN on points of a plane/ }).click();
  await page.getByRole('textbox', { name: 'How many are drawn' }).fill('2560');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Epochs' }).fill(String(epochs));
  await page.keyboard.press('Enter');
  await expect(page.getByText('altogether')).toBeVisible(PATIENCE);
}

test.describe('Train', () => {
  test.slow();

  test('says what a training costs, runs it, pauses, steps one player, stops and goes on', async ({
    app,
  }) => {
    const { page } = app;
    await prepare(page, 2000);
    await page.getByRole('button', { name: /Start training|Add to the queue/ }).click();
    const state = page.getByRole('region', { name: 'Run', exact: true }).getByRole('status').first();
    await expect(state).toContainText('Running', PATIENCE);
    await expect(page.getByRole('application', { name: /^Losses of the two players: D \d/ })).toBeVisible(
      PATIENCE,
    );
    await expect(page.getByRole('img', { name: /Points of the data/ })).toBeVisible(PATIENCE);
    await expect(
      page.getByRole('application', { name: /^How far a step moves the weights: D / }),
    ).toBeVisible();
    await expect(
      page.getByRole('img', { name: /^The generator's losses against D\(G\(z\)\)/ }),
    ).toBeVisible();
    await expect(
      page.getByRole('list', { name: /^How often each mode is made/ }).getByRole('listitem'),
    ).toHaveCount(8);

    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(state).toContainText('Paused', PATIENCE);
    await page.getByRole('button', { name: 'D only' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(state).toContainText('Running', PATIENCE);

    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(state).toContainText('Stopped', PATIENCE);
    await page.getByRole('button', { name: /Go on from step/ }).click();
    await expect(state).toContainText('Running', PATIENCE);

    await page.getByRole('button', { name: 'Remove this training' }).click();
    await expect(page.getByRole('dialog')).toContainText('nothing of it is kept');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('heading', { name: 'Train your first model' })).toBeVisible(PATIENCE);
    expect(app.complaints).toEqual([]);
  });

  test('refuses bad settings in a sentence, before minutes are spent', async ({ app }) => {
    const { page } = app;
    await prepare(page, 10);
    await page.getByRole('textbox', { name: 'Latent size' }).fill('0');
    await page.keyboard.press('Enter');
    await expect(page.getByText('A whole number from 1 to 512.')).toBeVisible();
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Batch' }).fill('4096');
    await page.keyboard.press('Enter');
    await expect(page.getByText(/There are too few pictures/)).toBeVisible(PATIENCE);
    await expect(page.getByRole('button', { name: /Start training/ })).toBeDisabled();
    await page.getByRole('textbox', { name: /Path of a folder/ }).fill('/nowhere/at/all');
    await page.getByRole('button', { name: 'Read' }).click();
    await expect(page.getByRole('alert').filter({ hasText: '/nowhere/at/all' })).toBeVisible(PATIENCE);
  });

  test('reads pictures of a person: what is wrong is listed, what is changed is shown, classes are chosen', async ({
    app,
  }) => {
    const { page } = app;
    const folder = await mkdtemp(join(tmpdir(), 'latentscape-pictures-'));
    try {
      const side = { width: 8, height: 8, channels: 3 } as const;
      for (const [i, background] of ['#d03010', '#1050c0', '#10a040'].entries())
        await sharp({ create: { ...side, background } })
          .png()
          .toFile(join(folder, `${i}.png`));
      await writeFile(join(folder, 'broken.png'), 'no picture');
      const rows = [
        'file,hue,kind',
        '0.png,red,x',
        '1.png,blue,x',
        '2.png,blue,x',
        'broken.png,red,x',
        'gone.png,red,x',
      ];
      await writeFile(join(folder, 'labels.csv'), rows.join('\n'));
      await switchTo(page, 'Train');
      await page.getByRole('button', { name: 'New training' }).click();
      await page.getByRole('textbox', { name: /Path of a folder/ }).fill(folder);
      await page.getByRole('button', { name: 'Read' }).click();
      await expect(
        page.getByText('1 row of labels.csv names no picture that is there (gone.png).'),
      ).toBeVisible(PATIENCE);
      await page.getByText('1 file cannot be read and is left out').click();
      await expect(page.getByText('broken.png')).toBeVisible();
      const column = page.getByRole('combobox', { name: 'Column of the classes' });
      await expect(column).toHaveValue('hue');
      await column.selectOption('kind');
      await expect(page.getByText('There is only one class, x:', { exact: false })).toBeVisible(PATIENCE);
      await page.getByRole('checkbox', { name: 'Mirror' }).check({ force: true });
      await expect(page.getByRole('img', { name: /their variations in seven epochs/ })).toBeVisible(PATIENCE);
      expect(app.complaints).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('gives a long reading up when it is told to', async ({ app }) => {
    const { page } = app;
    const folder = await mkdtemp(join(tmpdir(), 'latentscape-many-'));
    try {
      const picture = await sharp({ create: { width: 96, height: 96, channels: 3, background: '#888' } })
        .png()
        .toBuffer();
      for (let i = 0; i < 4000; i++) await writeFile(join(folder, `${i}.png`), picture);
      await switchTo(page, 'Train');
      await page.getByRole('button', { name: 'New training' }).click();
      await page.getByRole('textbox', { name: /Path of a folder/ }).fill(folder);
      await page.getByRole('button', { name: 'Read' }).click();
      const reading = page.getByRole('status').filter({ hasText: /Reading [\d,]+ of 4,000/ });
      await expect(reading).toBeVisible(PATIENCE);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await expect(page.getByText('Reading was cancelled.')).toBeVisible();
      await page.getByRole('button', { name: 'Read it again' }).click();
      await expect(page.getByText('4,000 pictures of 96 × 96', { exact: false })).toBeVisible(PATIENCE);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('is reached by keys, and has nothing that axe minds', async ({ app }) => {
    const { page } = app;
    await page.getByRole('radio', { name: 'Arithmetic', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('heading', { name: 'Train your first model' })).toBeVisible(PATIENCE);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await expectNoViolation(page, scheme);
    }
    // over Arithmetic, Interpolate and Map to Explore
    for (let places = 0; places < 4; places++) await page.keyboard.press('ArrowLeft');
    await expect(page.getByTestId('picture')).toBeVisible();
  });
});
