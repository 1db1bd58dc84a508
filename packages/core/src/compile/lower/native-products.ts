import type { Blas, BlasProduct } from "../blas.js";
import { specOf } from "../emit/product-spec.js";
import { resolve, type Product, type Program, type Step, type View } from "../ir.js";
import type { Strides } from "../../kernels/gemm/index.js";

/**
 * The program with the products marked as native that a library takes and that are worth a call to it. They read
 * their right operand as it is: nothing is packed for them.
 */
export function withNativeProducts(program: Program, blas: Blas): Program {
  return { ...program, steps: marked(program.steps, blas) };
}

function marked(steps: readonly Step[], blas: Blas): readonly Step[] {
  return steps.filter((step) => {
    if (step.kind === "repeat") step.steps = marked(step.steps, blas);
    if (step.kind === "product") mark(step, blas);
    if (step.kind === "pack") mark(step.product, blas);
    return step.kind !== "pack" || step.product.native === undefined;
  });
}

function mark(step: Product, blas: Blas): void {
  const product = blasProductOf(step);
  if (product === undefined || !blas.pays(product)) return;
  step.native = product;
  delete step.packed;
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
export function startsInPlace({ c, initial }: Product): boolean {
  if (initial === undefined) return false;
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
