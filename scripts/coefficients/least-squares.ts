/**
 * x that makes the largest |Σ columns[k][i]·xₖ − right[i]| small: least squares whose weights grow where errors are
 * large (C. L. Lawson, 1961), by the modified Gram-Schmidt process. Columns may be nearly dependent, and nothing is
 * asked of them as in an exchange. Good to some per cent, which does for the choice between roundings.
 */
export function nearly(
  columns: readonly Float64Array[],
  right: Float64Array,
): { readonly x: number[]; readonly error: number } {
  let weights = right.map(() => 1 / right.length);
  let best = { x: columns.map(() => 0), error: Infinity };
  for (let round = 0; round < 8; round++) {
    const x = leastSquares(columns, right, weights);
    const errors = right.map((r, i) =>
      Math.abs(columns.reduce((sum, c, k) => sum + (c[i] ?? 0) * (x[k] ?? 0), -r)),
    );
    const error = Math.max(...errors);
    if (error < best.error) best = { x, error };
    weights = weights.map((w, i) => w * (errors[i] ?? 0));
    const total = weights.reduce((a, b) => a + b, 0);
    if (total === 0) return best;
    weights = weights.map((w) => w / total);
  }
  return best;
}

function leastSquares(
  columns: readonly Float64Array[],
  right: Float64Array,
  weights: Float64Array,
): number[] {
  const weighted = (column: Float64Array) => column.map((c, i) => c * Math.sqrt(weights[i] ?? 0));
  const basis = columns.map(weighted);
  const rest = weighted(right);
  // Each vector in turn is made orthogonal to all that follow it.
  const parts = basis.map((q, k) => {
    const length = dot(q, q);
    const project = (v: Float64Array) => {
      const part = length === 0 ? 0 : dot(q, v) / length;
      v.forEach((_, i) => (v[i] = (v[i] ?? 0) - part * (q[i] ?? 0)));
      return part;
    };
    return { others: basis.slice(k + 1).map(project), right: project(rest) };
  });
  const x: number[] = [];
  for (const part of parts.reverse()) {
    x.unshift(part.others.reduce((sum, other, j) => sum - other * (x[j] ?? 0), part.right));
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, each, i) => sum + each * (b[i] ?? 0), 0);
}
