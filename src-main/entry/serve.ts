// The browser face: one program, one address.
import { join, resolve } from 'node:path';
import { exitCodeOf, toWireError } from '#shared/errors';
import { parseServeOptions, runServe } from '#app/run-serve';

try {
  await runServe(parseServeOptions(process.argv.slice(2)), {
    engineScript: join(import.meta.dirname, 'engine.js'),
    trainerScript: join(import.meta.dirname, 'trainer.js'),
    inspectorScript: join(import.meta.dirname, 'inspector.js'),
    pageFolder: resolve(import.meta.dirname, '..', 'renderer'),
  });
  process.exit(0);
} catch (thrown) {
  const { code, sentence } = toWireError(thrown);
  process.stderr.write(`${sentence}\n`);
  process.exit(exitCodeOf(code));
}
