// How far reconstructions are from their pictures: mean square error of values from 0 to 1. A picture that is further away than 99 of 100
// of the data's own is of another kind than the model knows: a photograph without a face, for a model of faces.

/** // bytes [count, pixels, channels], rgba [count, pixels, 4] -> [count] */
export function unlikeness(
  bytes: Uint8Array,
  rgba: Uint8Array,
  count: number,
  channels: number,
): readonly number[] {
  const pixels = rgba.length / 4 / count;
  return Array.from({ length: count }, (_, picture) => {
    let sum = 0;
    for (let pixel = 0; pixel < pixels; pixel++)
      for (let channel = 0; channel < channels; channel++) {
        const at = picture * pixels + pixel;
        sum += ((bytes[at * channels + channel]! - rgba[at * 4 + channel]!) / 255) ** 2;
      }
    return sum / (pixels * channels);
  });
}

/** A sentence where a picture is that far away; null where it is not, or nobody knows how far is far. */
export function resemblanceNote(error: number, likeness: number | undefined): string | null {
  if (likeness === undefined || error <= likeness) return null;
  return `The model cannot redraw this picture: what it makes of it is further off (error ${error.toPrecision(2)}) than 99 of 100 pictures of its own kind (${likeness.toPrecision(2)}), so it may not resemble.`;
}
