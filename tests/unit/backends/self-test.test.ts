import { describe, expect, it } from 'vitest';
import { runSelfTest } from '#engine/backends/self-test';
import { loadTfjs, selectBackend } from '#engine/backends/select';
import { readNativeRecord } from '#engine/backends/native-record';

const native = readNativeRecord().state === 'native';

describe('self-test', () => {
  it('passes on WebAssembly and leaves no tensor', async () => {
    const report = await selectBackend({ prefer: 'wasm' });
    expect(report).toMatchObject({ backend: 'wasm', native: false, tensorflow: null });
    const tf = await loadTfjs();
    const before = tf.memory().numTensors;
    const results = await runSelfTest(tf);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(12);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.skipIf(!native)('passes on TensorFlow, chosen by itself where set-up provided it', async () => {
    const report = await selectBackend();
    if (process.env.LATENTSCAPE_BACKEND === 'wasm') return;
    expect(report).toMatchObject({ backend: 'tensorflow', native: true, remedy: null });
    const tf = await loadTfjs();
    const results = await runSelfTest(tf);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  it('sees a backend that computes wrong values', async () => {
    await selectBackend({ prefer: 'wasm' });
    const tf = await loadTfjs();
    const broken = { ...tf, softmax: (x: Parameters<typeof tf.softmax>[0]) => tf.mul(tf.softmax(x), 1.01) };
    const results = await runSelfTest(broken as typeof tf);
    expect(results.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual(['softmax']);
  });
});
