// How much is in a project, counted without knowing what its parts mean: steps of histories, and points of latent spaces.

export interface PartFigures {
  readonly name: string;
  readonly bytes: number;
  /** Entries of every history in it. */
  readonly steps: number;
  /** Latents. */
  readonly points: number;
}

export function partFigures(name: string, bytes: Uint8Array): PartFigures {
  const counted = { steps: 0, points: 0 };
  count(JSON.parse(new TextDecoder().decode(bytes)), counted);
  return { name, bytes: bytes.byteLength, ...counted };
}

const LATENTS: ReadonlySet<string> = new Set(['z', 'mu', 'base']);

function count(value: unknown, counted: { steps: number; points: number }): void {
  if (typeof value !== 'object' || value === null) return;
  if ('entries' in value && 'onward' in value && Array.isArray(value.entries))
    counted.steps += value.entries.length;
  for (const [key, inner] of Object.entries(value)) {
    if (LATENTS.has(key) && Array.isArray(inner) && typeof inner[0] === 'number') counted.points++;
    else count(inner, counted);
  }
}
