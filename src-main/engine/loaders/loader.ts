/**
 * A loader knows one format: it finds such models by their content, and opens one as plain data. Nothing of a file is
 * run, no library of the format sees bytes that were not checked, and what cannot be loaded gives one sentence.
 */
import type { FormatName } from '#shared/importing';
import type { GraphNetwork } from '../graph/graph-network';
import type { Manifest } from '../manifest';
import type { DecodedNetwork } from '../network-file';
import type { Source } from './source';

export interface Found {
  readonly format: FormatName;
  /** The file or folder in the source that is the model. */
  readonly path: string;
}

export interface Loader {
  readonly format: FormatName;
  /** Where such models lie. Looks at content, not at names; what it cannot read is not its own. */
  readonly find: (source: Source) => Promise<readonly Found[]>;
  /** @throws AppError model/* with what is wrong, where, and what to do. */
  readonly open: (source: Source, path: string) => Promise<LoadedNetwork>;
}

/** A network as data, in one of the three ways in which it is kept and run. */
export type AnyNetwork =
  /** A tf.layers topology and its weights. */
  | { readonly kind: 'layers'; readonly network: DecodedNetwork }
  /** A frozen TensorFlow graph and its weights. */
  | { readonly kind: 'graph'; readonly graph: GraphNetwork }
  /** An ONNX model with all its tensors inside. */
  | { readonly kind: 'onnx'; readonly onnx: Uint8Array };

export interface LoadedNetwork {
  readonly network: AnyNetwork;
  /** What a card or the file's own metadata says: title, author, prior, class names. Nothing is believed that can be probed. */
  readonly hints: Hints;
  /** What was lost or changed on the way in; each a sentence. */
  readonly warnings: readonly string[];
  /** Paths of further files that it was read from, where only the model itself names them: the weights beside an ONNX model. */
  readonly beside?: readonly string[];
  /** Of a pack: what it says of its networks, which then need not be guessed. */
  readonly manifest?: Manifest;
}

export interface Hints {
  readonly title?: string;
  readonly classNames?: readonly string[];
  readonly producer?: string;
}
