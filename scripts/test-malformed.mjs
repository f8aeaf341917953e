// @ts-check
// `npm run test:malformed`: what `npm test` does briefly to strangers' files, at length: 2,000 mutants of each format beside all recipes.
// Takes half an hour. `npm run test:malformed -- onnx` takes one format, `onnx/mutant:17` one case.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runVitest } from './lib/checks.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';
import { summaryLine } from './lib/tally.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter);
  const folder = mkdtempSync(join(tmpdir(), 'latentscape-malformed-'));
  const table = join(folder, 'table.txt');
  const only = process.argv[2];
  const tally = await runVitest(reporter, 'Malformed files', ['conformance'], {
    files: ['tests/conformance/malformed.test.ts'],
    env: {
      LATENTSCAPE_LONG: '1',
      LATENTSCAPE_TABLE: table,
      ...(only === undefined ? {} : { LATENTSCAPE_MALFORMED: only }),
    },
  });
  if (existsSync(table)) reporter.note(readFileSync(table, 'utf8').trimEnd());
  rmSync(folder, { recursive: true });
  reporter.note(summaryLine(tally));
  return tally.failed === 0 ? 0 : 1;
});
