// @ts-check
// `npm run check`: format, lint, types, Svelte and unit tests.
import { runChecks } from './lib/checks.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';
import { add, nothing, summaryLine } from './lib/tally.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter, { build: false });
  const tally = (await runChecks(reporter)).reduce(add, nothing);
  reporter.note(summaryLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
