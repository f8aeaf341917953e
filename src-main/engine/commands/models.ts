// doctor, models: what is here, and whether it works.
import { z } from 'zod';
import type { ModelInfo } from '#shared/domain';
import { doctorReport } from '../backends/doctor';
import { formatBytes } from '../store/store-errors';
import { command } from './command';

export const doctorCommand = command({
  usage: 'doctor',
  describe: 'which engine, why, versions, and a self-test against known values',
  options: [],
  input: z.object({}),
  async run() {
    const report = await doctorReport();
    const { selfTest, memory } = report;
    const lines = [
      `backend       ${report.backend}${report.native ? ' (native)' : ' (fallback)'}`,
      `why           ${report.why}`,
      ...(report.remedy === null ? [] : [`remedy        ${report.remedy}`]),
      `tensorflow    ${report.tensorflow ?? 'none'}${report.source === null ? '' : `, ${report.source}`}`,
      `onnxruntime   ${report.onnxruntime === null ? `none: ${report.onnxruntimeWhy ?? 'unknown'}` : `${report.onnxruntime}, its telemetry switched off`}`,
      `tfjs          ${report.tfjs}`,
      `node          ${report.node} on ${report.platform}, ${report.cores} cores`,
      `electron      ${report.electron.version ?? 'none'}`,
      `memory        ${formatBytes(memory.free)} free of ${formatBytes(memory.total)}`,
      `cache         ${report.cacheFolder}`,
      `self-test     ${selfTest.passed} passed, ${selfTest.failed} failed`,
      ...selfTest.tests
        .filter(({ passed }) => !passed)
        .map(({ name, error }) => `  failed      ${name}: ${error ?? ''}`),
    ];
    return { json: report, lines, ...(selfTest.failed > 0 ? { exitCode: 4 } : {}) };
  },
});

export const modelsCommand = command({
  usage: 'models',
  describe: 'every model pack: bundled, and in your library',
  options: [],
  input: z.object({}),
  async run(_input, context) {
    const { models, damaged } = await context.call('models/list', {});
    const lines = [
      ...models.map((model) => `${model.id.padEnd(20)} ${describe(model)}`),
      ...damaged.map(({ id, error }) => `${id.padEnd(20)} damaged: ${error.sentence}`),
    ];
    return { json: [...models, ...damaged], lines: lines.length > 0 ? lines : ['no models yet'] };
  },
});

function describe(model: ModelInfo): string {
  const { latent, output, metrics } = model;
  const elbo = metrics.elbo === undefined ? '' : `, ELBO ${metrics.elbo.toFixed(1)} nats`;
  return `${model.title}; ${model.family}, latent ${latent.size}, ${output.width} x ${output.height} x ${output.channels}${elbo}`;
}
