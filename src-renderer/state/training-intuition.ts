// The four cases that a discriminator meets, and what each does to the two losses: the intuition behind adversarial training as numbers.
// D is the probability that a picture is of the data. With a = the logit, D = 1 / (1 + exp(-a)):
//
//   a real one      J_D = -ln D(x)            |dJ_D/da| = 1 - D(x)          the generator is not touched
//   a generated one J_D = -ln(1 - D(G(z)))    |dJ_D/db| = D(G(z))
//                   minimax        J_G = ln(1 - D(G(z)))   |dJ_G/db| = D(G(z))        nothing left to learn from once D sees through it
//                   non-saturating J_G = -ln D(G(z))       |dJ_G/db| = 1 - D(G(z))    strongest exactly then

export interface IntuitionCase {
  readonly kind: 'real-right' | 'real-wrong' | 'fake-right' | 'fake-wrong';
  /** D of such a picture. */
  readonly d: number;
  /** Is the mean of the running net on this side of 1/2? */
  readonly current: boolean;
  readonly discriminatorLoss: number;
  readonly discriminatorGradient: number;
  /** null: the generator does not see pictures of the data. */
  readonly generator: {
    readonly minimaxLoss: number;
    readonly minimaxGradient: number;
    readonly nonSaturatingLoss: number;
    readonly nonSaturatingGradient: number;
  } | null;
}

const LEAST = 1e-6;
const inside = (d: number): number => Math.min(1 - LEAST, Math.max(LEAST, d));

/** The running means stand in their own cell; the opposite cell shows the mirror image, so that all four can be compared. */
export function intuitionCases(dReal: number, dFake: number): readonly IntuitionCase[] {
  const [real, fake] = [inside(dReal), inside(dFake)];
  const realIsRight = real >= 0.5;
  const fakeIsRight = fake <= 0.5;
  return [
    ofReal('real-right', Math.max(real, 1 - real), realIsRight),
    ofReal('real-wrong', Math.min(real, 1 - real), !realIsRight),
    ofFake('fake-right', Math.min(fake, 1 - fake), fakeIsRight),
    ofFake('fake-wrong', Math.max(fake, 1 - fake), !fakeIsRight),
  ];
}

const ofReal = (kind: IntuitionCase['kind'], d: number, current: boolean): IntuitionCase => ({
  kind,
  d,
  current,
  discriminatorLoss: -Math.log(d),
  discriminatorGradient: 1 - d,
  generator: null,
});

const ofFake = (kind: IntuitionCase['kind'], d: number, current: boolean): IntuitionCase => ({
  kind,
  d,
  current,
  discriminatorLoss: -Math.log(1 - d),
  discriminatorGradient: d,
  generator: {
    minimaxLoss: Math.log(1 - d),
    minimaxGradient: d,
    nonSaturatingLoss: -Math.log(d),
    nonSaturatingGradient: 1 - d,
  },
});
