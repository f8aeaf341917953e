// axe finds no violation: in light and dark, wide and narrow, with every sheet open and every state shown; and everything is reached by keys.
import { expect, test } from './fixtures/app';
import { expectNoViolation } from './fixtures/settled';

for (const theme of ['light', 'dark'] as const) {
  test(`no violation in ${theme}`, async ({ app: { page } }) => {
    test.slow();
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await expect(page.getByRole('complementary', { name: 'Encoded picture' })).toBeVisible();
    await expectNoViolation(page, 'at rest');

    await page.getByRole('list', { name: 'Classes' }).getByRole('button').first().click();
    await page.getByRole('textbox', { name: 'z1', exact: true }).fill('abc');
    await page.keyboard.press('Enter');
    await expectNoViolation(page, 'a hidden class and a wrong number');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: /^Model:/ }).click();
    await expectNoViolation(page, 'models');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'About this model' }).click();
    await expectNoViolation(page, 'model card');
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'Help and shortcuts' }).click();
    await expectNoViolation(page, 'help');
    await page.keyboard.press('Escape');

    for (const width of [1100, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await expectNoViolation(page, `${width} pixels wide`);
    }
  });
}

test('a sheet keeps the focus and gives it back', async ({ app: { page } }) => {
  const help = page.getByRole('button', { name: 'Help and shortcuts' });
  await help.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Hands and keys' });
  await expect(dialog).toBeVisible();
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    const escaped = await page.evaluate(
      () => document.activeElement !== document.body && document.activeElement?.closest('dialog') === null,
    );
    expect(escaped).toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(help).toBeFocused();
});

test('everything that can be done is reached by Tab, with the focus in sight', async ({ app: { page } }) => {
  const wanted = [
    'z1',
    'z2',
    'Seed',
    'Zoom in',
    'Save the picture as PNG',
    'Save the grid as PNG',
    'Copy the point as JSON',
  ];
  const reached = new Set<string>();
  await page.getByRole('heading', { name: 'Latentscape', level: 1 }).click();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab');
    const { name, seen } = await page.evaluate(() => {
      const element = document.activeElement!;
      const style = getComputedStyle(element);
      const thumb = element.matches('input[type=range], input[type=radio]');
      return {
        name: element.getAttribute('aria-label') ?? element.textContent ?? '',
        seen: element === document.body || thumb || style.outlineStyle !== 'none',
      };
    });
    expect(seen, name).toBe(true);
    reached.add(name);
  }
  expect(wanted.filter((name) => !reached.has(name))).toEqual([]);
});
