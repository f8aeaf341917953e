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

/** An attribute is name:kind, with '=' and TensorFlow's own default where a file may leave it out. */
const TABLE: readonly (readonly [names: string, attributes: string])[] = [
  ['Placeholder', 'dtype:type shape:shape'],
  ['Const', 'dtype:type'],
  [
    'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Erf Erfc Exp Expm1 Floor Inv IsFinite IsInf IsNan Log Log1p' +
      ' Neg OnesLike Reciprocal Relu Relu6 Rint Round Rsqrt Selu Elu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt' +
      ' Square Tan Tanh ZerosLike LogSoftmax Softmax LogicalNot',
    UNARY,
  ],
  ['LeakyRelu', 'T:type alpha:float=0.2'],
  [
    'Add AddV2 Atan2 Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd' +
      ' LogicalOr Maximum Minimum Mod Mul NotEqual Pow RealDiv SquaredDifference Sub',
    BINARY,
  ],
  ['BiasAdd', 'T:type data_format:string=NHWC'],
  ['ClipByValue', 'T:type'],
  ['AddN', 'T:type N:int'],
  ['Select SelectV2', 'T:type'],
  ['Cast', 'SrcT:type DstT:type'],
  ['MatMul', 'T:type transpose_a:bool=false transpose_b:bool=false'],
  ['BatchMatMul BatchMatMulV2 BatchMatMulV3', 'T:type adj_x:bool=false adj_y:bool=false'],
  ['_FusedMatMul', FUSED],
  ['Einsum', 'T:type equation:string N:int'],
  ['Conv2D DepthwiseConv2dNative Conv2DBackpropInput', CONVOLUTION],
  ['Conv3D', CONVOLUTION_3D],
  ['_FusedConv2D FusedDepthwiseConv2dNative', `${CONVOLUTION} ${FUSED}`],
  ['MaxPool AvgPool', POOLING],
  ['FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3', NORMALISATION],
  ['ResizeNearestNeighbor ResizeBilinear', RESIZE],
  ['Mean Sum Max Min Prod All Any', REDUCTION],
  ['ArgMax ArgMin', 'T:type Tidx:type output_type:type'],
  ['Cumsum', 'T:type exclusive:bool=false reverse:bool=false'],
  ['Reshape', 'T:type Tshape:type'],
  ['Transpose', 'T:type Tperm:type'],
  ['Squeeze', 'T:type squeeze_dims:ints='],
  ['ExpandDims', 'T:type Tdim:type'],
  ['Concat ConcatV2', 'T:type Tidx:type N:int'],
  ['Pack', 'T:type N:int axis:int=0'],
  ['Unpack', 'T:type num:int axis:int=0'],
  ['Split', 'T:type num_split:int'],
  ['SplitV', 'T:type Tlen:type num_split:int'],
  ['Slice', 'T:type Index:type'],
  [
    'StridedSlice',
    'T:type Index:type begin_mask:int=0 end_mask:int=0 ellipsis_mask:int=0' +
      ' new_axis_mask:int=0 shrink_axis_mask:int=0',
  ],
  ['Pad PadV2', 'T:type Tpaddings:type'],
  ['MirrorPad', 'T:type Tpaddings:type mode:string'],
  ['Tile', 'T:type Tmultiples:type'],
  ['BroadcastTo', 'T:type Tidx:type'],
  ['Gather', 'Tparams:type Tindices:type validate_indices:bool=true'],
  ['GatherV2', 'Tparams:type Tindices:type Taxis:type batch_dims:int=0'],
  ['GatherNd', 'Tparams:type Tindices:type'],
  ['OneHot', 'T:type TI:type axis:int=-1'],
  ['Shape', 'T:type out_type:type'],
  ['Size Rank', 'T:type out_type:type'],
  ['Fill', 'T:type index_type:type'],
  ['Range', 'Tidx:type'],
  ['LinSpace', 'T:type Tidx:type'],
  ['ReverseV2', 'T:type Tidx:type'],
  ['DepthToSpace SpaceToDepth', 'T:type block_size:int data_format:string=NHWC'],
  ['SpaceToBatchND', 'T:type Tblock_shape:type Tpaddings:type'],
  ['BatchToSpaceND', 'T:type Tblock_shape:type Tcrops:type'],
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
for (const [names, attributes] of TABLE) {
  const rules = new Map(attributes.split(' ').map(attributeRule));
  for (const name of names.split(' '))
    operations.set(name, { attributes: rules, outputs: namedOutputs(name) });
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
