// Sums as one picture for a card: a row for each, the mean of each term's exemplars as the model shows it, then what they add up to.
import sharp from 'sharp';
import { evaluateTerms, meanOf, seedOfTerm, type NormRule } from '#shared/arithmetic';
import { mixSeed } from '#shared/random';
import type { Labelled } from '../attributes/labelled';
import { pickExemplars } from '../attributes/pick';
import { judgedPictures } from '../attributes/label-samples';
import type { OpenModel } from '../open-model';
import type { Example } from './arithmetic-trials';

const ROWS = 3;
/** Pixels between two pictures, white. */
const GAP = 4;

/** The examples lie side by side; each row has other exemplars, drawn by the seed as the trials draw them. */
export async function equationPicture(
  model: OpenModel,
  labelled: Labelled,
  examples: readonly Example[],
  { exemplars, norm, seed }: { readonly exemplars: number; readonly norm: NormRule; readonly seed: number },
): Promise<Uint8Array> {
  const { height, width, channels } = model.info.output;
  const { prior } = model.info.latent;
  const latents: Float32Array[] = [];
  for (let row = 0; row < ROWS; row++)
    for (const { terms } of examples) {
      const drawn = terms.map(({ weight, phrase }, place) => ({
        weight,
        exemplars: pickExemplars(
          labelled,
          phrase,
          exemplars,
          seedOfTerm(mixSeed(seed, row), place),
        ).exemplars.map(({ z }) => z),
      }));
      latents.push(...drawn.map((term) => meanOf(term.exemplars)), evaluateTerms(drawn, norm, prior));
    }
  const z = new Float32Array(latents.length * labelled.size);
  latents.forEach((each, at) => z.set(each, at * labelled.size));
  const pictures = await judgedPictures(model, z, latents.length);
  const columns = latents.length / ROWS;
  const [cellWidth, cellHeight] = [width + GAP, height + GAP];
  const [sheetWidth, sheetHeight] = [columns * cellWidth - GAP, ROWS * cellHeight - GAP];
  const sheet = new Uint8Array(sheetWidth * sheetHeight * channels).fill(255);
  latents.forEach((_, at) => {
    const [left, top] = [(at % columns) * cellWidth, Math.floor(at / columns) * cellHeight];
    for (let y = 0; y < height; y++)
      for (let i = 0; i < width * channels; i++)
        sheet[((top + y) * sheetWidth + left) * channels + i] = Math.round(
          255 * pictures[(at * height + y) * width * channels + i]!,
        );
  });
  const raw = { width: sheetWidth, height: sheetHeight, channels };
  return sharp(sheet, { raw }).png({ compressionLevel: 9, effort: 10 }).toBuffer();
}
