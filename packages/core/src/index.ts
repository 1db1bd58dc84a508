import "./compile/eager/install.js";
import "./methods.js";

export { ArgumentError, DtypeError, GradientError, ShapeError, TapeloopError, TraceError } from "./errors.js";
export {
  checkFunction,
  checkList,
  checkMethods,
  checkNumber,
  checkObject,
  checkString,
  kindOf,
  optionsOf,
  shown,
} from "./expect.js";

export {
  dtypes,
  getDefaultDtype,
  isFloat,
  withDefaultDtype,
  type Dtype,
  type TypedArray,
} from "./tensor/dtype.js";
export { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from "./tensor/shape.js";
export {
  describe,
  isTensor,
  Tensor,
  type NestedArray,
  type TensorLike,
  type TensorType,
} from "./tensor/tensor.js";
export {
  arange,
  eye,
  fromTypedArray,
  full,
  linspace,
  ones,
  onesLike,
  tensor,
  zeros,
  zerosLike,
  type CreateOptions,
} from "./tensor/create.js";
export { checkTensor } from "./tensor/operand.js";
export {
  treeLeaves,
  treeMap,
  treeMap2,
  treeTensors,
  treeUnflatten,
  type Leaf,
  type Tree,
} from "./tensor/tree.js";

export { apply, applyAll, commonDtype, floatDtype } from "./tape/apply.js";
export {
  defineOp,
  type Application,
  type Attributes,
  type Contribution,
  type Op,
  type OpDefinition,
  type TangentRule,
  type TypedOp,
} from "./tape/op.js";
export { observe, type Execution } from "./tape/observe.js";
export { record, replay, trace, type Recording } from "./tape/record.js";
export { Tape, type Origin, type Producer, type TapeNode } from "./tape/tape.js";
export { withSources } from "./tape/source.js";
export { attributeEntries, isTape, nameTensors } from "./tape/format.js";
export {
  formatWhere,
  scope,
  timeStep,
  whereNow,
  type DerivativeOf,
  type SourceLine,
  type Where,
} from "./tape/where.js";

export { clip, elu, leakyRelu, relu, sigmoid, softplus, softsign, tanh } from "./ops/activations.js";
export { add, div, maximum, minimum, mul, neg, pow, reciprocal, sub } from "./ops/arithmetic.js";
export { cast, label, stopGradient } from "./ops/cast.js";
export {
  equal,
  greater,
  greaterEqual,
  isFinite,
  isNaN,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
  where,
} from "./ops/compare.js";
export { cumsum, type CumulativeOptions } from "./ops/cumulative.js";
export { erf, erfc } from "./ops/erf.js";
export { argmax, argmin, max, min } from "./ops/extrema.js";
export { gelu } from "./ops/gelu.js";
export { gather, scatterAdd } from "./ops/gather.js";
export { oneHot, take, type OneHotOptions } from "./ops/indexing.js";
export { concat, hstack, split, stack, unstack, vstack } from "./ops/join.js";
export { affine, matmul, outer } from "./ops/matmul.js";
export { std, variance, type MomentOptions } from "./ops/moments.js";
export { prod } from "./ops/product.js";
export {
  broadcastTo,
  expandDims,
  flatten,
  moveAxis,
  permute,
  repeat,
  reshape,
  squeeze,
  tile,
  transpose,
} from "./ops/movement.js";
export { all, any, mean, sum, sumTo } from "./ops/reduce.js";
export type { ReduceOptions, Reduction } from "./ops/reduction.js";
export { flip, index, pad, slice } from "./ops/slice.js";
export type { AxisRange, Ranges, SliceRange } from "./ops/ranges.js";
export { logSoftmax, logSumExp, softmax } from "./ops/softmax.js";
export * from "./ops/unary.js";
export { slidingWindows, type WindowOptions } from "./ops/windows.js";

export { backward } from "./transforms/backward.js";
export { forward } from "./transforms/forward.js";
export { grad, valueAndGrad, valueAuxAndGrad, type GradientOf, type GradOptions } from "./transforms/grad.js";
export { jvp, vjp } from "./transforms/products.js";

export { scan, type ScanOptions } from "./control/scan.js";
export { checkpoint } from "./control/checkpoint.js";
export { customGradient, type CustomRules } from "./control/custom.js";
export type { ScanAttrs } from "./control/scan-op.js";
export { compile, type Compiled, type CompileEvent, type CompileOptions } from "./compile/compile.js";
export type { Blas, BlasProduct } from "./compile/blas.js";
export type { BufferReport, Explanation, KernelReport, PassReport, Threads } from "./compile/explain.js";
export type { ProfileOptions } from "./compile/profile/profile.js";
export type { KernelTime, Profile } from "./compile/profile/report.js";
export type { LoopReport } from "./compile/explain-loops.js";
export { hessian, hvp, jacobian, type JacobianOptions } from "./transforms/jacobian.js";
export {
  bernoulli,
  createRng,
  foldIn,
  normal,
  permutation,
  randomBits,
  randomKey,
  splitKey,
  uniform,
  type DrawOptions,
  type Rng,
} from "./random/random.js";
