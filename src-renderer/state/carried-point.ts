// Points on their way from one view to another: whatever shows a latent can hand it to whatever takes latents.
import type { LatentVector } from '#shared/domain';

export interface CarriedPoint {
  readonly z: LatentVector; // [size]
  readonly condition: number | undefined;
  /** As a person would call it, e.g. "Seed 7". */
  readonly name: string;
}

/** A place that takes points: the point of Explore, a well, a walk. */
export interface PointTaker {
  /** As a menu says it, e.g. "To well A". */
  readonly name: string;
  /** Offered in its own place as well. */
  readonly here?: boolean;
  take(points: readonly CarriedPoint[]): void;
}
