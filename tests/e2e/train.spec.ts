// A training from the choice of its data to the finished model, in the real window with the real engine.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures/app';

const goTo = (page: Page, place: string): Promise<void> =>
  page.getByRole('radio', { name: place, exact: true }).check({ force: true });

/** Points and a small GAN: the quickest training there is. */
async function prepare(page: Page, epochs: number): Promise<void> {
  await goTo(page, 'Train');
  await page.getByRole('button', { name: 'New training' }).click();
  await page.getByRole('button', { name: /^Ring 8 Gaussians/ }).click();
  await page.getByRole('group', { name: 'Family' }).getByRole('button', { name: 'GAN', exact: true }).click();
  await page.getByRole('button', { name: /^GAN on points of a plane/ }).click();
  await page.getByRole('textbox', { name: 'How many are drawn' }).fill('2560');
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Epochs' }).fill(String(epochs));
  await page.keyboard.press('Enter');
  await expect(page.getByText('altogether')).toBeVisible({ timeout: 90_000 });
}

test.describe('Train', () => {
  test.setTimeout(180_000);

  test('says what a training costs, runs it, pauses, steps one player, stops and goes on', async ({
    app,
  }) => {
    const { page } = app;
    await prepare(page, 2000);
    await page.getByRole('button', { name: /Start training|Add to the queue/ }).click();
    const state = page.getByRole('region', { name: 'Run', exact: true }).getByRole('status').first();
    await expect(state).toContainText('Running', { timeout: 60_000 });
    await expect(page.getByRole('application', { name: /^Losses of the two players: D \d/ })).toBeVisible({
      timeout: 60_000,
    });
    await expect(page.getByRole('img', { name: /Points of the data/ })).toBeVisible({ timeout: 60_000 });

    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(state).toContainText('Paused', { timeout: 20_000 });
    await page.getByRole('button', { name: 'D only' }).click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(state).toContainText('Running', { timeout: 20_000 });

    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(state).toContainText('Stopped', { timeout: 60_000 });
    await page.getByRole('button', { name: /Go on from step/ }).click();
    await expect(state).toContainText('Running', { timeout: 60_000 });

    await page.getByRole('button', { name: 'Remove this training' }).click();
    await expect(page.getByRole('dialog')).toContainText('nothing of it is kept');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByRole('heading', { name: 'Train your first model' })).toBeVisible({
      timeout: 30_000,
    });
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
    await expect(page.getByText(/There are too few pictures/)).toBeVisible({ timeout: 60_000 });
    await expect(page.getByRole('button', { name: /Start training/ })).toBeDisabled();
    await page.getByRole('textbox', { name: /Path of a folder/ }).fill('/nowhere/at/all');
    await page.getByRole('button', { name: 'Read' }).click();
    await expect(page.getByRole('alert').filter({ hasText: '/nowhere/at/all' })).toBeVisible({
      timeout: 20_000,
    });
  });

  test('is reached by keys, and has nothing that axe minds', async ({ app }) => {
    const { page } = app;
    await page.getByRole('radio', { name: 'Explore', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('heading', { name: 'Train your first model' })).toBeVisible({
      timeout: 20_000,
    });
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    }
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByTestId('picture')).toBeVisible();
  });
});
