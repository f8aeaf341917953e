/** Where a layer stands in its file: the names of the models around it, and where Keras 3 puts its weights. */
import type { FileLayer, FileModel } from './dialects';
import { operationName } from './operations';

export interface Place {
  /** From the outermost model's layer to this one. */
  readonly names: readonly string[];
  /** Path in model.weights.h5, e.g. "layers/functional/layers/dense_1". */
  readonly store: string;
  /** False where it, or a model around it, is frozen: Keras then lists its weights with those that are not trained. */
  readonly trainable: boolean;
}

/** tf.keras 2.12 to 2.15 named the container after its checkpoints, and counted layers with weights twice. */
export type Containers = 'layers' | '_layer_checkpoint_dependencies';

export function placesOf(
  model: FileModel,
  containers: Containers,
  hasWeights: (layer: FileLayer) => boolean,
): ReadonlyMap<FileLayer, Place> {
  const places = new Map<FileLayer, Place>();
  const walk = (
    { layers, kind }: FileModel,
    names: readonly string[],
    store: string,
    trainable: boolean,
  ): void => {
    const counts = new Map<string, number>();
    const contained = layers.filter((layer, at) =>
      operationName(layer) === undefined || layer.className.endsWith('OpLambda')
        ? !(kind === 'sequential' && at === 0 && layer.className === 'InputLayer')
        : false,
    );
    for (const layer of contained) {
      const name = snakeCase(layer.className);
      const count = counts.get(name) ?? 0;
      const twice = containers !== 'layers' && hasWeights(layer);
      counts.set(name, count + (twice ? 2 : 1));
      const path = `${store}${containers}/${count === 0 ? name : `${name}_${count}`}`;
      enter(layer, [...names, layer.name], path, trainable && layer.trainable);
    }
  };
  const enter = (layer: FileLayer, names: readonly string[], store: string, trainable: boolean): void => {
    if (layer.model !== undefined) return walk(layer.model, names, `${store}/`, trainable);
    if (layer.wrapped !== undefined)
      return enter(layer.wrapped, [...names, layer.wrapped.name], `${store}/layer`, trainable);
    places.set(layer, { names, store, trainable });
  };
  walk(model, [], '', true);
  return places;
}

/** As keras.src.utils.naming.to_snake_case. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
