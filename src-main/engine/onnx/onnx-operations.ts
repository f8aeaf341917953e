/**
 * The operations of ONNX that a network of a stranger may hold: pure functions of tensors. What reads files, decodes
 * pictures, handles text, or can run without end is not among them.
 */
const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** The default domain, opset 7 to 28. */
const DEFAULT = names(`
  Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization Bernoulli
  BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip Col2Im
  Compress Concat Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DFT DeformConv DepthToSpace
  DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor GRU Gather
  GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample
  GroupNormalization HammingWindow HannWindow HardSigmoid HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN LRN
  LSTM LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool
  MaxUnpool Mean MeanVarianceNormalization Min Mish Mod Mul Multinomial Neg NonZero Not OneHot Or PRelu Pad Pow QLinearConv
  QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range
  Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare Relu Reshape Resize RotaryEmbedding Round Scatter ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign
  Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum SwiGLU Swish Tan Tanh
  ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where Xor
`);

/** ONNX Runtime's own: what its optimiser and its quantiser write. */
const MICROSOFT = names(`
  BiasAdd BiasGelu DequantizeLinear DynamicQuantizeMatMul FastGelu FusedConv FusedGemm FusedMatMul Gelu GroupNorm
  MatMulIntegerToFloat QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul
  QLinearSigmoid QLinearSoftmax QuantizeLinear QuickGelu SkipGroupNorm SkipLayerNormalization
`);

export const ALLOWED_OPERATIONS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set(DEFAULT)],
  ['com.microsoft', new Set(MICROSOFT)],
]);

/** They draw numbers of their own: the same latent gives another picture each time. */
export const RANDOM_OPERATIONS: ReadonlySet<string> = new Set(
  names('Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike'),
);

/** Why an operation that ONNX has is not run, for the one sentence. */
export function reasonAgainst(domain: string, operation: string): string {
  if (operation === 'Loop' || operation === 'Scan') return 'it can run without end';
  if (operation === 'ImageDecoder') return 'it decodes files';
  if (/^(SVM|TreeEnsemble|LinearClassifier|LinearRegressor)/.test(operation))
    return 'it is no neural network';
  if (/^(String|Regex|TfIdf|Sequence|SplitToSequence|ConcatFromSequence|Optional)/.test(operation))
    return 'it handles other things than tensors of numbers';
  if (domain !== '' && domain !== 'com.microsoft')
    return `its domain ${JSON.stringify(domain.slice(0, 60))} needs code that the file does not hold`;
  return 'it is not among the operations that are run';
}
