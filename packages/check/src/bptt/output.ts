/**
 * The output of a step and its loss, shared by the three kinds of cell.
 *
 *     y_t = W h_t + b                                                   (affine)
 *     L_t = mean over all entries of (y_t − target_t)²                  (mse)
 *     dL_t/dy_t = 2 (y_t − target_t) / (output · batch)
 *     dL_t/dW = dL_t/dy_t h_tᵀ      dL_t/db = Σ_batch dL_t/dy_t      dL_t/dh_t = Wᵀ dL_t/dy_t
 *
 * With one output the mean over all entries is the mean over the batch.
 */
import { expectMatrix, type Dim } from "./expect.js";
import { addBias, map, matmul, mul, sub, sumBatch, sumEntries, transpose, type Matrix } from "./matrix.js";

/**
 * What a step's output y [output, batch] is held against, either
 * - `target` [output, batch]: the loss is the mean squared error, averaged over all entries; or
 * - `dy` [output, batch]: dL/dy from outside, for any other loss. The loss reported is then Σ dy ⊙ y, the
 *   linear function of y that has this gradient.
 */
export type Objective = { readonly target: Matrix } | { readonly dy: Matrix };

/** One step's output, its loss, and what the loss sends back. */
export interface Output {
  /** Time step, counted from 1. */
  readonly t: number;
  /** y_t [output, batch]. */
  readonly y: Matrix;
  /** L_t. */
  readonly loss: number;
  /** dL/dy_t [output, batch]. */
  readonly dy: Matrix;
  /** W_yᵀ dL/dy_t [hidden, batch]: the local term of dL/dh_t. */
  readonly dh: Matrix;
  /** This step's summand of the gradient of the output weight and bias. */
  readonly terms: {
    /** dL/dy_t h_tᵀ [output, hidden]. */
    readonly W: Matrix;
    /** Σ_batch dL/dy_t [output, 1]. */
    readonly b: Matrix;
  };
}

/**
 * Output, loss and gradients of step t.  W [output, hidden], b [output, 1], h [hidden, batch].
 * Throws a `TypeError` when the loss overflows.
 */
export function outputOf(
  where: string,
  t: number,
  W: Matrix,
  b: Matrix,
  h: Matrix,
  objective: Objective,
): Output {
  const y = addBias(matmul(W, h), b);
  const { loss, dy } = "target" in objective ? mse(y, objective.target) : linear(y, objective.dy);
  if (!Number.isFinite(loss)) throw new TypeError(`${where}: loss L_${t} is ${loss}, the values overflowed`);
  return {
    t,
    y,
    loss,
    dy,
    dh: matmul(transpose(W), dy),
    terms: { W: matmul(dy, transpose(h)), b: sumBatch(dy) },
  };
}

function mse(y: Matrix, target: Matrix): { loss: number; dy: Matrix } {
  const error = sub(y, target);
  const count = y.rows * y.cols;
  return { loss: sumEntries(mul(error, error)) / count, dy: map(error, (e) => (2 * e) / count) };
}

function linear(y: Matrix, dy: Matrix): { loss: number; dy: Matrix } {
  return { loss: sumEntries(mul(dy, y)), dy };
}

/** Checks the objectives that are there.  Throws a `TypeError` naming the step. */
export function expectObjectives(
  where: string,
  objectives: readonly (Objective | undefined)[],
  output: Dim,
  batch: Dim,
): void {
  objectives.forEach((objective, index) => {
    if (objective === undefined) return;
    if ("target" in objective) expectMatrix(where, `target_${index + 1}`, objective.target, output, batch);
    else expectMatrix(where, `dL/dy_${index + 1}`, objective.dy, output, batch);
  });
}

/** Objectives of a many-to-one network: none but for the last of T steps. */
export function onlyLast(T: number, objective: Objective): (Objective | undefined)[] {
  return Array.from({ length: T }, (_, index) => (index === T - 1 ? objective : undefined));
}

/** The output of a many-to-one network. */
export function lastOutput(where: string, outputs: readonly Output[]): Output {
  const last = outputs.at(-1);
  if (last === undefined) throw new RangeError(`${where}: got no step with an output, expected one`);
  return last;
}
