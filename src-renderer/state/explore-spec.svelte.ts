// Explore as the window shows it: the step of the history that one is at, and what is merely looked at.
import { firstAxes } from '#shared/dimensions';
import type { LatentVector } from '#shared/domain';
import { FIRST_SETTINGS, type ExploreSettings } from '#shared/explore-settings';
import type { ExploreStep } from '#shared/explore-step';
import type { Lattice, PlaneSpec } from '#shared/plane';
import { NO_SLIDERS, type SliderSetting } from './slider-maths';

/** A plane through many dimensions is drawn anew at every move off it, so its grid is coarser at first. */
export const DEFAULTS = { model: 'fashion-vae-2d', n: 20, nOfMany: 9, span: 2.5, margin: 0 } as const;

/** A model that was never open: its origin, and two of its axes. */
export function firstStep(
  size: number,
  condition: number | undefined,
  [across, up]: readonly [number, number] = firstAxes({}, size),
): ExploreStep {
  const z = new Float32Array(size);
  return {
    z,
    base: z,
    sliders: NO_SLIDERS,
    condition,
    plane: { kind: 'axes', across, up },
    lattice: {
      n: size === 2 ? DEFAULTS.n : DEFAULTS.nOfMany,
      span: DEFAULTS.span,
      margin: DEFAULTS.margin,
    },
    ...FIRST_SETTINGS,
  };
}

export class ExploreSpec {
  model = $state<string | null>(null);
  /** Follows the hand some thirty times a second; Explorer.point is the point of this very moment. // [size] */
  z = $state.raw<LatentVector>(new Float32Array(0));
  /** Of attributes, over the point where they were first touched. */
  sliders = $state.raw<SliderSetting>(NO_SLIDERS);
  /** The class that is drawn, by its number; only of models that take one. */
  condition = $state<number | undefined>(undefined);
  plane = $state.raw<PlaneSpec>({ kind: 'axes', across: 0, up: 1 });
  lattice = $state.raw<Lattice>(firstStep(2, undefined).lattice);
  drawn = $state<number | null>(FIRST_SETTINGS.drawn);
  psi = $state(FIRST_SETTINGS.psi);
  coordinates = $state.raw<ExploreSettings['coordinates']>(FIRST_SETTINGS.coordinates);
  traversal = $state.raw<ExploreSettings['traversal']>(FIRST_SETTINGS.traversal);
  hiddenClasses = $state.raw<ReadonlySet<number>>(new Set());

  /** All but what moves with the hand, which follows on the beat. */
  take({ condition, plane, lattice, drawn, psi, coordinates, traversal }: ExploreStep): void {
    this.condition = condition;
    this.plane = plane;
    this.lattice = lattice;
    this.drawn = drawn;
    this.psi = psi;
    this.coordinates = coordinates;
    this.traversal = traversal;
  }

  toggleClass(index: number): void {
    const hidden = new Set(this.hiddenClasses);
    if (!hidden.delete(index)) hidden.add(index);
    this.hiddenClasses = hidden;
  }

  /** This class alone, or all of them where it is alone already. */
  isolateClass(index: number, count: number): void {
    const others = Array.from({ length: count }, (_, i) => i).filter((i) => i !== index);
    const alone = !this.hiddenClasses.has(index) && others.every((i) => this.hiddenClasses.has(i));
    this.hiddenClasses = new Set(alone ? [] : others);
  }

  showAllClasses(): void {
    this.hiddenClasses = new Set();
  }
}
