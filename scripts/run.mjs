// @ts-check
// `node scripts/run.mjs serve|cli …`: runs one of the built programs, after providing what is missing. What it has to
// say goes to stderr, so that stdout stays the program's own.
import { join } from 'node:path';
import { handOver } from './lib/command.mjs';
import { SetupFailure } from './lib/failure.mjs';
import { root } from './lib/paths.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';

await runMain(async () => {
  const [program, ...args] = process.argv.slice(2);
  if (program !== 'serve' && program !== 'cli')
    throw new SetupFailure(
      `there is no program '${program ?? ''}'`,
      'use `npm run serve` or `npm run -s cli -- …`',
    );
  await prepare(createReporter({ stream: process.stderr }));
  return handOver(process.execPath, [join(root, 'out', 'main', `${program}.js`), ...args]);
});
