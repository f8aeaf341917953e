// What dropped files are, as far as their names tell; their contents are looked at by whoever takes them.

export type DropKind = 'project' | 'walk' | 'pictures' | 'model' | 'data' | 'unknown';

const PROJECT = /\.latentscape$/i;
const PICTURE = /\.(png|jpe?g|webp|gif|avif|tiff?|bmp|svg)$/i;
const WALK = /\.json$/i;
/** Also what a model cannot be opened from: the import says why, and what to do. */
const MODEL = /\.(onnx|keras|h5|hdf5|pb|safetensors|tflite|pth?|ckpt|pkl|pickle)$/i;
const MODEL_PART = /(^|\/)(manifest|model|config|metadata)\.json$|\.(bin|weights)$/i;
const DATA = /\.(npz|csv|tsv|idx)$|[-.]idx[134]-ubyte(\.gz)?$/i;

/** Of all files, with their paths inside the folder that was dropped. */
export function kindOfDrop(paths: readonly string[]): DropKind {
  const [first] = paths;
  if (first === undefined) return 'unknown';
  if (PROJECT.test(first)) return 'project';
  if (paths.every((path) => PICTURE.test(path))) return 'pictures';
  if (paths.some((path) => MODEL.test(path))) return 'model';
  if (paths.length > 1 && paths.some((path) => MODEL_PART.test(path))) return 'model';
  if (paths.every((path) => PICTURE.test(path) || WALK.test(path))) return 'walk';
  if (paths.some((path) => DATA.test(path))) return 'data';
  return 'unknown';
}
