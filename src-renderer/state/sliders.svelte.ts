// The sliders of attributes over one face: the point of Explore, or what the arithmetic gives. Whoever owns the face says where it begins
// and takes where the sliders lead; this says what they are called, how well they separate, and what else they moved.
import { DIRECTION_METHODS, type Direction, type DirectionMethod, type Readout } from '#shared/attributes';
import type { LatentVector } from '#shared/domain';
import { latest } from '#shared/latest';
import { METHOD_NAMES, type Attributes } from './attributes.svelte';
import { untilBeat } from './beat';
import { onRaster, parseCoordinate } from './latent-text';
import type { Session } from './session.svelte';
import {
  isAtRest,
  keyOf,
  movedBy,
  shareLeft,
  SLIDER_RANGE,
  withLock,
  withValue,
  type SliderSetting,
} from './slider-maths';

/** The face that the sliders are over. */
export interface Slid {
  readonly model: string | null;
  /** Where the sliders begin, at this very moment. */
  readonly base: LatentVector;
  /** Where they stand, at this very moment, and as the window shows them. */
  readonly sliders: SliderSetting;
  readonly shownSliders: SliderSetting;
  slideTo(z: LatentVector, sliders: SliderSetting, at: number, kind: string, label: string): void;
  beginDrag(): void;
  endDrag(at: number, label: string): void;
  glimpse(z: LatentVector | null): void;
}

export interface SliderRow {
  readonly key: string;
  readonly title: string;
  readonly value: number;
  readonly locked: boolean;
  readonly own: boolean;
  /** How well it tells pictures apart, in words; null where there are no labels to tell. */
  readonly separates: string | null;
  /** What +1 drags along, in words; null where that is nothing worth saying. */
  readonly drags: string | null;
}

export interface Moved {
  readonly title: string;
  readonly sigma: number;
}

/** Less than this is noise of the read-out. */
const WORTH_SAYING = 0.05;
const MOST_EFFECTS = 3;
/** The read-out follows on every third beat: no one reads faster. */
const READOUT_BEATS = 3;

export class Sliders {
  readonly range = SLIDER_RANGE;
  /** What has moved since the sliders were at rest, most first. */
  moved = $state.raw<readonly Moved[]>([]);
  isBefore = $state(false);
  #attributes: Attributes;
  #slid: Slid;
  #readouts: ReturnType<
    typeof latest<{ readonly base: LatentVector; readonly z: LatentVector }, readonly Moved[]>
  >;
  #reading = false;
  #held = '';

  readonly rows: readonly SliderRow[] = $derived.by(() => this.#rows());

  constructor(session: Session, attributes: Attributes, slid: Slid) {
    this.#attributes = attributes;
    this.#slid = slid;
    this.#readouts = latest({
      run: async ({ base, z }) => {
        const model = this.#slid.model ?? '';
        const before = await session.call('attributes/readout', { model, z: base });
        return this.#movedBetween(before, await session.call('attributes/readout', { model, z }));
      },
      onResult: (moved) => (this.moved = moved),
      // a model whose labels say nothing of this: the sliders work all the same
      onError: () => (this.moved = []),
    });
  }

  get loading(): boolean {
    return this.#attributes.loading;
  }
  get problem(): string | null {
    return this.#attributes.problem;
  }
  get finding(): number | null {
    return this.#attributes.finding;
  }
  get isAtRest(): boolean {
    return isAtRest(this.#slid.shownSliders);
  }
  get method(): string {
    return this.#attributes.method ?? '';
  }
  get methodSource(): string | null {
    const { method } = this.#attributes;
    return method === null ? null : DIRECTION_METHODS[method];
  }
  get methods(): readonly { readonly value: string; readonly name: string }[] {
    return this.#attributes.methods.map((value) => ({ value, name: METHOD_NAMES[value] }));
  }
  chooseMethod(method: string): void {
    void this.#attributes.choose(method as DirectionMethod);
  }

  begin(key: string): void {
    this.#held = this.#titleOf(key);
    this.#slid.beginDrag();
  }
  end(at: number): void {
    this.#slid.endDrag(at, this.#held);
  }
  slide(key: string, value: number, at: number): void {
    this.#set(withValue(this.#slid.sliders, key, onRaster(value)), at, `slide ${key}`, this.#titleOf(key));
  }
  step(key: string, by: number, at: number): void {
    this.slide(key, (this.#slid.sliders.values[key] ?? 0) + by, at);
  }
  /** Takes what was typed, or says why not. */
  take(key: string, text: string, at: number): string | null {
    const parsed = parseCoordinate(text);
    if (!parsed.ok) return parsed.why;
    this.slide(key, parsed.value, at);
    return null;
  }
  lock(key: string, isLocked: boolean): void {
    const label = `${isLocked ? 'Locked' : 'Unlocked'} ${this.#titleOf(key)}`;
    this.#set(withLock(this.#slid.sliders, key, isLocked), performance.now(), `lock ${key}`, label);
  }
  reset(key: string | null = null): void {
    const { sliders } = this.#slid;
    const rest = key === null ? { ...sliders, values: {} } : withValue(sliders, key, 0);
    this.#set(
      rest,
      performance.now(),
      'reset',
      key === null ? 'Sliders reset' : `${this.#titleOf(key)} reset`,
    );
  }
  remove(key: string): void {
    const direction = this.#directionOf(key);
    if (direction === undefined) return;
    this.reset(key);
    void this.#attributes.remove(direction);
  }

  /** Shows the face without its sliders, for as long as a key or a button is held. */
  before(isHeld: boolean): void {
    if (isHeld === this.isBefore) return;
    this.isBefore = isHeld;
    this.#slid.glimpse(isHeld ? this.#slid.base : null);
  }

  /** The face has changed in another way. */
  read(): void {
    if (this.#reading) return;
    this.#reading = true;
    setTimeout(() => {
      this.#reading = false;
      const { base, sliders } = this.#slid;
      if (isAtRest(sliders) || this.#attributes.labelled === 0) {
        this.#readouts.clear();
        this.moved = [];
      } else this.#readouts.request({ base, z: movedBy(base, sliders, this.#attributes.directions) });
    }, untilBeat(READOUT_BEATS));
  }

  #set(setting: SliderSetting, at: number, kind: string, label: string): void {
    const z = movedBy(this.#slid.base, setting, this.#attributes.directions);
    this.#slid.slideTo(z, setting, at, kind, label);
    this.read();
  }

  #rows(): readonly SliderRow[] {
    const { directions, method } = this.#attributes;
    const { values, locks } = this.#slid.shownSliders;
    return directions
      .filter(
        (each) => each.method === method || each.method === 'exemplars' || values[keyOf(each)] !== undefined,
      )
      .map((direction) => {
        const key = keyOf(direction);
        const share = shareLeft(direction, directions, locks);
        return {
          key,
          title: direction.title,
          value: values[key] ?? 0,
          locked: locks.includes(key),
          own: direction.origin === 'own',
          separates:
            direction.auc === null ? null : `separates ${Math.round(100 * direction.auc)} of 100 pairs`,
          drags: share < 0.995 ? `locks leave ${Math.round(100 * share)} % of it` : this.#drags(direction),
        };
      });
  }

  #drags({ sideEffects, attribute }: Direction): string | null {
    const worth = sideEffects
      .filter((effect) => effect.attribute !== attribute && Math.abs(effect.sigma) >= WORTH_SAYING)
      .toSorted((a, b) => Math.abs(b.sigma) - Math.abs(a.sigma))
      .slice(0, MOST_EFFECTS)
      .map((effect) => `${this.#attributes.titleOf(effect.attribute)} ${sigmaText(effect.sigma)}`);
    return worth.length === 0 ? null : `+1 also moves ${worth.join(', ')}`;
  }

  #movedBetween(before: Readout, after: Readout): readonly Moved[] {
    return Object.keys(after)
      .map((name) => ({
        title: this.#attributes.titleOf(name),
        sigma: after[name]!.sigma - (before[name]?.sigma ?? 0),
      }))
      .filter(({ sigma }) => Math.abs(sigma) >= WORTH_SAYING)
      .toSorted((a, b) => Math.abs(b.sigma) - Math.abs(a.sigma));
  }

  #directionOf(key: string): Direction | undefined {
    return this.#attributes.directions.find((direction) => keyOf(direction) === key);
  }
  #titleOf(key: string): string {
    return this.#directionOf(key)?.title ?? 'Slider';
  }
}

export const sigmaText = (sigma: number): string => `${sigma < 0 ? '−' : '+'}${Math.abs(sigma).toFixed(2)} σ`;
