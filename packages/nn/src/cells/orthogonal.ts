import {
  apply,
  cast,
  defineOp,
  getDefaultDtype,
  mul,
  normal,
  optionsOf,
  transpose,
  type DrawOptions,
  type Rng,
  type Shape,
  type Tensor,
} from "@tapeloop/core";
import { matrixShape } from "./initializers.js";
import { checkRng } from "./sizes.js";

/** Options of {@link orthogonal}. */
export interface OrthogonalOptions extends DrawOptions {
  /** Factor on every element, and so on every length; 1 by default. */
  readonly gain?: number;
}

/**
 * A matrix [m, n] with orthonormal rows or columns, whichever are fewer, times `gain`, uniformly distributed among
 * all such matrices: recurrent products then keep lengths (Saxe, McClelland, Ganguli: "Exact solutions to the
 * nonlinear dynamics of learning in deep linear neural networks", 2014). Computed in float64.
 * Throws ShapeError for another rank.
 */
export function orthogonal(rng: Rng, shape: Shape, options: OrthogonalOptions = {}): Tensor {
  const { gain = 1, dtype = getDefaultDtype() } = optionsOf("orthogonal", options);
  checkRng("orthogonal", rng);
  const [m, n] = matrixShape("orthogonal", shape);
  const draws = normal(rng.key(), [Math.min(m, n), Math.max(m, n)], { dtype: "float64" });
  const rows = apply(orthonormalRowsOp, [draws], {});
  return cast(mul(m > n ? transpose(rows) : rows, gain), dtype);
}

/** Rows x [m, n], m ≤ n, made orthonormal one after the other; an operation, so that it runs in traced code too. */
const orthonormalRowsOp = defineOp<readonly [Tensor]>({
  name: "orthonormalRows",
  shape: ([x]) => x,
  forward([x]) {
    const [m = 0, n = 0] = x.shape;
    const out = Float64Array.from(x.data);
    const row = (i: number): Float64Array => out.subarray(i * n, (i + 1) * n);
    for (let i = 0; i < m; i++) {
      const own = row(i);
      // Gram-Schmidt; what rounding leaves of the earlier rows, a second pass takes away.
      for (let pass = 0; pass < 2; pass++) for (let j = 0; j < i; j++) subtractProjection(own, row(j));
      const length = Math.sqrt(dot(own, own));
      for (let k = 0; k < n; k++) own[k] = (own[k] ?? 0) / length;
    }
    return out;
  },
});

function subtractProjection(row: Float64Array, unit: Float64Array): void {
  const along = dot(row, unit);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) - along * (unit[k] ?? 0);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}
