// The step from one well to another, kept as a slider of one's own.
import { rescaled, shellRadius } from '#shared/arithmetic';
import { meanOfWell, type Well } from './arithmetic-spec';
import type { Workbench } from './workbench.svelte';

/** From one well's mean to another's; +1 is one standard deviation of the prior along it. True where it was kept. */
export async function saveDifference(
  { attributes, explorer, notices }: Pick<Workbench, 'attributes' | 'explorer' | 'notices'>,
  to: Well,
  from: Well,
  title: string,
): Promise<boolean> {
  const prior = explorer.opened?.info.latent.prior;
  const [a, b] = [meanOfWell(to), meanOfWell(from)];
  if (prior === undefined || a === null || b === null) return false;
  const step = a.map((value, i) => value - b[i]!);
  const unit = shellRadius(step.length, prior) / Math.sqrt(step.length);
  const isKept = await attributes.save({
    name: title,
    title,
    method: 'exemplars',
    attribute: null,
    vector: [...rescaled(step, unit)],
    auc: null,
    sideEffects: [],
    origin: 'own',
  });
  if (isKept) notices.done(`“${title}” is a slider now, here and in Explore.`);
  return isKept;
}
