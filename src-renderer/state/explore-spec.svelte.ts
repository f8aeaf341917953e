// What the person set and would want back: the model, the point, the grid, the classes that show. Everything else is passing.
import type { LatentVector } from '#shared/domain';
import { NO_SLIDERS, type SliderSetting } from './slider-maths';

export const GRID_LIMITS = { n: { min: 2, max: 40 }, span: { min: 0.5, max: 4 } } as const;
/** A plane through many dimensions is drawn anew at every move off it, so its grid is coarser at first. */
export const DEFAULTS = { model: 'fashion-vae-2d', n: 20, nOfMany: 9, span: 2.5 } as const;

export class ExploreSpec {
  model = $state<string | null>(null);
  /** Follows the hand some thirty times a second; Explorer.point is the point of this very moment. // [size] */
  z = $state.raw<LatentVector>(new Float32Array(0));
  /** Of attributes, over the point where they were first touched. */
  sliders = $state.raw<SliderSetting>(NO_SLIDERS);
  /** The class that is drawn, by its number; only of models that take one. */
  condition = $state<number | undefined>(undefined);
  gridN = $state<number>(DEFAULTS.n);
  gridSpan = $state<number>(DEFAULTS.span);
  /** The two dimensions that lie flat: across, and up. */
  axes = $state.raw<readonly [number, number]>([0, 1]);
  hiddenClasses = $state.raw<ReadonlySet<number>>(new Set());

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
