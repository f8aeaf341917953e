// @ts-check
// `npm run test:malformed`: what `npm test` does briefly to strangers' files, at length: 2,000 mutants of each format beside all recipes.
// Takes half an hour. `npm run test:malformed -- onnx` takes one format, `onnx/mutant:17` one case.
import { runVitest } from './lib/checks.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';
import { summaryLine } from './lib/tally.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter);
  const only = process.argv[2];
  const tally = await runVitest(reporter, 'Malformed files', ['conformance'], {
    files: ['tests/conformance/malformed.test.ts'],
    env: { LATENTSCAPE_LONG: '1', ...(only === undefined ? {} : { LATENTSCAPE_MALFORMED: only }) },
  });
  reporter.note(summaryLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
