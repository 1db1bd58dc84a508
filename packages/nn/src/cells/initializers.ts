import { ArgumentError, formatShape, fromTypedArray, getDefaultDtype, normal, ShapeError, uniform, type DrawOptions, type Rng, type Shape, type Tensor } from "@tapeloop/core";

/**
 * Uniform on ±√(6 / (fanIn + fanOut)), which keeps the variance of values and of gradients alike (Glorot, Bengio:
 * "Understanding the difficulty of training deep feedforward neural networks", 2010). shape [fanIn, fanOut].
 */
export function glorotUniform(rng: Rng, shape: Shape, options: DrawOptions = {}): Tensor {
  const [fanIn, fanOut] = fans("glorotUniform", shape);
  const bound = Math.sqrt(6 / Math.max(1, fanIn + fanOut));
  return uniform(rng.key(), shape, { low: -bound, high: bound, ...options });
}

/**
 * Uniform on ±1/√hidden: what PyTorch's recurrent layers start from, for every weight and bias.
 * Throws ArgumentError unless `hidden` is a whole number ≥ 1.
 */
export function torchUniform(rng: Rng, shape: Shape, hidden: number, options: DrawOptions = {}): Tensor {
  if (!Number.isSafeInteger(hidden) || hidden < 1) {
    throw new ArgumentError(`torchUniform: got hidden ${hidden}, expected a whole number ≥ 1`);
  }
  const bound = 1 / Math.sqrt(hidden);
  return uniform(rng.key(), shape, { low: -bound, high: bound, ...options });
}

/**
 * A matrix [m, n] with orthonormal rows or columns, whichever are fewer, times `gain`: recurrent products then keep
 * lengths (Saxe, McClelland, Ganguli, 2014). Gram-Schmidt, twice for accuracy, on normal draws; computed in float64.
 * Needs values, so it cannot run inside `scan` or `compile`.
 */
export function orthogonal(rng: Rng, shape: Shape, { gain = 1, ...options }: DrawOptions & { readonly gain?: number } = {}): Tensor {
  const [m, n] = fans("orthogonal", shape);
  const draws = normal(rng.key(), [Math.min(m, n), Math.max(m, n)], { dtype: "float64" });
  if (draws.isAbstract) return normal(rng.key(), shape, options);
  const { data } = draws;
  const width = Math.max(m, n);
  const rows = Array.from({ length: Math.min(m, n) }, (_, i) => Float64Array.from(data.subarray(i * width, (i + 1) * width)));
  rows.forEach((row, i) => {
    for (const earlier of [...rows.slice(0, i), ...rows.slice(0, i)]) subtractProjection(row, earlier);
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < width; k++) row[k] = (row[k] ?? 0) / length;
  });
  const transposed = m > n;
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) out[i * n + j] = gain * ((transposed ? rows[j]?.[i] : rows[i]?.[j]) ?? 0);
  }
  return fromTypedArray(out, [m, n]).cast(options.dtype ?? getDefaultDtype());
}

function subtractProjection(row: Float64Array, unit: Float64Array): void {
  const along = dot(row, unit);
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) - along * (unit[k] ?? 0);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

function fans(name: string, shape: Shape): readonly [number, number] {
  const [m, n] = shape;
  if (m === undefined || n === undefined || shape.length !== 2) {
    throw new ShapeError(`${name}: got shape ${formatShape(shape)}, expected a matrix [fanIn, fanOut]`);
  }
  return [m, n];
}
