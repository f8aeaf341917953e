// @ts-check
// Which TensorFlow the native engine stands on, where each platform gets it, and what the files must hash to.

/** The version asked of the Python package index. */
export const tensorflowVersion = '2.21.0';

/**
 * SHA-256 of files that are known byte for byte.
 * - The Linux x64 wheel for CPython 3.11: computed from the file itself.
 * - The official archives: as published by independent projects that pin the same files (Bazel and Nix rules).
 * A wheel that is not in this table is held against the digest that the package index publishes for it. A file that
 * is neither here nor has a published digest is not used.
 * @type {Readonly<Record<string, {readonly sha256: string, readonly bytes?: number}>>}
 */
export const pins = {
  'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl': {
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    bytes: 273_829_956,
  },
  'libtensorflow-cpu-linux-x86_64-2.18.0.tar.gz': {
    sha256: '605bfcb370c7e7ec981eabada880f60784e3de018395be95c95c3e5592c3d9a2',
  },
  'libtensorflow-cpu-darwin-arm64-2.18.0.tar.gz': {
    sha256: '462257d2792730dcb131fcf21bc826192ae5a2c418535f6347d051f10fc8be8a',
  },
  'libtensorflow-cpu-windows-x86_64-2.18.1.zip': {
    sha256: '28acdcea6c6b34828cf0e95e67802b0f3577d51bc2e8915de811b7aa0b04452d',
  },
};

/**
 * @typedef {object} PlatformSources
 * @property {{project: string, tag: string} | null} wheel the Python package that carries the C++ libraries here.
 *   Every wheel is asked for with the tag of CPython 3.11, whatever Python is there: only its C++ parts are used.
 * @property {{version: string, url: string, name: string} | null} archive the official libtensorflow
 */

const official = 'https://storage.googleapis.com/tensorflow/versions';

/** @type {Readonly<Record<string, PlatformSources>>} */
const sourcesByPlatform = {
  'linux-x64': {
    wheel: { project: 'tensorflow-cpu', tag: 'manylinux_2_27_x86_64' },
    archive: {
      version: '2.18.0',
      url: `${official}/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz`,
      name: 'libtensorflow-cpu-linux-x86_64-2.18.0.tar.gz',
    },
  },
  'linux-arm64': { wheel: { project: 'tensorflow', tag: 'manylinux_2_27_aarch64' }, archive: null },
  'darwin-arm64': {
    wheel: { project: 'tensorflow', tag: 'macosx_12_0_arm64' },
    archive: {
      version: '2.18.0',
      url: `${official}/2.18.0/libtensorflow-cpu-darwin-arm64.tar.gz`,
      name: 'libtensorflow-cpu-darwin-arm64-2.18.0.tar.gz',
    },
  },
  // The Windows wheel has no import library to link against; the official archive has.
  'win32-x64': {
    wheel: null,
    archive: {
      version: '2.18.1',
      url: `${official}/2.18.1/libtensorflow-cpu-windows-x86_64.zip`,
      name: 'libtensorflow-cpu-windows-x86_64-2.18.1.zip',
    },
  },
};

/**
 * @param {string} [platform]
 * @param {string} [arch]
 * @returns {PlatformSources | null} null where TensorFlow publishes nothing
 */
export function platformSources(platform = process.platform, arch = process.arch) {
  return sourcesByPlatform[`${platform}-${arch}`] ?? null;
}

/** Room for the download and, unpacked, for the libraries. The measured Linux wheel: 274 MB and 854 MB. */
export const downloadBytes = 280e6;
export const unpackedBytes = 870e6;
