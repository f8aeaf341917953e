// A map of a latent space: many points of it laid out flat, by which way, and what they can be coloured by.
import type { Pictures } from './domain';

/** Which points. All of them are the same ones every time: the pack's own, or drawn by a seed. */
export type MapSource =
  /** The encoded pictures: mu of q(z|x). */
  | { readonly kind: 'codes' }
  /** The labelled latents of the pack. */
  | { readonly kind: 'labelled' }
  /** Draws from the prior; point i is that of seed + i. */
  | { readonly kind: 'samples'; readonly count: number; readonly seed: number }
  /** Pictures of a person's own data, encoded by the model. */
  | { readonly kind: 'data'; readonly path: string; readonly count: number };

/** A copy of a person's pictures, as a window brought it in. Projects know it by the id. */
export interface BroughtPictures {
  readonly id: string;
  /** The name of the folder or file that was brought. */
  readonly title: string;
  readonly path: string;
  readonly bytes: number;
  /** In ms since 1970. */
  readonly broughtAt: number;
}

/** 'axes': two of the latent's own dimensions as they are. */
export const MAP_METHODS = ['axes', 'pca', 'umap'] as const;
export type MapMethod = (typeof MAP_METHODS)[number];

/** What lies near what: the latents themselves, or the pictures that they decode to. */
export const MAP_FEATURES = ['latent', 'pictures'] as const;
export type MapFeatures = (typeof MAP_FEATURES)[number];

export interface MapRecipe {
  readonly source: MapSource;
  readonly method: MapMethod;
  readonly features: MapFeatures;
  /** Of UMAP, and of the points that it is fitted to where there are many. */
  readonly seed: number;
  /** For 'axes'. */
  readonly axes: readonly [number, number];
}

export interface MapProgress {
  /** In a few words, e.g. "Neighbours". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface MapPoints {
  readonly count: number;
  /** // [count, 2] */
  readonly xy: Float32Array;
  /** The data's own name, e.g. "Fashion-MNIST, test set". */
  readonly title: string;
  readonly axisNames: readonly [string, string];
  /**
   * Share of the neighbourhoods that the map kept (trustworthiness, Venna & Kaski 2001), and of how many points and neighbours;
   * null where the map is the latent space itself.
   */
  readonly trust: { readonly value: number; readonly points: number; readonly neighbours: number } | null;
  /** What was done and what is remarkable, each a sentence. */
  readonly notes: readonly string[];
  readonly colours: readonly MapColourChoice[];
  /** Are the pictures themselves on this machine? */
  readonly picturesAttached: boolean;
}

/** Something that points can be coloured by, or why not. */
export interface MapColourChoice {
  /** 'none', 'class', 'norm', 'error', 'likelihood', 'kl', or 'attribute:<name>'. */
  readonly key: string;
  readonly title: string;
  readonly unavailable: string | null;
}

/** What a map is coloured by before anybody chose: its classes, or else the first of its attributes. */
export function firstColour(choices: readonly MapColourChoice[]): string {
  const open = choices.filter(({ unavailable }) => unavailable === null).map(({ key }) => key);
  return open.find((key) => key === 'class') ?? open.find((key) => key.startsWith('attribute:')) ?? 'none';
}

export type MapColours =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'classes';
      readonly title: string;
      readonly names: readonly string[];
      /** The last number, names.length, is a point without a class. // [count] */
      readonly labels: Uint8Array;
    }
  | {
      readonly kind: 'numbers';
      readonly title: string;
      readonly unit: string;
      /** NaN where there is none. // [count] */
      readonly values: Float32Array;
      /** The ends of the scale: the 2nd and the 98th percentile, so that one outlier does not take the colours. */
      readonly low: number;
      readonly high: number;
      readonly note: string | null;
    };

/** One point of a map, with its picture. */
export interface MapPoint {
  readonly index: number;
  readonly z: Float32Array;
  /** "No. 17", "Seed 17" */
  readonly name: string;
  readonly className: string | null;
  readonly labels: readonly { readonly title: string; readonly value: number }[];
  readonly original: Pictures | null;
  readonly decoded: Pictures;
}

/** What a group of points has in common. */
export interface MapGroupSummary {
  readonly count: number;
  readonly mean: Float32Array;
  /** Root mean square distance of the members from their mean. */
  readonly spread: number;
  /** Most frequent first. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Means of labels in the group, and how far from the mean of all points in their standard deviations; farthest first. */
  readonly attributes: readonly { readonly title: string; readonly mean: number; readonly sigma: number }[];
}

/** 'density': of the codes; 'holes': where the prior has mass and the codes have none. */
export const MAP_OVERLAYS = ['density', 'holes', 'magnification', 'classes'] as const;
export type MapOverlayKind = (typeof MAP_OVERLAYS)[number];

/** In units of the latent space. */
export interface MapBox {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** A lattice over a 2-d latent space, row by row from the top; values lie in the middle of their cells. */
export interface MapOverlay {
  readonly kind: MapOverlayKind;
  readonly box: MapBox;
  readonly columns: number;
  readonly rows: number;
  /** Of 'classes' the number of the class. // [rows, columns] */
  readonly values: Float32Array;
  readonly low: number;
  readonly high: number;
  readonly title: string;
  readonly unit: string;
  /** Of 'classes'. */
  readonly names: readonly string[];
  /** How it was computed, and what comes out in numbers; each a sentence. */
  readonly notes: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

export interface Neighbour {
  readonly index: number;
  readonly name: string;
  readonly className: string | null;
  /** In latent units, or as root mean square of pixels from 0 to 1. */
  readonly distance: number;
}

export interface NeighbourList {
  readonly nearest: readonly Neighbour[];
  /** One for each, in their order. */
  readonly pictures: Pictures;
  /**
   * How far pictures of the set itself lie from their own nearest: what is ordinary. `share` of them lie as near as the nearest found
   * here, or nearer.
   */
  readonly yardstick: {
    readonly of: number;
    readonly low: number;
    readonly median: number;
    readonly high: number;
    readonly share: number;
  };
}

export interface Neighbours {
  readonly query: Pictures;
  readonly z: Float32Array;
  readonly title: string;
  readonly searched: number;
  readonly latent: NeighbourList;
  /** Against the pictures themselves where they are attached, else against the reconstructions of their codes. */
  readonly pixels: NeighbourList & { readonly against: 'pictures' | 'reconstructions' };
  /** What the figures mean here, each a sentence. */
  readonly notes: readonly string[];
}

export const sameSource = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b);

/** As a title says it. */
export const METHOD_NAMES: Readonly<Record<MapMethod, string>> = { axes: 'Axes', pca: 'PCA', umap: 'UMAP' };
