// Three kinds of 2-d points that must never be mixed. A scale converts one into another; nothing else does.
declare const space: unique symbol;
interface Point<Space extends string> {
  readonly x: number;
  readonly y: number;
  readonly [space]?: Space;
}

/** In units of the latent space. y grows upwards. */
export type LatentPoint = Point<'latent'>;
/** In CSS pixels of a chart, from its upper left corner. y grows downwards. */
export type PlotPoint = Point<'plot'>;
/** In pixels of a decoded picture. */
export type PixelPoint = Point<'pixel'>;

export const latentPoint = (x: number, y: number): LatentPoint => ({ x, y });
export const plotPoint = (x: number, y: number): PlotPoint => ({ x, y });
export const pixelPoint = (x: number, y: number): PixelPoint => ({ x, y });
