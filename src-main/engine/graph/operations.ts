/**
 * The operations that a graph may have, and their attributes: all are pure functions of tensors. None reads or writes a
 * file, runs code, keeps a state, prints or draws random numbers; what is not in this table does not get in.
 */
import type { GraphAttribute } from './graph-network';

type Kind = GraphAttribute['kind'];

export interface AttributeRule {
  readonly kind: Kind;
  /** What TensorFlow takes where the file leaves it out; undefined where it must be there, or nothing depends on it. */
  readonly fallback: GraphAttribute | undefined;
}

export interface Operation {
  readonly takes: (inputs: number) => boolean;
  readonly attributes: ReadonlyMap<string, AttributeRule>;
  /** The names of its outputs where it has several that are not one list; a function refers to them by name. */
  readonly outputs: readonly string[] | undefined;
}

const BINARY = 'T:type';
const UNARY = 'T:type';
const REDUCTION = 'T:type Tidx:type keep_dims:bool=false';
const CONVOLUTION =
  'T:type strides:ints padding:string data_format:string=NHWC dilations:ints=1,1,1,1 explicit_paddings:ints=';
const CONVOLUTION_3D =
  'T:type strides:ints padding:string data_format:string=NDHWC dilations:ints=1,1,1,1,1 explicit_paddings:ints=';
const POOLING =
  'T:type ksize:ints strides:ints padding:string data_format:string=NHWC explicit_paddings:ints=';
const RESIZE = 'T:type align_corners:bool=false half_pixel_centers:bool=false';
const NORMALISATION = 'T:type U:type epsilon:float=0.0001 data_format:string=NHWC is_training:bool=true';
const FUSED =
  'T:type num_args:int=0 fused_ops:strings= epsilon:float=0.0001 leakyrelu_alpha:float=0.2' +
  ' transpose_a:bool=false transpose_b:bool=false';

/**
 * How many inputs each has: -2 stands for two or more. An attribute is name:kind, with '=' and TensorFlow's own default where a file
 * may leave it out.
 */
const TABLE: readonly (readonly [names: string, inputs: number, attributes: string])[] = [
  ['Placeholder', 0, 'dtype:type shape:shape'],
  ['Const', 0, 'dtype:type'],
  [
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Exp Expm1 Floor Inv IsFinite IsInf IsNan Log Log1p' +
      ' Neg OnesLike Reciprocal Relu Relu6 Rint Round Rsqrt Selu Elu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt' +
      ' Square Tan Tanh ZerosLike LogSoftmax Softmax LogicalNot',
    1,
    UNARY,
  ],
  ['LeakyRelu', 1, 'T:type alpha:float=0.2'],
  [
    'Add AddV2 Atan2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd' +
      ' LogicalOr Maximum Minimum Mod Mul NotEqual Pow RealDiv SquaredDifference Sub',
    2,
    BINARY,
  ],
  ['BiasAdd', 2, 'T:type data_format:string=NHWC'],
  ['ClipByValue', 3, 'T:type'],
  ['AddN', -1, 'T:type N:int'],
  ['Select SelectV2', 3, 'T:type'],
  ['Cast', 1, 'SrcT:type DstT:type'],
  ['MatMul', 2, 'T:type transpose_a:bool=false transpose_b:bool=false'],
  ['BatchMatMul BatchMatMulV2 BatchMatMulV3', 2, 'T:type adj_x:bool=false adj_y:bool=false'],
  ['_FusedMatMul', -2, FUSED],
  ['Einsum', -1, 'T:type equation:string N:int'],
  ['Conv2D DepthwiseConv2dNative', 2, CONVOLUTION],
  ['Conv2DBackpropInput', 3, CONVOLUTION],
  ['Conv3D', 2, CONVOLUTION_3D],
  ['_FusedConv2D FusedDepthwiseConv2dNative', -2, `${CONVOLUTION} ${FUSED}`],
  ['MaxPool AvgPool', 1, POOLING],
  ['FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', 5, NORMALISATION],
  ['ResizeNearestNeighbor ResizeBilinear', 2, RESIZE],
  ['Mean Sum Max Min Prod All Any', 2, REDUCTION],
  ['ArgMax ArgMin', 2, 'T:type Tidx:type output_type:type'],
  ['Cumsum', 2, 'T:type exclusive:bool=false reverse:bool=false'],
  ['Reshape', 2, 'T:type Tshape:type'],
  ['Transpose', 2, 'T:type Tperm:type'],
  ['Squeeze', 1, 'T:type squeeze_dims:ints='],
  ['ExpandDims', 2, 'T:type Tdim:type'],
  ['Concat ConcatV2', -2, 'T:type Tidx:type N:int'],
  ['Pack', -1, 'T:type N:int axis:int=0'],
  ['Unpack', 1, 'T:type num:int axis:int=0'],
  ['Split', 2, 'T:type num_split:int'],
  ['SplitV', 3, 'T:type Tlen:type num_split:int'],
  ['Slice', 3, 'T:type Index:type'],
  [
    'StridedSlice',
    4,
    'T:type Index:type begin_mask:int=0 end_mask:int=0 ellipsis_mask:int=0' +
      ' new_axis_mask:int=0 shrink_axis_mask:int=0',
  ],
  ['Pad', 2, 'T:type Tpaddings:type'],
  ['PadV2', 3, 'T:type Tpaddings:type'],
  ['MirrorPad', 2, 'T:type Tpaddings:type mode:string'],
  ['Tile', 2, 'T:type Tmultiples:type'],
  ['BroadcastTo', 2, 'T:type Tidx:type'],
  ['Gather', 2, 'Tparams:type Tindices:type validate_indices:bool=true'],
  ['GatherV2', 3, 'Tparams:type Tindices:type Taxis:type batch_dims:int=0'],
  ['GatherNd', 2, 'Tparams:type Tindices:type'],
  ['OneHot', 4, 'T:type TI:type axis:int=-1'],
  ['Shape', 1, 'T:type out_type:type'],
  ['Size Rank', 1, 'T:type out_type:type'],
  ['Fill', 2, 'T:type index_type:type'],
  ['Range', 3, 'Tidx:type'],
  ['LinSpace', 3, 'T:type Tidx:type'],
  ['ReverseV2', 2, 'T:type Tidx:type'],
  ['DepthToSpace SpaceToDepth', 1, 'T:type block_size:int data_format:string=NHWC'],
  ['SpaceToBatchND', 3, 'T:type Tblock_shape:type Tpaddings:type'],
  ['BatchToSpaceND', 3, 'T:type Tblock_shape:type Tcrops:type'],
];

const NAMED_OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV2: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV3: [
    'y',
    'batch_mean',
    'batch_variance',
    'reserve_space_1',
    'reserve_space_2',
    'reserve_space_3',
  ],
};

const operations = new Map<string, Operation>();
for (const [names, inputs, attributes] of TABLE) {
  const takes = (count: number): boolean => (inputs < 0 ? count >= -inputs : count === inputs);
  const rules = new Map(attributes.split(' ').map(attributeRule));
  for (const name of names.split(' '))
    operations.set(name, { takes, attributes: rules, outputs: namedOutputs(name) });
}

function attributeRule(text: string): [name: string, rule: AttributeRule] {
  const [name = '', kind = '', fallback] = text.split(/[:=]/);
  const asKind = kind as Kind;
  return [
    name,
    { kind: asKind, fallback: fallback === undefined ? undefined : parseFallback(asKind, fallback) },
  ];
}

function parseFallback(kind: Kind, text: string): GraphAttribute {
  const parts = text === '' ? [] : text.split(',');
  switch (kind) {
    case 'bool':
      return { kind, value: text === 'true' };
    case 'int':
    case 'float':
      return { kind, value: Number(text) };
    case 'ints':
    case 'shape':
      return { kind: 'ints', value: parts.map(Number) };
    case 'strings':
      return { kind, value: parts };
    default:
      return { kind, value: text };
  }
}

export const OPERATIONS: ReadonlyMap<string, Operation> = operations;

/** Also of operations that are not in the table, because a graph may hold them where nothing reaches them. */
export function namedOutputs(operation: string): readonly string[] | undefined {
  return Object.hasOwn(NAMED_OUTPUTS, operation) ? NAMED_OUTPUTS[operation] : undefined;
}
