import { describe, expect, it } from 'vitest';
import { PRESETS, presetOf } from '#engine/training/presets';
import { likelihoodOfPack, parseTrainConfig, type ConfigOf } from '#engine/training/train-config';
import { barsConfig } from './tiny-data';

describe('training configuration', () => {
  it('each preset is a valid configuration under its own name', () => {
    for (const { name, config } of PRESETS) {
      expect(parseTrainConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
      expect(config.id).toBe(name);
      expect(presetOf(name)).toBe(config);
    }
    expect(() => presetOf('nothing')).toThrow('choose one of fashion-vae-2d, digits-vae-2d');
    expect(() => presetOf('constructor')).toThrow('There is no such preset');
  });

  it('says what is wrong and where', () => {
    const config = barsConfig();
    expect(() => parseTrainConfig({ ...config, batchSize: 0 })).toThrow('batchSize');
    expect(() => parseTrainConfig({ ...config, folder: '/home' })).toThrow('folder');
    expect(() => parseTrainConfig({ ...config, model: { ...config.model, height: 10 } })).toThrow(
      'divisible by 2',
    );
    expect(() => parseTrainConfig(null)).toThrow('The training cannot be set up like this');
  });

  it('averages no generator and joins no class of a training that says nothing of it', () => {
    const { averageDecay, jointUnits, ...before } = presetOf('cgan-quick') as ConfigOf<'cgan'>;
    expect([averageDecay, jointUnits]).toEqual([0.995, 128]);
    expect(parseTrainConfig(before)).toEqual({ ...before, averageDecay: 0, jointUnits: 0 });
    expect(() => parseTrainConfig({ ...presetOf('bigan-quick'), averageDecay })).toThrow('averageDecay');
  });

  it('finds the likelihood of a pack in its record of the training', () => {
    const config = barsConfig();
    expect(likelihoodOfPack(undefined)).toEqual({ kind: 'bernoulli' });
    expect(likelihoodOfPack({ config, metrics: {} })).toEqual({ kind: 'bernoulli' });
    const model = { ...config.model, likelihood: { kind: 'gaussian', sigma: 'learned', mean: 'sigmoid' } };
    expect(likelihoodOfPack({ config: { ...config, model }, metrics: { sigma: 0.2 } })).toEqual({
      kind: 'gaussian',
      sigma: 0.2,
      mean: 'sigmoid',
    });
  });
});
