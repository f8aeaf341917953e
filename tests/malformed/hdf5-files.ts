// HDF5 files as Keras 2 writes them, right or wrong, made by the HDF5 library itself (h5wasm), in its own memory.
import type { File } from 'h5wasm';
import type { Network } from '#engine/network-file';
import type { Json } from '#engine/store/strict-json';

let made = 0;

/** Of which version the parts of a file are: `earliest` is what Keras writes, bare of checksums; `latest` what h5wasm would. */
export type Style = 'earliest' | 'latest';

export async function hdf5(write: (file: File) => void, style: Style = 'latest'): Promise<Uint8Array> {
  const { File: Hdf5File, ready } = await import('h5wasm');
  const { FS } = await ready;
  const path = `/malformed-${made++}.h5`;
  const file = new Hdf5File(path, 'w', style === 'latest' ? {} : { libver: ['earliest', 'latest'] });
  try {
    write(file);
    file.close();
    return Uint8Array.from(FS.readFile(path));
  } finally {
    FS.unlink(path);
  }
}

export interface Changes {
  readonly config?: Json;
  readonly layerNames?: readonly string[];
  /** Written last. */
  readonly more?: (file: File) => void;
  /** Instead of the data set of that name, e.g. "dense/kernel:0". */
  readonly instead?: Readonly<Record<string, (file: File, group: string, name: string) => void>>;
}

export function kerasH5(
  { topology, weights }: Network,
  changes: Changes = {},
  style: Style = 'latest',
): Promise<Uint8Array> {
  const config = JSON.parse(topology) as Json;
  const names = [...new Set([...weights.keys()].map((name) => name.slice(0, name.indexOf('/'))))];
  return hdf5((file) => {
    file.create_attribute('keras_version', '2.15.0');
    file.create_attribute('backend', 'tensorflow');
    const written = changes.config ?? config;
    file.create_attribute('model_config', typeof written === 'string' ? written : JSON.stringify(written));
    const root = file.create_group('model_weights');
    root.create_attribute('layer_names', [...(changes.layerNames ?? names)]);
    for (const layer of names) {
      const group = root.create_group(layer);
      const own = [...weights].filter(([name]) => name.startsWith(`${layer}/`));
      group.create_attribute(
        'weight_names',
        own.map(([name]) => `${name}:0`),
      );
      const inner = group.create_group(layer);
      for (const [name, { shape, data }] of own) {
        const instead = changes.instead?.[`${name}:0`];
        const bare = `${name.slice(layer.length + 1)}:0`;
        if (instead !== undefined) instead(file, `/model_weights/${layer}/${layer}`, bare);
        else inner.create_dataset({ name: bare, data, shape: [...shape], dtype: '<f' });
      }
    }
    changes.more?.(file);
  }, style);
}
