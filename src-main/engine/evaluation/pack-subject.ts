// A model pack as something to be evaluated. It is run as the app runs it, so what is judged are the pictures that people see, in bytes.
import { AppError } from '#shared/errors';
import { boundsOf, NO_ENCODER, type Subject } from './subject';
import { storedNetworks } from './vae-bounds';
import { decodeNetwork, NETWORK_FORMAT } from '../network-file';
import { openModel, type OpenModel } from '../open-model';
import { readPackFile, type Pack } from '../pack';
import { disposeLayersModel, toLayersModel } from '../tf-network';
import { likelihoodOfPack } from '../training/train-config';
import type { PriorDraws } from './drawn-pictures';

export async function packSubject(pack: Pack): Promise<Subject> {
  const { manifest } = pack;
  const { id, family, latent, condition, output, encoder } = manifest;
  const { bounds, dispose } = await boundsOfPack(pack);
  const model = await openModel(pack);
  const stride = output.height * output.width * output.channels;
  return {
    ...{ id, family, latent, bounds, kind: 'pictures', judge: null },
    classes: condition?.size ?? 0,
    classNames: condition?.names ?? [],
    draw: (draws) => drawByClass(model, draws, condition === undefined ? 0 : condition.size),
    encode:
      encoder === undefined
        ? null
        : (pictures, count) =>
            model.encode(
              Uint8Array.from(pictures.subarray(0, count * stride), (value) => Math.round(255 * value)),
              count,
            ),
    notes: model.runtime.fallback ? [model.runtime.why] : [],
    async dispose() {
      dispose();
      await model.dispose();
    },
  };
}

/** The model takes one class at a time. // -> [count, height, width, channels] */
async function drawByClass(
  model: OpenModel,
  { z, labels }: PriorDraws,
  classes: number,
): Promise<Float32Array> {
  const { height, width, channels } = model.info.output;
  const size = z.length / labels.length;
  const stride = height * width * channels;
  const pictures = new Float32Array(labels.length * stride);
  for (let label = 0; label < Math.max(1, classes); label++) {
    const rows = Array.from(labels.keys()).filter((row) => labels[row] === label);
    if (rows.length === 0) continue;
    const own = new Float32Array(rows.length * size);
    rows.forEach((row, at) => own.set(z.subarray(row * size, (row + 1) * size), at * size));
    const { rgba } = await model.decode(own, rows.length, classes === 0 ? undefined : label);
    rows.forEach((row, at) => {
      for (let pixel = 0; pixel < height * width; pixel++)
        for (let channel = 0; channel < channels; channel++)
          pictures[row * stride + pixel * channels + channel] =
            rgba[(at * height * width + pixel) * 4 + channel]! / 255;
    });
  }
  return pictures;
}

interface PackBounds {
  readonly bounds: Subject['bounds'];
  readonly dispose: () => void;
}

/** Needs logits, which only networks that were trained here are known to have. */
async function boundsOfPack(pack: Pack): Promise<PackBounds> {
  const { family, generator, encoder, latent, training } = pack.manifest;
  const without = (bounds: string): PackBounds => ({ bounds, dispose: () => undefined });
  if (encoder === undefined)
    return without(
      family === 'cvae'
        ? `${NO_ENCODER} A conditional VAE keeps its encoder in the folder of its training: evaluate that.`
        : NO_ENCODER,
    );
  if (training === undefined || generator.format !== NETWORK_FORMAT || encoder.format !== NETWORK_FORMAT)
    return without('It was not trained here, so its likelihood of pixels is not known and there is no ELBO.');
  if (family !== 'vae')
    return without(
      boundsOf(family, () => {
        throw new AppError({ code: 'model/likelihood', headline: 'There is no likelihood' });
      }) as string,
    );
  const [encoding, decoding] = [
    await toLayersModel(decodeNetwork(await readPackFile(pack, encoder.file))),
    await toLayersModel(decodeNetwork(await readPackFile(pack, generator.file))),
  ];
  return {
    bounds: boundsOf(family, () =>
      storedNetworks(encoding, decoding, likelihoodOfPack(training), latent.size),
    ),
    dispose() {
      disposeLayersModel(encoding);
      disposeLayersModel(decoding);
    },
  };
}
