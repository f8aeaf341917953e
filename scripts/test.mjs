// @ts-check
// `npm test`: the set-up of `npm start`, then every check there is. The last line is the sum of them all.
import { hasEndToEndTests, runChecks, runPlaywright, runVitest } from './lib/checks.mjs';
import { provideChromium } from './lib/chromium.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';
import { add, nothing, summaryLine } from './lib/tally.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter);
  const tallies = await runChecks(reporter);
  tallies.push(await runVitest(reporter, 'Contract and conformance tests', ['contract', 'conformance']));
  if (hasEndToEndTests()) {
    const chromium = await provideChromium(reporter);
    if (chromium) tallies.push(await runPlaywright(reporter, chromium));
    else {
      reporter.note(
        'The end-to-end tests are skipped: there is no Chromium here; install one, or name one in LATENTSCAPE_CHROMIUM.',
      );
      tallies.push({ ...nothing, skipped: 1 });
    }
  }
  const tally = tallies.reduce(add, nothing);
  reporter.note(summaryLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
