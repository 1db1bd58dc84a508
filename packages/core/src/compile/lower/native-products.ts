import type { Strides } from "../../kernels/gemm/index.js";
import type { Blas, BlasProduct } from "../blas.js";
import { specOf } from "../emit/product-spec.js";
import { resolve, type Fused, type Pack, type Product, type Program, type Step, type View } from "../ir.js";
import { nodesOf, worksFor } from "./origins.js";
import { fusedOver } from "./scope.js";
import { wholeOf } from "./views.js";

/** The program with those products left to a library that it takes and that are worth a call to it. */
export function withNativeProducts(program: Program, blas: Blas): Program {
  return { ...program, steps: rewritten(program.steps, blas) };
}

function rewritten(steps: readonly Step[], blas: Blas): Step[] {
  return steps.flatMap((step) => {
    if (step.kind === "repeat") step.steps = rewritten(step.steps, blas);
    if (step.kind === "product") return started(step, nativeOf(step, blas));
    return step.kind === "pack" ? straightened(step, nativeOf(step.product, blas)) : [step];
  });
}

/** What a library is asked for, decided once for each product. */
function nativeOf(step: Product, blas: Blas): BlasProduct | undefined {
  if (step.native !== undefined) return step.native;
  const product = blasProductOf(step);
  if (product === undefined || !blas.pays(product)) return undefined;
  step.native = product;
  return product;
}

/** A library can only add to what a matrix holds: what the sums start from is brought there before. */
function started(step: Product, native: BlasProduct | undefined): Step[] {
  const { c, initial } = step;
  if (native === undefined || initial === undefined) return [step];
  delete step.initial;
  return startsInPlace(c, initial) ? [step] : [copyOf(initial, c, step), step];
}

/**
 * A library packs in its own way, so nothing is packed for it. But the matrix that a loop multiplies with is laid out
 * by rows before the loop if it lies by columns: small products by columns take libraries twice as long.
 */
function straightened(step: Pack, native: BlasProduct | undefined): Step[] {
  const { product, b, to } = step;
  if (native === undefined) return [step];
  if (!native.transposeB) {
    delete product.packed;
    return [];
  }
  const rows = wholeOf(to.buffer, b.shape);
  product.packed = rows;
  product.native = { ...native, transposeB: false, ldb: native.n };
  return [copyOf(b, rows, step)];
}

/** A step that copies elements, for those for which `step` works. */
function copyOf(from: View, to: View, step: Step): Fused {
  const { dtype } = from.buffer;
  const identity = { op: "identity", attrs: {}, dtype, dtypes: [dtype], where: undefined };
  const copy: Fused = {
    ...fusedOver(to.shape),
    members: [{ ...identity, operands: [{ kind: "view", view: from }] }],
    stores: [{ member: 0, to }],
  };
  worksFor(copy, nodesOf(step));
  return copy;
}

/** The product as a library takes it, or undefined for strides that a library cannot express. */
export function blasProductOf(step: Product): BlasProduct | undefined {
  const { dtype, m, n, k, a, b, c } = specOf(step);
  const [left, right] = [layoutOf(a, m, k), layoutOf(b, k, n)];
  if (left === undefined || right === undefined || m * n * k === 0) return undefined;
  return {
    ...{ dtype, m, n, k },
    ...{ transposeA: left.transposed, lda: left.stride },
    ...{ transposeB: right.transposed, ldb: right.stride },
    ldc: c.row,
    accumulate: step.initial !== undefined,
  };
}

/** How a [rows, columns] matrix lies in memory: by rows or by columns, `stride` elements apart, none of them shared. */
function layoutOf(
  { row, column }: Strides,
  rows: number,
  columns: number,
): { readonly transposed: boolean; readonly stride: number } | undefined {
  if (columns === 1 || column === 1) {
    if (rows === 1) return { transposed: false, stride: columns };
    if (row >= columns) return { transposed: false, stride: row };
  }
  if (rows === 1 || row === 1) {
    if (columns === 1) return { transposed: true, stride: rows };
    if (column >= rows) return { transposed: true, stride: column };
  }
  return undefined;
}

/** Whether a product's sums start from what its result already holds. */
function startsInPlace(c: View, initial: View): boolean {
  const [to, from] = [resolve(c), resolve(initial)];
  return (
    to.buffer === from.buffer &&
    to.offset === from.offset &&
    sameStrides(to, from) &&
    to.moves.length === from.moves.length &&
    to.moves.every(({ loop, stride, phase }, i) => {
      const move = from.moves[i];
      return move?.loop === loop && move.stride === stride && move.phase === phase;
    })
  );
}

function sameStrides({ shape, strides }: View, other: View): boolean {
  return shape.every((size, axis) => size === 1 || strides[axis] === other.strides[axis]);
}
