/** A section of a card takes the place of the one before, and leaves every other line as it was. */
import { describe, expect, it } from 'vitest';
import { withSection } from '#engine/proofs/write-on-card';

const CARD = '# Heads\n\n## Data\n\nDrawn.\n\n## Recipe\n\nSlowly.\n';
const section = { id: 'arithmetic', title: 'Arithmetic', markdown: 'A sum.' };

describe('withSection', () => {
  it('comes before the recipe, with its picture', () => {
    const card = withSection(CARD, {
      ...section,
      picture: { png: new Uint8Array(), describe: 'Three sums' },
    });
    expect(card).toBe(
      '# Heads\n\n## Data\n\nDrawn.\n\n## Arithmetic\n\n![Three sums](arithmetic.png)\n\nA sum.\n\n## Recipe\n\nSlowly.\n',
    );
  });

  it('is replaced, not repeated', () => {
    const once = withSection(CARD, { ...section, markdown: 'Another sum.\n\nOf two lines.' });
    expect(withSection(once, section)).toBe(withSection(CARD, section));
  });

  it('comes last where there is no recipe', () => {
    expect(withSection('# Heads\n\nDrawn.\n', section)).toBe(
      '# Heads\n\nDrawn.\n\n## Arithmetic\n\nA sum.\n',
    );
  });
});
