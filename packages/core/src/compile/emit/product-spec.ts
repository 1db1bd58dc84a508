import type { GemmSpec } from "../../kernels/gemm/index.js";
import type { Product, View } from "../ir.js";

/**
 * The matrix product that a step makes, or each of them if it has leading axes.
 * @param relaxed whether the engine has relaxed multiply-add
 */
export function specOf({ a, b, c, initial, packed, whole }: Product, relaxed = false): GemmSpec {
  const [m = 0, k = 0] = a.shape.slice(-2);
  const n = b.shape.at(-1) ?? 0;
  const { dtype } = c.buffer;
  return {
    dtype: dtype === "float64" ? dtype : "float32",
    m,
    k,
    n,
    a: lastStrides(a),
    b: lastStrides(b),
    c: { row: Math.max(lastStrides(c).row, n) },
    ...(initial && {
      initial: { ...lastStrides(initial), column: n === 1 ? 0 : lastStrides(initial).column },
    }),
    ...(packed && { packed: true }),
    ...(whole && { whole }),
    ...(relaxed && { relaxed }),
  };
}

function lastStrides({ strides }: View): { readonly row: number; readonly column: number } {
  const [row = 0, column = 0] = strides.slice(-2);
  return { row, column };
}
