/** What the hand-derived RNN takes and gives, and the check of its sizes. Column layout throughout. */
import { tanh, type Activation } from "./activation.js";
import { expectMatrix, expectSizes, expectSteps, type Dim } from "./expect.js";
import { zeros, type Matrix } from "./matrix.js";
import { expectObjectives, type Objective, type Output } from "./output.js";

/** Weights of the recurrence. */
export interface RnnCellParams {
  /** W_xh [hidden, input]. */
  readonly Wxh: Matrix;
  /** W_hh [hidden, hidden]. */
  readonly Whh: Matrix;
  /** b_h [hidden, 1]. */
  readonly bh: Matrix;
}

/** Weights of the recurrence and of the output. */
export interface RnnParams extends RnnCellParams {
  /** W_hy [output, hidden]. */
  readonly Why: Matrix;
  /** b_y [output, 1]. */
  readonly by: Matrix;
}

export interface RnnOptions {
  /** act in h_t = act(z_t); tanh when not given. */
  readonly activation?: Activation;
  /** h_0 [hidden, batch]; zeros when not given. */
  readonly h0?: Matrix;
}

/** dL/dh_t as the sum of the two ways in which h_t reaches the loss; each [hidden, batch]. */
export interface HiddenGradient {
  /** Through the step's own output: W_yᵀ dL/dy_t (zeros at a step without a loss). */
  readonly local: Matrix;
  /** Through the next step (zeros at t = T). */
  readonly recurrent: Matrix;
  /** dL/dh_t = local + recurrent. */
  readonly total: Matrix;
}

/** Everything about step t. */
export interface RnnStep {
  /** Time step, counted from 1. */
  readonly t: number;
  /** Pre-activation z_t [hidden, batch]. */
  readonly z: Matrix;
  /** h_t [hidden, batch]. */
  readonly h: Matrix;
  /** dL/dh_t. */
  readonly dh: HiddenGradient;
  /** dL/dz_t = dL/dh_t ⊙ act′(z_t) [hidden, batch]. */
  readonly dz: Matrix;
  /** This step's summands: dL/dW_hh = Σ_t terms.Whh, and so on. */
  readonly terms: RnnCellParams;
}

/** Values and gradients of one run; a gradient has the shape of what it is the gradient of. */
export interface RnnResult {
  /** L = Σ_t L_t. */
  readonly loss: number;
  /** Step t stands at index t − 1. */
  readonly steps: readonly RnnStep[];
  /** One entry for each step that has a loss, in order of time. */
  readonly outputs: readonly Output[];
  readonly gradients: {
    readonly params: RnnParams;
    /** dL/dx_t [input, batch] for each input given. */
    readonly xs: readonly Matrix[];
    /** dL/dh_0 [hidden, batch]. */
    readonly h0: Matrix;
  };
}

/** {@link RnnResult} of a network with one output. */
export interface RnnManyToOneResult extends RnnResult {
  /** y = W_hy h_T + b_y [output, batch]. */
  readonly y: Matrix;
}

/**
 * Checks all sizes and that all numbers are finite, and fills in the options.
 * Throws a `TypeError` (a matrix of the wrong size, or with NaN or infinite entries) or a `RangeError`
 * (a size of zero, no steps, or not one objective for each step).
 */
export function checkRnn(
  where: string,
  params: RnnParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: RnnOptions,
): { activation: Activation; h0: Matrix } {
  expectSteps(where, xs, objectives);
  const hidden: Dim = ["hidden", params.Whh.rows];
  const input: Dim = ["input", params.Wxh.cols];
  const output: Dim = ["output", params.Why.rows];
  const batch: Dim = ["batch", xs[0]?.cols ?? 0];
  const one: Dim = ["one", 1];
  expectSizes(where, [hidden, input, output, batch]);
  const h0 = options.h0 ?? zeros(hidden[1], batch[1]);

  expectMatrix(where, "W_xh", params.Wxh, hidden, input);
  expectMatrix(where, "W_hh", params.Whh, hidden, hidden);
  expectMatrix(where, "b_h", params.bh, hidden, one);
  expectMatrix(where, "W_hy", params.Why, output, hidden);
  expectMatrix(where, "b_y", params.by, output, one);
  expectMatrix(where, "h_0", h0, hidden, batch);
  xs.forEach((x, index) => expectMatrix(where, `x_${index + 1}`, x, input, batch));
  expectObjectives(where, objectives, output, batch);
  return { activation: options.activation ?? tanh, h0 };
}
