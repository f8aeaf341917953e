// What the training loop knows of data: how many pictures, of what shape, and how to get some of them.
import type { DataShape } from '#ml/family';
import type { LabelTable } from '#shared/attributes';
import { rowsOfTable } from '../attributes/label-table';
import type { LabelledImages } from '../datasets/idx';

export interface Source {
  readonly count: number;
  readonly shape: DataShape;
  /** Class of each picture, or null where there are none. // [count] */
  readonly labels: Uint8Array | null;
  readonly classNames: readonly string[];
  /** Everything that the pictures are labelled with, where there is more than a class. */
  readonly labelTable?: LabelTable | undefined;
  /**
   * The pictures at these places, one after another, scaled to [0, 1]; points as they are. A source that augments gives them as they are
   * where no epoch is named, and otherwise in that epoch's variation. // [n, height, width, channels]
   */
  readonly read: (indices: ArrayLike<number>, epoch?: number) => Promise<Float32Array>;
}

/** Pictures that lie in memory as bytes. */
export function imageSource(images: LabelledImages, classNames: readonly string[]): Source {
  const { count, height, width, channels, pixels, labels } = images;
  const stride = height * width * channels;
  return {
    count,
    shape: { height, width, channels, classes: labels === null ? 0 : classNames.length },
    labels,
    classNames,
    read(indices) {
      const values = new Float32Array(indices.length * stride);
      for (let row = 0; row < indices.length; row++) {
        const start = indices[row]! * stride;
        for (let pixel = 0; pixel < stride; pixel++)
          values[row * stride + pixel] = pixels[start + pixel]! / 255;
      }
      return Promise.resolve(values);
    },
  };
}

/** Points of a plane, or anything else that lies in memory as numbers. */
export function valueSource(
  values: Float32Array,
  shape: DataShape,
  labels: Uint8Array | null = null,
  classNames: readonly string[] = [],
): Source {
  const stride = shape.height * shape.width * shape.channels;
  return {
    count: values.length / stride,
    shape,
    labels,
    classNames,
    read(indices) {
      const rows = new Float32Array(indices.length * stride);
      for (let row = 0; row < indices.length; row++) {
        rows.set(values.subarray(indices[row]! * stride, (indices[row]! + 1) * stride), row * stride);
      }
      return Promise.resolve(rows);
    },
  };
}

/** Some of the pictures of a source, in this order. */
export function subsetSource(source: Source, places: Uint32Array): Source {
  const { labels, labelTable } = source;
  return {
    ...source,
    count: places.length,
    labels: labels === null ? null : Uint8Array.from(places, (place) => labels[place]!),
    labelTable: labelTable === undefined ? undefined : rowsOfTable(labelTable, places),
    read: (indices, epoch) =>
      source.read(
        Uint32Array.from(indices, (index) => places[index]!),
        epoch,
      ),
  };
}
