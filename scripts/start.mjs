// @ts-check
// `npm start`: provides what is missing, then opens the app in a window, or in the browser where there can be none.
// Options: --browser (no window), --desktop is the default; anything else is handed to the app.
import { join } from 'node:path';
import { handOver } from './lib/command.mjs';
import { findElectron } from './lib/electron.mjs';
import { root } from './lib/paths.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';

await runMain(async () => {
  const began = performance.now();
  const reporter = createReporter();
  const args = process.argv.slice(2).filter((argument) => argument !== '--browser');
  await prepare(reporter);
  const electron = process.argv.includes('--browser') ? null : await findElectron(reporter);
  if (process.env.LATENTSCAPE_DEBUG)
    reporter.note(`Everything was checked in ${Math.round(performance.now() - began)} ms.`);
  if (electron && 'binary' in electron) {
    // Under this variable Electron would run as plain Node.
    const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
    return handOver(electron.binary, [root, ...args], { cwd: root, env });
  }
  if (electron)
    reporter.note(
      `A window of its own cannot be had here (${electron.why}); the app opens in the browser instead.`,
    );
  return handOver(process.execPath, [join(root, 'out', 'main', 'serve.js'), '--open', ...args], {
    cwd: root,
  });
});
