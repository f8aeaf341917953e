// The plane of Explore: what spans it, where a latent lies on it, and the ways to change it. All of it is part of the point's history.
import type { Direction } from '#shared/attributes';
import { latentPoint, type LatentPoint } from '#shared/coords';
import { firstAxes } from '#shared/dimensions';
import type { LatentVector } from '#shared/domain';
import { onPlane, placeOnPlane } from '#shared/latent-math';
import {
  CORNERS,
  distanceTo,
  frameOf,
  type Anchor,
  type Corner,
  type Lattice,
  type PlaneDirection,
  type PlaneFrame,
  type PlaneSpec,
} from '#shared/plane';
import { latentOfSeed } from '#shared/random';
import { randomRotation } from '#shared/rotation';
import type { Attributes } from './attributes.svelte';
import type { PointTaker } from './carried-point';
import { DecodedPictures } from './decoded-pictures.svelte';
import type { Explorer } from './explorer.svelte';
import type { Dimensions } from './dimensions.svelte';
import { onRaster } from './latent-text';
import type { Notices } from './notices.svelte';
import { keyOf } from './slider-maths';

export type AnchorPlace = Corner | 'fourth';
export const ANCHOR_NAMES: Readonly<Record<AnchorPlace, string>> = {
  a: 'corner A',
  b: 'corner B',
  c: 'corner C',
  fourth: 'point D',
};

export class ExplorePlane {
  /** Of the points that it goes through. */
  readonly pictures: DecodedPictures;
  #explorer: Explorer;
  #attributes: Attributes;
  #dimensions: Dimensions;
  #notices: Notices;
  #model: string | null = null;
  /** What was there before another kind was chosen, to go back to. */
  #before = new Map<PlaneSpec['kind'], PlaneSpec>();
  #framed: { readonly plane: PlaneSpec; readonly lattice: Lattice; readonly frame: PlaneFrame } | null = null;

  /** As the window shows it. */
  readonly frame: PlaneFrame = $derived.by(() => {
    const { plane, lattice, z } = this.#explorer.spec;
    return this.#frameOf(plane, lattice, z);
  });
  /** The point and the fourth point beside the plane: how far off it they lie. */
  readonly distance: number = $derived.by(() => {
    const { plane, z } = this.#explorer.spec;
    return plane.kind === 'axes' ? 0 : distanceTo(this.frame.drawn, z);
  });
  readonly anchors: readonly (Anchor & { readonly place: AnchorPlace })[] = $derived.by(() => {
    const { plane } = this.#explorer.spec;
    if (plane.kind !== 'points') return [];
    const corners = CORNERS.map((place) => ({ ...plane[place], place }));
    return plane.fourth === null ? corners : [...corners, { ...plane.fourth, place: 'fourth' as const }];
  });

  readonly takers: readonly PointTaker[] = [...CORNERS, 'fourth' as const].map((place) => ({
    name: `To ${ANCHOR_NAMES[place]} of the plane`,
    here: true,
    take: ([first]) => {
      if (first !== undefined) this.setAnchor(place, { z: first.z.slice(), name: first.name });
    },
  }));

  constructor(explorer: Explorer, attributes: Attributes, dimensions: Dimensions, notices: Notices) {
    this.#explorer = explorer;
    this.#attributes = attributes;
    this.#dimensions = dimensions;
    this.#notices = notices;
    this.pictures = new DecodedPictures(explorer, notices);
    explorer.onOpened(() => this.#opened());
  }

  /** Where a latent lies on the plane of this moment. */
  placeOf(z: LatentVector): LatentPoint {
    return this.placeIn(this.#explorer.step.plane, z);
  }

  placeIn(plane: PlaneSpec, z: LatentVector): LatentPoint {
    if (plane.kind === 'axes') return latentPoint(z[plane.across] ?? 0, z[plane.up] ?? 0);
    const frame = this.#frameOf(plane, this.#explorer.step.lattice, z);
    const { x, y } = placeOnPlane(frame.drawn, z);
    return latentPoint(x, y);
  }

  /** In positions of the lattice, as the grid has them. */
  positionOf(z: LatentVector): LatentPoint {
    const { plane } = this.#explorer.step;
    if (plane.kind === 'axes') return this.placeOf(z);
    const { x, y } = placeOnPlane(this.#frame.lattice, z);
    return latentPoint(x, y);
  }

  moveTo({ x, y }: LatentPoint, at: number): void {
    this.#explorer.moveTo(onPlane(this.#frame.drawn, x, y), at);
  }

  moveToPosition({ x, y }: LatentPoint, at: number): void {
    this.#explorer.moveTo(onPlane(this.#frame.lattice, x, y), at);
  }

  /** By an arrow key. */
  step(axis: 0 | 1, by: number, at: number): void {
    const { plane, z } = this.#explorer.step;
    if (plane.kind === 'axes') return this.#explorer.nudge(axis === 0 ? plane.across : plane.up, by, at);
    const { x, y } = this.placeOf(z);
    const to = axis === 0 ? latentPoint(onRaster(x + by), y) : latentPoint(x, onRaster(y + by));
    this.#explorer.moveTo(onPlane(this.#frame.drawn, to.x, to.y), at, `nudge ${axis}`);
  }

  /** A corner goes to another place of the plane, which it then spans another way. */
  moveAnchor(corner: Corner, { x, y }: LatentPoint, at: number, isLast: boolean): void {
    const { plane, lattice, z } = this.#explorer.step;
    if (plane.kind !== 'points') return;
    this.#explorer.beginDrag();
    // the plane stays the same one, so that its middle does not wander under the hand
    const moved = { ...plane, [corner]: { z: onPlane(this.#frame.drawn, x, y), name: 'Moved' } };
    try {
      frameOf(moved, z, lattice);
      this.#explorer.change({ plane: moved }, { label: '', at });
    } catch {
      // the three lie on one line for a moment: the last ones that span something stay
    }
    if (isLast) this.#explorer.endDrag(at, `Plane: ${ANCHOR_NAMES[corner]}`);
  }

  setAxes(across: number, up: number): void {
    this.#set({ kind: 'axes', across, up }, `Plane z${across + 1}, z${up + 1}`);
  }

  setLattice(change: Partial<Lattice>): void {
    const { lattice } = this.#explorer.step;
    const names = Object.keys(change) as (keyof Lattice)[];
    // a box that is left as it was is no step
    if (names.every((each) => change[each] === lattice[each])) return;
    const [name] = names;
    this.#explorer.change(
      { lattice: { ...lattice, ...change } },
      { label: 'Grid', at: performance.now(), kind: `grid ${name}` },
    );
  }

  /** Another kind of plane: as it was last, or with what is at hand. */
  choose(kind: PlaneSpec['kind']): void {
    const { plane, z } = this.#explorer.step;
    if (plane.kind === kind) return;
    const before = this.#before.get(kind);
    if (before !== undefined) return this.#set(before, LABELS[kind]);
    const here: Anchor = { z, name: this.#pointName };
    if (kind === 'axes') this.setAxes(...this.#axes);
    else if (kind === 'points') {
      const [b, c] = this.#draws;
      this.#set({ kind, a: here, b, c, fourth: null }, LABELS[kind]);
    } else {
      const [first, second] = this.#attributes.directions.filter(({ vector }) => vector.length === z.length);
      const named = first === undefined || second === undefined ? null : [first, second].map(directionOf);
      const [across, up] = named ?? [this.#random(1, 1), this.#random(1, 2)];
      this.#set({ kind, at: here, across: across!, up: up! }, LABELS[kind]);
    }
  }

  /** Null is for the fourth alone: a plane needs its corners. */
  setAnchor(place: AnchorPlace, anchor: Anchor | null): void {
    const { plane } = this.#explorer.step;
    const label = `Plane: ${ANCHOR_NAMES[place]}`;
    if (anchor === null) {
      if (plane.kind === 'points') this.#set({ ...plane, fourth: null }, label);
      return;
    }
    if (anchor.z.length !== this.#explorer.point.length) return;
    const rest = plane.kind === 'points' ? plane : this.#before.get('points');
    const begun = rest?.kind === 'points' ? rest : this.#firstPoints(place);
    this.#set({ ...begun, [place]: anchor }, label);
  }
  setSeed(place: AnchorPlace, seed: number): void {
    this.setAnchor(place, this.#seed(seed));
  }
  setPoint(place: AnchorPlace): void {
    this.setAnchor(place, { z: this.#explorer.point, name: this.#pointName });
  }

  /** `ref` as in PlaneDirection. */
  async setDirection(which: 'across' | 'up', ref: string): Promise<void> {
    const direction = await this.#directionOf(ref);
    const { plane } = this.#explorer.step;
    if (direction === null || plane.kind !== 'directions') return;
    this.#set({ ...plane, [which]: direction }, `Plane: ${direction.name}`);
  }
  /** The plane of two directions goes through the point in hand. */
  throughPoint(): void {
    const { plane, z } = this.#explorer.step;
    if (plane.kind === 'directions')
      this.#set({ ...plane, at: { z, name: this.#pointName } }, 'Plane through the point');
  }
  swap(): void {
    const { plane } = this.#explorer.step;
    if (plane.kind === 'axes') this.setAxes(plane.up, plane.across);
    else if (plane.kind === 'points')
      this.#set({ ...plane, b: plane.c, c: plane.b }, 'Corners B and C swapped');
    else this.#set({ ...plane, across: plane.up, up: plane.across }, 'Directions swapped');
  }

  #opened(): void {
    const model = this.#explorer.model;
    if (model !== this.#model) this.#before.clear();
    this.#model = model;
  }

  get #frame(): PlaneFrame {
    const { plane, lattice, z } = this.#explorer.step;
    return this.#frameOf(plane, lattice, z);
  }

  /** A plane that stands still is worked out once, not at every move of the hand. */
  #frameOf(plane: PlaneSpec, lattice: Lattice, z: LatentVector): PlaneFrame {
    if (plane.kind === 'axes') return frameOf(plane, z, lattice);
    if (this.#framed?.plane !== plane || this.#framed.lattice !== lattice)
      this.#framed = { plane, lattice, frame: frameOf(plane, z, lattice) };
    return this.#framed.frame;
  }

  #set(plane: PlaneSpec, label: string): void {
    const { plane: before, lattice, z } = this.#explorer.step;
    try {
      frameOf(plane, z, lattice); // is it one?
    } catch (error) {
      return this.#notices.failed(error);
    }
    this.#before.set(before.kind, before);
    this.#explorer.change({ plane }, { label, at: performance.now(), kind: `plane ${label}` });
  }

  /** Corners that span something with the one that was brought. */
  #firstPoints(place: AnchorPlace): PlaneSpec & { readonly kind: 'points' } {
    const here = { z: this.#explorer.point, name: this.#pointName };
    const [first, second] = this.#draws;
    const a = place === 'b' || place === 'c' || place === 'fourth' ? here : first;
    return { kind: 'points', a, b: place === 'a' ? here : first, c: second, fourth: null };
  }

  #seed(seed: number): Anchor {
    const { size, prior } = this.#explorer.opened!.info.latent;
    return { z: latentOfSeed(seed, size, prior), name: `Seed ${seed}` };
  }
  /** The first two seeds that are not the point: it may be the draw of one, and a plane needs three. */
  get #draws(): readonly [Anchor, Anchor] {
    const { drawn } = this.#explorer.step;
    const [first, second] = [1, 2, 3].filter((seed) => seed !== drawn);
    return [this.#seed(first!), this.#seed(second!)];
  }
  get #axes(): [number, number] {
    const { metrics, latent } = this.#explorer.opened!.info;
    return firstAxes(metrics, latent.size);
  }
  get #pointName(): string {
    const { seed } = this.#explorer;
    return seed === null ? 'Point' : `Seed ${seed}`;
  }

  #random(seed: number, row: number): PlaneDirection {
    const vector = randomRotation(seed, this.#explorer.point.length, row).at(-1)!;
    return { name: `Random ${seed}.${row}`, vector, ref: `random:${seed}:${row}` };
  }

  async #directionOf(ref: string): Promise<PlaneDirection | null> {
    const found = this.#attributes.directions.find((direction) => keyOf(direction) === ref);
    if (found !== undefined) return directionOf(found);
    const [kind, first = '1', second = '1'] = ref.split(':');
    if (kind === 'random') return this.#random(Number(first), Number(second));
    const at = Number(first) - 1;
    if (kind === 'axis') {
      const vector = Float32Array.from(this.#explorer.point, (_, i) => (i === at ? 1 : 0));
      return { name: `z${at + 1}`, vector, ref };
    }
    const component = await this.#dimensions.component(at);
    return component === null ? null : { name: `Component ${at + 1}`, vector: component, ref };
  }
}

const LABELS: Readonly<Record<PlaneSpec['kind'], string>> = {
  axes: 'Plane of two axes',
  points: 'Plane through three points',
  directions: 'Plane of two directions',
};

const directionOf = (direction: Direction): PlaneDirection => ({
  name: direction.title,
  vector: Float32Array.from(direction.vector),
  ref: keyOf(direction),
});
