// The formats in which a model leaves the app.
export const EXPORT_FORMATS = ['zip', 'onnx', 'tfjs', 'keras', 'safetensors'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export type ExportPart = 'generator' | 'encoder';
