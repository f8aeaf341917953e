// A latent on its way under the pointer, from a picture of it to whatever takes points. A keyboard does the same by "Send to".
import type { CarriedPoint } from './carried-point';

const POINT_TYPE = 'application/x-latentscape-point';
/** What a drag of this window carries: as numbers they would have to be written and read exactly. */
let carried: CarriedPoint | null = null;

export function beginPointDrag(event: DragEvent, point: CarriedPoint): void {
  carried = { ...point, z: point.z.slice() };
  event.dataTransfer?.setData(POINT_TYPE, point.name);
}

export const carriesPoint = ({ dataTransfer }: DragEvent): boolean =>
  carried !== null && dataTransfer?.types.includes(POINT_TYPE) === true;

/** Null where something else was dropped. */
export function takeDraggedPoint(event: DragEvent): CarriedPoint | null {
  if (!carriesPoint(event)) return null;
  event.preventDefault();
  const point = carried;
  carried = null;
  return point;
}
