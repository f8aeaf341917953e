// Numbers that change during a run, as plain functions of the step: a resumed run needs no state to go on with them.

export type LearningRateSchedule = 'constant' | 'linear' | 'cosine';

/** Learning rate at `step` of `steps` (0-based). Linear and cosine fall from `peak` to `floor` (Loshchilov & Hutter 2017, eq. 5). */
export function learningRateAt(
  schedule: LearningRateSchedule,
  peak: number,
  floor: number,
  step: number,
  steps: number,
): number {
  if (schedule === 'constant') return peak;
  const done = Math.min(1, Math.max(0, step / Math.max(1, steps)));
  const remaining = schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
  return floor + (peak - floor) * remaining;
}

/**
 * Weight of the KL term at `step`: from 0 up to `beta` over `warmUpSteps` (Bowman et al. 2016; Sonderby et al. 2016).
 * Without it the KL term can switch latent dimensions off before the decoder has learned to use them.
 */
export function klWeightAt(beta: number, warmUpSteps: number, step: number): number {
  return warmUpSteps <= 0 ? beta : beta * Math.min(1, step / warmUpSteps);
}
