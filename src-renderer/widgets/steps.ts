// How far an arrow key goes: coarse with Shift, fine with Alt.
export const STEPS = { coarse: 0.5, plain: 0.1, fine: 0.01 } as const;

export interface Step {
  /** 0 for left and right, 1 for up and down. */
  readonly axis: 0 | 1;
  readonly by: number;
}

interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const ARROWS: Readonly<Record<string, readonly [0 | 1, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowDown: [1, -1],
  ArrowUp: [1, 1],
};

export function stepOf({ key, shiftKey, altKey, ctrlKey, metaKey }: Key): Step | null {
  const arrow = ARROWS[key];
  if (arrow === undefined || ctrlKey || metaKey) return null;
  const size = shiftKey ? STEPS.coarse : altKey ? STEPS.fine : STEPS.plain;
  return { axis: arrow[0], by: arrow[1] * size };
}
