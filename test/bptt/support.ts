import { expect } from "vitest";
import {
  add,
  fromTypedArray,
  index,
  matmul,
  mean,
  mul,
  reshape,
  square,
  stack,
  sub,
  sum,
  tensor,
  transpose,
  treeLeaves,
  type Tensor,
  type Tree,
} from "@tapeloop/core";
import type { Matrix, Objective } from "@tapeloop/check/bptt";

/** Largest difference allowed, relative to the largest entry of each gradient. */
const TOLERANCE = 1e-12;

/** Matrices [rows, columns] of numbers within ±1, the same ones for the same seed. */
export function matrices(seed: number): (rows: number, columns: number) => Matrix {
  let next = seed;
  return (rows, cols) => {
    next++;
    const data = Float64Array.from({ length: rows * cols }, (_, i) =>
      Math.sin(12.9898 * (i + 1) + 78.233 * next),
    );
    return { rows, cols, data };
  };
}

/** The same numbers as a tensor [rows, columns]. */
export function tensorOf({ rows, cols, data }: Matrix): Tensor {
  return tensor(data, { shape: [rows, cols] });
}

/** Each matrix of a record, such as a layer's parameters, as a tensor. */
export function tensorsOf<K extends string>(named: Readonly<Record<K, Matrix>>): Readonly<Record<K, Tensor>> {
  const entries = Object.entries<Matrix>(named).map(([name, m]) => [name, tensorOf(m)] as const);
  return Object.fromEntries(entries) as Record<K, Tensor>;
}

/** x_1 … x_T as data [T, features, batch]. */
export function overTime(steps: readonly Matrix[]): Tensor {
  return stack(steps.map(tensorOf));
}

/** b [hidden, 1] as the bias [hidden] that our cells have. */
export function bias(b: Tensor): Tensor {
  return reshape(b, [b.size]);
}

/** Columns to rows: Wᵀ, or [..., features, batch] to [..., batch, features]. */
export const turned = (t: Tensor): Tensor => transpose(t);

/** Zeros to be added where a gradient is wanted: [T, batch, hidden]. */
export function nothing(T: number, batch: number, hidden: number): Tensor {
  return fromTypedArray(new Float64Array(T * batch * hidden), [T, batch, hidden]);
}

/**
 * The loss of the formulas: y_t = W h_t + b, and the mean squared error, or Σ dy ⊙ y, of each step that has an
 * objective.  hs [T, hidden, batch]
 */
export function lossOf(
  W: Tensor,
  b: Tensor,
  hs: Tensor,
  objectives: readonly (Objective | undefined)[],
): Tensor {
  const losses = objectives.flatMap((objective, t) => {
    if (objective === undefined) return [];
    const y = add(matmul(W, index(hs, t)), b);
    return "target" in objective
      ? [mean(square(sub(y, tensorOf(objective.target))))]
      : [sum(mul(y, tensorOf(objective.dy)))];
  });
  return losses.reduce((a, c) => add(a, c));
}

/** Targets [output, batch] for every step. */
export function targets(
  T: number,
  draw: (rows: number, columns: number) => Matrix,
  output: number,
  batch: number,
) {
  return Array.from({ length: T }, (): Objective => ({ target: draw(output, batch) }));
}

/** The last objective, and none before it. */
export function lastOnly(objectives: readonly Objective[]): (Objective | undefined)[] {
  return objectives.map((objective, t) => (t === objectives.length - 1 ? objective : undefined));
}

/** Gradients from the tape agree with those derived by hand, tensor for tensor. */
export function expectSame(fromTape: Tree, byHand: Tree): void {
  const [a, b] = [treeLeaves(fromTape), treeLeaves(byHand)];
  expect(a.length).toBeGreaterThan(0);
  expect(a.map(({ path, tensor: t }) => [path, t.shape])).toEqual(
    b.map(({ path, tensor: t }) => [path, t.shape]),
  );
  a.forEach(({ path, tensor: t }, i) => {
    expect(difference(t, b[i]!.tensor), path || "the gradient").toBeLessThanOrEqual(TOLERANCE);
  });
}

/** Largest difference of two tensors of one shape, relative to the largest entry of the second. */
export function difference(a: Tensor, b: Tensor): number {
  let [largest, worst] = [0, 0];
  b.data.forEach((v, i) => {
    largest = Math.max(largest, Math.abs(v));
    worst = Math.max(worst, Math.abs(v - a.data[i]!));
  });
  return largest === 0 ? worst : worst / largest;
}
