/**
 * Every limit on what is read from disk, in one place. A file that asks for more is refused before anything is
 * allocated for it. Each limit has a test at one below, at, and one above.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** JSON read from a model file: header of a safetensors file, manifest, topology. */
export const MAX_JSON_BYTES = 16 * MIB;
export const MAX_JSON_DEPTH = 64;

/** Tensors in one file, and their shape. */
export const MAX_TENSORS = 20_000;
export const MAX_RANK = 8;
export const MAX_NAME_BYTES = 512;
export const MAX_TENSOR_FILE_BYTES = 2 * GIB;

/** Network topology. */
export const MAX_LAYERS = 5_000;
/** A single weight or activation of a layer: 2^28 elements is 1 GiB of 32-bit floats. */
export const MAX_ELEMENTS = 2 ** 28;

/** Graph of a SavedModel or TensorFlow.js graph model, functions written out; the file may hold weights as constants. */
export const MAX_GRAPH_NODES = 50_000;
export const MAX_GRAPH_BYTES = 1 * GIB;
export const MAX_CALL_DEPTH = 32;

/** Pack: a manifest is text that a person could read, a card likewise. */
export const MAX_MANIFEST_BYTES = 1 * MIB;
export const MAX_PACK_FILES = 256;
export const MAX_LATENT_SIZE = 65_536;
export const MAX_PICTURE_SIDE_OUT = 4_096;
export const MAX_CLASSES = 100_000;
/** Labelled latents of a pack, and coordinates of a latent whose directions are looked for: the normal equations are size x size. */
export const MAX_LABELLED = 1_000_000;
export const MAX_REGRESSED_SIZE = 2_048;
/** Principal components that are coordinates of a latent: more sliders help nobody. */
export const MAX_COMPONENTS = 64;
/** A file of a person's own directions. */
export const MAX_DIRECTIONS_BYTES = 16 * MIB;

/** Pictures that people hand in; both are checked on the header, before a pixel is decoded. */
export const MAX_PICTURE_FILE_BYTES = 256 * MIB;
export const MAX_PICTURE_PIXELS = 64_000_000;
export const MAX_PICTURE_SIDE = 16_384;

/** Pictures decoded in one call: above this the caller has to split. */
export const MAX_DECODE_COUNT = 65_536;

/** Data to train on: decoded pictures beyond this are read from a file on disk (Node reads no file of 2 GiB at once). */
export const MAX_DATA_IN_MEMORY_BYTES = 1.5 * GIB;
export const MAX_DATA_FILES = 2_000_000;
export const MAX_DATA_CLASSES = 256;
export const MAX_DATA_SIDE = 1_024;
/** A zip may unpack to this much in all, one entry to this, and an entry of more than 1 MiB to 100 times its packed size. */
export const MAX_UNPACKED_BYTES = 64 * GIB;
export const MAX_UNPACKED_ENTRY_BYTES = 4 * GIB;
export const MAX_UNPACKED_RATIO = 100;
/** Tables: labels, and pixels as numbers. */
export const MAX_TABLE_BYTES = 256 * MIB;
export const MAX_TABLE_COLUMNS = 100_000;

/** What a person points at to import: files listed, folders inside folders, and a zip of it. */
export const MAX_SOURCE_FILES = 10_000;
export const MAX_SOURCE_DEPTH = 6;

/** Sample pictures kept for the cards of the library: models, and pixels on a side. */
export const MAX_KEPT_SAMPLES = 512;
export const MAX_SAMPLE_SIDE = 128;
/** Exported files: bytes that cross at once, and how many wait to be fetched. */
export const EXPORT_PIECE_BYTES = 4 * MIB;
export const MAX_KEPT_EXPORTS = 4;
/** Pictures of a map that are compared with each other, as bytes. */
export const MAX_MAP_PICTURE_BYTES = 512 * MIB;
/** Maps kept on disk. */
export const MAX_KEPT_MAPS = 64;
/** Films whose frames have to be in memory together. */
export const MAX_FILM_IN_MEMORY_BYTES = 3 * GIB;
/** Coordinates in the JSON of a film. */
export const MAX_FILM_JSON_NUMBERS = 2 ** 24;

/** ONNX: a protobuf message ends at 2 GiB. Nodes are counted with every function written out. */
export const MAX_ONNX_BYTES = 2 * GIB - 1;
export const MAX_ONNX_NODES = 100_000;
export const MAX_ONNX_ATTRIBUTES = 400_000;
export const MAX_ONNX_NESTING = 8;
export const MAX_ONNX_FUNCTIONS = 2_000;

/** Pickles are looked at, never run: steps of the reader, and how much of a file that is one long pickle. */
export const MAX_PICKLE_OPERATIONS = 5_000_000;
export const MAX_PICKLE_HEAD = 16 * MIB;
/** A zip of PyTorch is read for its list of tensors up to this size. */
export const MAX_LISTED_FILE_BYTES = 1 * GIB;

/** HDF5 (Keras .h5, weights of .keras): groups and data sets in one file, and how far they lie inside each other. */
export const MAX_HDF5_OBJECTS = 50_000;
export const MAX_HDF5_DEPTH = 32;
/** Data sets may declare this many times the bytes of their file: compressed weights do not come near it. */
export const MAX_HDF5_RATIO = 100;
/** How long one file is read, and what its library may take beside the file: less than the 20 s of a step, and tables and caches. */
export const HDF5_READ_MS = 12_000;
export const HDF5_OWN_BYTES = 32 * MIB;

/** A project: its description, one part unpacked, its cover, and the file with the models that may lie in it. */
export const MAX_PROJECT_ABOUT_BYTES = 2 * MIB;
export const MAX_PROJECT_PART_BYTES = 48 * MIB;
export const MAX_COVER_BYTES = 1 * MIB;
export const MAX_COVER_SIDE = 256;
export const MAX_PROJECT_FILE_BYTES = 8 * GIB;
export const MAX_PROJECT_ENTRIES = 4_096;
