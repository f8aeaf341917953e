// @ts-check
// `npm run setup`: everything that `npm start` provides, without starting; tries again for the native engine although
// an earlier attempt failed.
import { ensureNativeEngine } from './lib/native-engine.mjs';
import { prepare, runMain } from './lib/prepare.mjs';
import { createReporter } from './lib/progress.mjs';

await runMain(async () => {
  const reporter = createReporter();
  await prepare(reporter, { force: true });
  const engine = await ensureNativeEngine({ reporter });
  reporter.note(
    engine.state === 'native'
      ? `Ready: TensorFlow ${engine.tensorflow} (${engine.source}).`
      : 'Ready, on WebAssembly.',
  );
  return 0;
});
