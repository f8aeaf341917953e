import { expect, it } from 'vitest';
import { doctorReport } from '#engine/backends/doctor';

it('doctor names the backend, the versions and the machine, and passes its own tests', async () => {
  const report = await doctorReport();
  expect(report.selfTest.failed).toBe(0);
  expect(report.selfTest.passed).toBe(report.selfTest.tests.length);
  expect(report.node).toBe(process.versions.node);
  expect(report.onnxruntime).toMatch(/^\d+\.\d+/);
  expect(report.native).toBe(report.backend === 'tensorflow');
  expect(report.why).toMatch(/\.$/);
  expect(report.native ? report.tensorflow : report.remedy).toBeTruthy();
  expect(report.cores).toBeGreaterThan(0);
  expect(report.memory.total).toBeGreaterThan(report.memory.free);
  // Everything in it survives `--json`.
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
