// How well a score separates two classes: the chance that one of the first scores above one of the second, ties counting half. That is
// the area under the ROC curve (Mann & Whitney's U; Hanley & McNeil 1982).

/** 1/2 where one of the classes is empty: nothing is known. */
export function areaUnderCurve(withIt: ArrayLike<number>, without: ArrayLike<number>): number {
  if (withIt.length === 0 || without.length === 0) return 0.5;
  const all = [
    ...Array.from(withIt, (score) => ({ score, positive: true })),
    ...Array.from(without, (score) => ({ score, positive: false })),
  ].sort((a, b) => a.score - b.score);
  let ranks = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.score === all[from]!.score) to++;
    const rank = (from + 1 + to) / 2; // of all that tie
    for (let at = from; at < to; at++) if (all[at]!.positive) ranks += rank;
    from = to;
  }
  const positives = withIt.length;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * without.length);
}
