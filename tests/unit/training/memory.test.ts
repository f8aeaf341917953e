// How much memory a training may take and needs, and the watch over it.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { MemoryUse } from '#transport/heartbeat';
import { parseBeat, parseTooMuch, tooMuchLine } from '#transport/heartbeat';
import { watchMemory } from '#transport/memory-watch';
import { selectBackend } from '#engine/backends/select';
import { createTrainable } from '#engine/training/families';
import { adaptConfig } from '#engine/training/fit-config';
import { leastBytes, sizesOf } from '#engine/training/least-memory';
import { checkMemory, memoryLimitBytes, pausedForMemory } from '#engine/training/memory-limit';
import { PRESETS } from '#engine/training/presets';
import { barsConfig } from './tiny-data';

const GB = 1e9;
const machine = (gigabytes: number, setting?: string) => ({ totalBytes: gigabytes * GB, setting });

describe('the limit', () => {
  it('is half of the machine, or less where somebody says so', () => {
    expect(memoryLimitBytes(null, machine(16))).toBe(8 * GB);
    expect(memoryLimitBytes(3, machine(16))).toBe(3 * GB);
    expect(memoryLimitBytes(100, machine(16))).toBe(8 * GB);
    expect(memoryLimitBytes(null, machine(16, '2.5'))).toBe(2.5 * GB);
    expect(memoryLimitBytes(4, machine(16, '2.5'))).toBe(2.5 * GB);
    expect(memoryLimitBytes(null, machine(16, ''))).toBe(8 * GB);
  });

  it('is refused where it is no number', () => {
    for (const setting of ['much', '-1', '0', 'NaN'])
      expect(() => memoryLimitBytes(null, machine(16, setting))).toThrow('no amount of memory');
  });

  it('refuses with the number and what to turn down', () => {
    expect(() => checkMemory(8 * GB, 8 * GB, 'measured')).not.toThrow();
    expect(() => checkMemory(9.04 * GB, 8 * GB, 'measured')).toThrow(
      'This training does not fit into memory: its first steps took 9.04 GB, and it may take 8.00 GB; make the batch, the pictures or the network smaller.',
    );
    expect(() => checkMemory(9 * GB, 8 * GB, 'at least')).toThrow('it needs at least 9.00 GB');
  });
});

describe('the least that a training needs', () => {
  beforeAll(async () => {
    await selectBackend();
  });

  it.each(PRESETS.map(({ name, config }) => [name, config] as const))(
    '%s: never more weights than it has, and most of them',
    (_name, preset) => {
      const isPoints = preset.id.includes('points');
      const shape = isPoints
        ? { height: 1, width: 1, channels: 2, classes: 8 }
        : { height: 32, width: 32, channels: 3, classes: 10 };
      const fixed = preset.family === 'vae' || preset.family === 'cvae' ? preset.model : shape;
      const data = { ...shape, height: fixed.height, width: fixed.width, channels: fixed.channels };
      const config = adaptConfig(preset, data);
      const trainable = createTrainable(config, data);
      const weights = Object.values(trainable.networks)
        .flat()
        .reduce((sum, { size }) => sum + size, 0);
      trainable.dispose();
      expect(sizesOf(config, data).weights).toBeLessThanOrEqual(weights);
      expect(sizesOf(config, data).weights).toBeGreaterThan(0.6 * weights);
      expect(tf.memory().numTensors).toBe(0);
    },
  );

  it('of an absurd network is counted without building it', () => {
    const config = barsConfig();
    const huge = { kind: 'dense' as const, filters: [], units: Array.from({ length: 8 }, () => 8192) };
    const model = { ...config.model, encoder: huge, decoder: huge };
    const data = { height: 8, width: 8, channels: 1, classes: 0 };
    expect(leastBytes({ ...config, model }, data)).toBeGreaterThan(14 * 8192 ** 2 * 16);
    expect(leastBytes(config, data)).toBeLessThan(0.3 * GB);
  });
});

describe('the watch', () => {
  it('tells once at 80 %, again after it was relieved, and ends it at 100 %', () => {
    const told: [string, number][] = [];
    const look = watchMemory({
      onTight: ({ used }) => told.push(['tight', used]),
      onFull: ({ used }) => told.push(['full', used]),
    });
    for (const used of [10, 79, 80, 85, 90, 75, 82, 69, 81, 99, 100]) look({ used, cap: 100 });
    expect(told).toEqual([
      ['tight', 80],
      ['tight', 81],
      ['full', 100],
    ]);
  });

  it('says its last words so that the parent can read them', () => {
    const use: MemoryUse = { used: 8_123_456_789, cap: 8_000_000_000 };
    expect(parseTooMuch(tooMuchLine(use).trimEnd())).toEqual(use);
    expect(parseBeat(tooMuchLine(use))).toBeNull();
    for (const line of ['memory 1 2', '\u0001memory', '\u0001memory x 2', '\u0001memory 1', 'step 3'])
      expect(parseTooMuch(line)).toBeNull();
    const use65 = { used: 6.5 * GB, cap: 8 * GB };
    expect(pausedForMemory(use65, true)).toMatch(/6\.50 GB of the 8\.00 GB .* when it is resumed/);
    expect(pausedForMemory(use65, false)).toMatch(/6\.50 GB of the 8\.00 GB .* a checkpoint was made/);
  });
});
