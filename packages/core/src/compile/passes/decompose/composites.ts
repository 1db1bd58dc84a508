import { add, div, mul, sub } from "../../../ops/arithmetic.js";
import { cast } from "../../../ops/cast.js";
import { isFinite, less, where } from "../../../ops/compare.js";
import { max } from "../../../ops/extrema.js";
import { stdOp, varianceOp } from "../../../ops/moments.js";
import { broadcastTo, reshape } from "../../../ops/movement.js";
import { meanOp, sum } from "../../../ops/reduce.js";
import { reducedCount } from "../../../ops/reduction.js";
import { slice } from "../../../ops/slice.js";
import { logSoftmaxOp, logSumExpOp, softmaxOp } from "../../../ops/softmax.js";
import { exp, floor, log, sqrt, square } from "../../../ops/unary.js";
import { uniformOp } from "../../../random/ops.js";
import { randomBits } from "../../../random/random.js";
import type { Attributes, Op } from "../../../tape/op.js";
import type { TapeNode } from "../../../tape/tape.js";
import { sizeOf, type Shape } from "../../../tensor/shape.js";
import type { Tensor, TensorType } from "../../../tensor/tensor.js";
import { isNode } from "../rewrite/draft.js";

/*
 * Operations of one tensor, written in simpler ones. The reference kernels compute them in float64 and round once;
 * here most steps round to the dtype, so float32 results may differ in their last bits.
 */

/** What `node` does to its input x; `y` is the type of the result. */
type Writer<A extends Attributes> = (x: Tensor, attrs: A, y: TensorType) => Tensor;

const table = new Map<object, (x: Tensor, node: TapeNode, y: TensorType) => Tensor>();

function define<A extends Attributes>(op: Op<A>, write: Writer<A>): void {
  table.set(op, (x, node, y) => (isNode(op, node) ? write(x, node.attrs, y) : x));
}

/** How to write a node's operation in simpler ones, if there is a way. */
export function compositeOf(node: TapeNode): ((x: Tensor) => Tensor) | undefined {
  const write = table.get(node.op);
  const [y] = node.outputs;
  return write === undefined || y === undefined ? undefined : (x) => write(x, node, y);
}

const kept = (axes: readonly number[]) => ({ axes, keepDims: true });

/** x less its largest element over the axes; where that is NaN or infinite, the results are NaN, as they should be. */
function fromLargest(x: Tensor, axes: readonly number[]): Tensor {
  return sub(x, max(x, kept(axes)));
}

define(softmaxOp, (x, { axes }) => {
  if (x.size === 0) return x;
  const powers = exp(fromLargest(x, axes));
  return div(powers, sum(powers, kept(axes)));
});

define(logSoftmaxOp, (x, { axes }) => {
  if (x.size === 0) return x;
  const shifted = fromLargest(x, axes);
  return sub(shifted, log(sum(exp(shifted), kept(axes))));
});

// Where the largest element is infinite it is not subtracted: ∞ − ∞ would be NaN, and the sum says ∞ or 0 by itself.
define(logSumExpOp, (x, { axes, keepDims }, y) => {
  if (x.size === 0) return broadcastTo(cast(log(sum(x)), y.dtype), y.shape);
  const largest = max(x, kept(axes));
  const shift = where(isFinite(largest), largest, 0);
  const logs = add(log(sum(exp(sub(x, shift)), kept(axes))), shift);
  return keepDims ? logs : reshape(logs, y.shape);
});

// Moments are computed in float64 and rounded once, as by the reference kernels: their sums may leave the range of
// float32 where the result does not.
define(meanOp, (x, { axes, keepDims }, y) =>
  cast(div(sum(cast(x, "float64"), { axes, keepDims }), reducedCount(x.shape, axes)), y.dtype),
);

interface Moment {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
  readonly correction: number;
}

function varianceOf(x: Tensor, { axes, keepDims, correction }: Moment): Tensor {
  const count = reducedCount(x.shape, axes);
  const deviation = sub(x, div(sum(x, kept(axes)), count));
  const left = count - correction;
  return div(sum(square(deviation), { axes, keepDims }), left > 0 ? left : NaN);
}

define(varianceOp, (x, attrs, y) => cast(varianceOf(cast(x, "float64"), attrs), y.dtype));
define(stdOp, (x, attrs, y) => cast(sqrt(varianceOf(cast(x, "float64"), attrs)), y.dtype));

/** A 32-bit word as a whole number of 0 … 2³² − 1, in float64. */
function unsigned(word: Tensor): Tensor {
  const signed = cast(word, "float64");
  return where(less(signed, 0), add(signed, 2 ** 32), signed);
}

/** Uniform draws from their random words: 53 bits, of which float32 takes the first 24. Exact at every step. */
function uniformOf(key: Tensor, shape: Shape, dtype: "float32" | "float64"): Tensor {
  const n = sizeOf(shape);
  const words = randomBits(key, [n, 2]);
  const column = (i: number): Tensor => unsigned(slice(words, { axis: 1, start: i, stop: i + 1 }));
  const high = column(0);
  const draws =
    dtype === "float32"
      ? mul(floor(mul(high, 2 ** -8)), 2 ** -24)
      : mul(add(mul(high, 2 ** 21), floor(mul(column(1), 2 ** -11))), 2 ** -53);
  return cast(reshape(draws, shape), dtype);
}

define(uniformOp, (key, { shape, dtype }) => uniformOf(key, shape, dtype === "float32" ? dtype : "float64"));
