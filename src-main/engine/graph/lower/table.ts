// Which operation of a graph is translated how. What is not here is run by TensorFlow.js.
import * as arrange from './arrange';
import type { Lower } from './context';
import * as convolution from './convolution';
import { BINARY, UNARY } from './elementwise';
import * as index from './index-operations';
import * as normalise from './normalise';
import * as reduce from './reduce';

export const LOWERINGS: ReadonlyMap<string, Lower> = new Map(
  Object.entries<Lower>({
    ...UNARY,
    ...BINARY,
    ...{ Conv2D: convolution.convolution, Conv2DBackpropInput: convolution.transposedConvolution },
    DepthwiseConv2dNative: convolution.depthwiseConvolution,
    MatMul: convolution.matrixProduct,
    ...{ MaxPool: convolution.pooling('MaxPool'), AvgPool: convolution.pooling('AveragePool') },
    ...{ _FusedConv2D: normalise.fusedConvolution, FusedDepthwiseConv2dNative: normalise.fusedDepthwise },
    _FusedMatMul: normalise.fusedMatrixProduct,
    BiasAdd: normalise.biasAddition,
    FusedBatchNorm: normalise.storedNormalisation,
    FusedBatchNormV2: normalise.storedNormalisation,
    FusedBatchNormV3: normalise.storedNormalisation,
    ...{ BatchMatMul: reduce.matrixProducts, BatchMatMulV2: reduce.matrixProducts },
    ...{ BatchMatMulV3: reduce.matrixProducts, Einsum: reduce.einstein },
    ...{ Mean: reduce.reduction, Sum: reduce.reduction, Max: reduce.reduction },
    ...{ Min: reduce.reduction, Prod: reduce.reduction, Cumsum: reduce.runningSum },
    ...{ Softmax: reduce.soft('Softmax'), LogSoftmax: reduce.soft('LogSoftmax') },
    ...{ ArgMax: reduce.place('ArgMax'), ArgMin: reduce.place('ArgMin') },
    ...{ ResizeNearestNeighbor: reduce.resize('nearest'), ResizeBilinear: reduce.resize('linear') },
    ...{ DepthToSpace: reduce.blocks('DepthToSpace'), SpaceToDepth: reduce.blocks('SpaceToDepth') },
    ...{ Shape: arrange.shape, Size: arrange.size, Rank: arrange.rank, Reshape: arrange.reshape },
    ...{ Squeeze: arrange.squeeze, ExpandDims: arrange.expandDims, Transpose: arrange.transpose },
    ...{ ConcatV2: arrange.concatenate, Concat: arrange.concatenateAxisFirst, Pack: arrange.pack },
    ...{ Unpack: arrange.unpack, Split: arrange.split, SplitV: arrange.splitBySizes, Slice: arrange.slice },
    ...{ Pad: arrange.pad, PadV2: arrange.pad, MirrorPad: arrange.pad, Tile: arrange.tile },
    ...{ Fill: arrange.fill, BroadcastTo: arrange.broadcastTo, Range: arrange.range, Cast: arrange.cast },
    ...{ ZerosLike: arrange.filledLike(0), OnesLike: arrange.filledLike(1) },
    ...{ StridedSlice: index.stridedSlice, Gather: index.gather, GatherV2: index.gather },
    ...{ GatherNd: index.gatherByCoordinates, OneHot: index.oneHot, ReverseV2: index.reverse },
  }),
);
