// What a pack of heads draws from its prior, beside heads that were rendered anew, both seen by the judge of heads: how far apart they lie,
// and whether every kind is drawn as often as it is in the data, which tells of modes that are missing.
import type { Level } from '#shared/attributes';
import { latentOfSeed } from '#shared/random';
import { HEAD_ATTRIBUTES } from '../attributes/head-attributes';
import { judgedPictures } from '../attributes/label-samples';
import { frechetDistance } from '../datasets/frechet';
import { FEATURES, type Judge } from '../datasets/judge';
import { headJudge } from '../datasets/kept-judges';
import { HEAD_FACTORS, headSource } from '../datasets/procedural/heads';
import { openModel } from '../open-model';
import type { Pack } from '../pack';
import type { Figures, Outcome, Proof } from './proof';
import type { CardSection } from './write-on-card';

/** On each side of the distance: it depends on how many there are, and so does the floor. */
const COUNT = 2000;
const AT_ONCE = 100;
/** Points of a hundred. */
const MOST_APART = 10;
/** Of the renderer; the judge learned from other seeds. */
const SEED = 31;
const LEVELS = ['low', 'high'] as const satisfies Level[];

export const DRAWN_HEADS_PROOFS: readonly Proof[] = [proofOf('heads-vae'), proofOf('heads-dcgan')];

function proofOf(pack: string): Proof {
  const id = `drawn-${pack}`;
  return {
    id,
    family: 'drawn',
    claim: `what ${pack} draws: each attribute is read low and high as often as in the data, within ${MOST_APART} points of a hundred`,
    reference: 'the same judge on heads that were rendered anew; the distance is Frechet on its features',
    seconds: 60,
    needsModel: pack,
    section: (model, figures) => Promise.resolve(sectionOf(id, model, figures)),
    run: (seed, log, model) => measure(model!, seed, log),
  };
}

async function measure(pack: Pack, seed: number, log: (line: string) => void): Promise<Outcome> {
  const { height } = pack.manifest.output;
  const judge = await headJudge(height);
  const model = await openModel(pack);
  try {
    const source = headSource({ size: height, count: COUNT, seed: SEED + seed });
    const data = await seen(judge, (from, count) =>
      source.read(Uint32Array.from({ length: count }, (_, i) => from + i)),
    );
    log(`${COUNT} heads were rendered`);
    const { size, prior } = model.info.latent;
    const drawn = await seen(judge, (from, count) => {
      const z = new Float32Array(count * size);
      for (let row = 0; row < count; row++)
        z.set(latentOfSeed(seed * COUNT + from + row, size, prior), row * size);
      return judgedPictures(model, z, count);
    });
    const figures: Record<string, number> = {
      frechet: frechetDistance(data.features, drawn.features, FEATURES),
      floor: judge.report.floor,
    };
    let apart = 0;
    for (const { name, ranges } of HEAD_ATTRIBUTES)
      for (const level of LEVELS) {
        const [low, high] = ranges[level]!;
        const share = (values: readonly number[]): number =>
          (100 * values.filter((value) => value >= low && value <= high).length) / COUNT;
        const [made, there] = [share(drawn.factors[name]!), share(data.factors[name]!)];
        figures[`${name} ${level}`] = made;
        figures[`${name} ${level} in the data`] = there;
        apart = Math.max(apart, Math.abs(made - there));
      }
    figures['most apart'] = apart;
    return { figures, passed: apart <= MOST_APART };
  } finally {
    judge.dispose();
    await model.dispose();
  }
}

interface Seen {
  readonly features: Float32Array; // [COUNT, FEATURES]
  readonly factors: Readonly<Record<string, readonly number[]>>;
}

async function seen(
  judge: Judge,
  picturesOf: (from: number, count: number) => Promise<Float32Array>,
): Promise<Seen> {
  const features = new Float32Array(COUNT * FEATURES);
  const factors: Record<string, number[]> = Object.fromEntries(HEAD_FACTORS.map((name) => [name, []]));
  for (let from = 0; from < COUNT; from += AT_ONCE) {
    const reading = judge.read(await picturesOf(from, AT_ONCE));
    features.set(reading.features, from * FEATURES);
    for (const name of HEAD_FACTORS) factors[name]!.push(...reading.factors[name]!);
  }
  return { features, factors };
}

function sectionOf(id: string, pack: Pack, figures: Figures): CardSection {
  const number = (name: string, digits: number): string => (figures[name] ?? NaN).toFixed(digits);
  const rows = HEAD_ATTRIBUTES.map(({ name, title }) => {
    const cells = LEVELS.flatMap((level) => [`${name} ${level}`, `${name} ${level} in the data`]);
    return `| ${title} | ${cells.map((cell) => `${number(cell, 1)} %`).join(' | ')} |`;
  });
  return {
    id,
    title: 'Drawn from the prior',
    markdown: `Fréchet distance ${number('frechet', 2)} on the ${FEATURES} features of the judge of drawn heads, ${COUNT.toLocaleString('en')} pictures a side; two sets of
rendered heads lie ${number('floor', 2)} apart. How often the judge reads each attribute as low and as high:

| attribute | low, drawn | low, data | high, drawn | high, data |
|---|---|---|---|---|
${rows.join('\n')}

The largest difference is ${number('most apart', 1)} points. Printed by

    npm run -s cli -- prove ${id} --model <folder of ${pack.manifest.id}> --write`,
  };
}
