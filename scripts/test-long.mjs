// @ts-check
// `npm run test:long`: what `npm test` does briefly to trainings, at length: 20 kills for each of two families, 20 disk sizes, a minute
// of suspension; and to projects: 20 kills, 1,000 saves at once. Takes a quarter of an hour.
import { runVitest } from './lib/checks.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';
import { summaryLine } from './lib/tally.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter);
  const tally = await runVitest(
    reporter,
    'Trainings and projects that are killed, starved and suspended',
    ['contract'],
    {
      files: ['kills', 'hardships', 'full-disk', 'projects'].map((name) => `tests/contract/${name}.test.ts`),
      env: { LATENTSCAPE_LONG: '1' },
    },
  );
  reporter.note(summaryLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
