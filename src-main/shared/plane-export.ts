// What the picture of a plane or of a traversal says of itself, and the words of the command that makes it again.
import type { LatentVector, Prior } from './domain';
import { exactNumber, exactText } from './exact-number';
import type { Anchor, Lattice, PlaneSpec } from './plane';
import { latentOfSeed } from './random';
import type { ExportLayout } from './reproduce';

export interface DrawnPlane {
  readonly model: string;
  readonly plane: PlaneSpec;
  /** The point in hand: a plane of axes goes through it. */
  readonly point: LatentVector;
  readonly lattice: Lattice;
  readonly condition: number | undefined;
}

const exact = (z: LatentVector): readonly number[] => Array.from(z, exactNumber);

export function planeExport(
  { model, plane, point, lattice, condition }: DrawnPlane,
  scale: number,
): ExportLayout {
  const { n, span, margin } = lattice;
  const recipe = ((): object => {
    switch (plane.kind) {
      case 'axes':
        return { through: exact(point), axes: [plane.across + 1, plane.up + 1], span };
      case 'points':
        return { points: [plane.a, plane.b, plane.c].map(({ z }) => exact(z)), margin };
      case 'directions':
        return {
          through: exact(plane.at.z),
          along: [plane.across, plane.up].map(({ vector }) => exact(vector)),
          span,
        };
    }
  })();
  const text = { Latentscape: JSON.stringify({ model, plane: recipe, n, class: condition }) };
  return { columns: n, gap: 0, scale, text };
}

/** The words of the command that saves the bytes of `planeExport`. */
export function planeWords(
  { model, plane, point, lattice, condition }: DrawnPlane,
  prior: Prior,
  scale: number,
  out: string,
): readonly string[] {
  const { n, span, margin } = lattice;
  const shared = ['--n', String(n), ...tail(condition, scale, out)];
  switch (plane.kind) {
    case 'axes': {
      const along = `axis:${plane.across + 1},axis:${plane.up + 1}`;
      const at = operandOf({ z: point, name: '' }, prior);
      return ['plane', model, `--at=${at}`, '--along', along, '--cdf', '--span', String(span), ...shared];
    }
    case 'points': {
      const points = [plane.a, plane.b, plane.c].map((anchor) => operandOf(anchor, prior)).join(';');
      return ['plane', model, `--points=${points}`, '--margin', String(margin), ...shared];
    }
    case 'directions': {
      const { at, across, up } = plane;
      const along = `${across.ref},${up.ref}`;
      const place = operandOf(at, prior);
      return ['plane', model, `--at=${place}`, '--along', along, '--span', String(span), ...shared];
    }
  }
}

export interface DrawnTraversal {
  readonly model: string;
  readonly z: LatentVector;
  /** As the command line names them, e.g. "axis:3", "pca:1", "random:7:2". */
  readonly refs: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly condition: number | undefined;
}

export function traversalExport(
  { model, z, refs, from, to, n, condition }: DrawnTraversal,
  scale: number,
): ExportLayout {
  const recipe = { model, traverse: { z: exact(z), along: refs, values: [from, to] }, n, class: condition };
  return { columns: n, gap: 0, scale, text: { Latentscape: JSON.stringify(recipe) } };
}

export const traversalWords = (
  { model, z, refs, from, to, n, condition }: DrawnTraversal,
  prior: Prior,
  scale: number,
  out: string,
): readonly string[] => [
  ...['traverse', model, `--at=${operandOf({ z, name: '' }, prior)}`, '--along', refs.join(',')],
  ...[`--values=${from}..${to}`, '--n', String(n), ...tail(condition, scale, out)],
];

/** A point as an operand: its seed where its name says one and it is that one, else its numbers. */
function operandOf({ z, name }: Anchor, prior: Prior): string {
  const seed = /^Seed (?<seed>-?\d+)$/.exec(name)?.groups?.['seed'];
  const isIt =
    seed !== undefined && latentOfSeed(Number(seed), z.length, prior).every((value, i) => value === z[i]);
  return isIt ? `seed:${seed}` : Array.from(z, exactText).join(',');
}

const tail = (condition: number | undefined, scale: number, out: string): readonly string[] => [
  ...(condition === undefined ? [] : ['--class', String(condition)]),
  ...['--scale', String(scale), '--out', out],
];
