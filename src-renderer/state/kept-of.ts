// Everything of the window that a project keeps, in the order in which it is put back: pictures before the places that speak of them, and
// where a person was at the end.
import type { LatentVector } from '#shared/domain';
import type { Kept } from './kept';
import { KeptPictures } from './kept-pictures';
import { KeptShown } from './kept-shown';
import { KeptWindow } from './kept-window';
import type { DrawnPicture } from './saving';
import type { Workbench } from './workbench.svelte';

export function keptOf(workbench: Workbench): readonly Kept[] {
  const { own, explorer, arithmetic, walks, map } = workbench;
  return [
    new KeptPictures(own),
    explorer,
    arithmetic,
    walks,
    map,
    keptShown(workbench),
    keptWindow(workbench),
  ];
}

function keptShown({ explorer, arithmetic, walks, saving }: Workbench): Kept {
  const shown = (drawn: DrawnPicture | null, z: LatentVector | null) => {
    const { model, spec } = explorer;
    if (drawn === null || model === null || z === null) return null;
    return { model, z, condition: spec.condition, layout: drawn.layout };
  };
  return new KeptShown({
    edition: () => [explorer.edition, explorer.opened, arithmetic.edition, arithmetic.z, walks.walk],
    explore: () => shown(saving.ofPoint(), explorer.point),
    arithmetic: () => shown(saving.ofSum(arithmetic.sum), arithmetic.sum?.z ?? null),
    walk: () => {
      const { model, walk } = walks;
      return model === null || walk === null ? null : { model, walk };
    },
  });
}

const keptWindow = (workbench: Workbench): Kept =>
  new KeptWindow({
    get place() {
      return workbench.place;
    },
    get model() {
      return workbench.explorer.model;
    },
    goTo: (place) => workbench.goTo(place),
    openModel: (model) => {
      if (workbench.project.models.has(model)) workbench.explorer.spec.model = model;
    },
  });
