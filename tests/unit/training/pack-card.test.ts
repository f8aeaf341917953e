/** The card of a trained pack tells of whose pictures its figures are, and how D(x) and D(G(z)) went. */
import { describe, expect, it } from 'vitest';
import { packCard, type CardFacts } from '#engine/training/pack-card';
import { HEADS_DCGAN, HEADS_VAE } from '#engine/training/face-presets';
import { valueSource } from '#engine/training/source';

const shape = { height: 1, width: 1, channels: 3, classes: 0 };
const source = valueSource(new Float32Array(6), shape);
const FACTS: CardFacts = {
  config: HEADS_DCGAN,
  metrics: {},
  parameters: { encoder: 0, decoder: 1000 },
  data: {
    ...{ title: 'heads', training: source, heldOut: source, test: null },
    ...{ unreadable: [], notes: [], labelColumns: [], labelColumn: null },
  },
  course: [],
  measured: 0,
  grid: false,
  latentSize: 64,
};

describe('packCard', () => {
  it('thins a long course out to at most ten rows, the last epoch among them', () => {
    const course = Array.from({ length: 24 }, (_, at) => ({ epoch: at + 1, dReal: 0.75, dFake: 0.25 }));
    const rows = packCard({ ...FACTS, course }).match(/^\| \d+ \| 0\.750 \| 0\.250 \|$/gm) ?? [];
    expect(rows.length).toBeLessThanOrEqual(10);
    expect(rows.at(-1)).toBe('| 24 | 0.750 | 0.250 |');
    expect(rows[0]).toBe('| 3 | 0.750 | 0.250 |');
  });

  it('has no course where nothing was told of a discriminator', () => {
    expect(packCard({ ...FACTS, course: [{ epoch: 1, kl: 3 }] })).not.toContain('## Course');
  });

  it('says that the figures are of pictures that were held out where there is no test set', () => {
    const card = packCard({ ...FACTS, config: HEADS_VAE, metrics: { elbo: 1.5 }, measured: 1000 });
    expect(card).toContain('Held out of training, 1,000 pictures');
    expect(card).not.toContain('test set');
    expect(card).toContain('| ELBO | 1.50 |');
  });
});
