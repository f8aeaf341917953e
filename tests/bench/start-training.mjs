// A training started in the window as a person starts it, so that a measurement can run beside it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const STARTS_WITHIN_MS = 120_000;

/**
 * Starts a small DCGAN on drawn heads, waits until it takes steps and goes back to the Explore view. Gives a function that tells how
 * many steps it has taken.
 */
export async function startTraining(page, home) {
  const within = { timeout: STARTS_WITHIN_MS };
  const goTo = (place) => page.getByRole('radio', { name: place, exact: true }).check({ force: true });
  await goTo('Train');
  await page.getByRole('button', { name: 'New training' }).click(within);
  await page.getByRole('button', { name: /^Heads drawn/ }).click(within);
  await page.getByRole('group', { name: 'Family' }).getByRole('button', { name: 'GAN', exact: true }).click();
  await page.getByRole('button', { name: /^DCGAN, small/ }).click(within);
  const epochs = page.getByRole('textbox', { name: 'Epochs' });
  await epochs.fill('1000'); // it shall not end before the measurement
  await epochs.press('Enter');
  await page.getByRole('button', { name: /^(Start training|Add to the queue)/ }).click(within);
  const steps = () => newestStep(join(home, 'jobs'));
  for (const end = Date.now() + STARTS_WITHIN_MS; (await steps()) < 1;) {
    if (Date.now() > end) throw new Error('the training has not begun');
    await page.waitForTimeout(200);
  }
  await goTo('Explore');
  await page.getByTestId('plane').waitFor(within);
  return steps;
}

/** From the history that a job writes. */
async function newestStep(jobs) {
  const [id] = await readdir(jobs).catch(() => []);
  if (id === undefined) return 0;
  const history = await readFile(join(jobs, id, 'figures.jsonl'), 'utf8').catch(() => '');
  const steps = [...history.matchAll(/^\{"step":(\d+)/gm)].map(([, step]) => Number(step));
  return Math.max(0, ...steps);
}
