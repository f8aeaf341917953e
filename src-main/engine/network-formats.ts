/** The three ways in which a pack keeps a network. A name never changes its meaning: files of years ago carry it. */
export const NETWORK_FORMATS = ['latentscape-network/1', 'latentscape-graph/1', 'onnx'] as const;
export type NetworkFormat = (typeof NETWORK_FORMATS)[number];
