/** What the hand-derived GRU takes and gives, and the check of its sizes. Column layout throughout. */
import { expectMatrix, expectSizes, expectSteps, type Dim } from "./expect.js";
import { zeros, type Matrix } from "./matrix.js";
import { expectObjectives, type Objective, type Output } from "./output.js";
import type { HiddenGradient } from "./rnn-types.js";

/**
 * Weights of the recurrence, named as in PyTorch: W_i· [hidden, input] and b_i· [hidden, 1] on the input,
 * W_h· [hidden, hidden] and b_h· [hidden, 1] on the state.
 */
export interface GruCellParams {
  /** Reset gate r. */
  readonly Wir: Matrix;
  readonly bir: Matrix;
  readonly Whr: Matrix;
  readonly bhr: Matrix;
  /** Update gate z. */
  readonly Wiz: Matrix;
  readonly biz: Matrix;
  readonly Whz: Matrix;
  readonly bhz: Matrix;
  /** New state n. */
  readonly Win: Matrix;
  readonly bin: Matrix;
  readonly Whn: Matrix;
  readonly bhn: Matrix;
}

/** Weights of the recurrence and of the output. */
export interface GruParams extends GruCellParams {
  /** W_y [output, hidden]. */
  readonly Wy: Matrix;
  /** b_y [output, 1]. */
  readonly by: Matrix;
}

export interface GruOptions {
  /** h_0 [hidden, batch]; zeros when not given. */
  readonly h0?: Matrix;
}

/** One matrix [hidden, batch] for each of reset gate r, update gate z and new state n. */
export interface GruGates {
  readonly r: Matrix;
  readonly z: Matrix;
  readonly n: Matrix;
}

/** Everything about step t. */
export interface GruStep {
  /** Time step, counted from 1. */
  readonly t: number;
  /** r_t, z_t, n_t. */
  readonly gates: GruGates;
  /** h_t [hidden, batch]. */
  readonly h: Matrix;
  /** dL/dh_t: `recurrent` is the sum of the four `paths` of step t + 1. */
  readonly dh: HiddenGradient;
  /** dL/da_g, the gradient in each gate's pre-activation a_g. */
  readonly da: GruGates;
  /**
   * The four paths from step t back to h_{t−1}: through each gate alone, and `direct`, through the
   * z_t ⊙ h_{t−1} in h_t. Their sum is `dh.recurrent` of step t − 1 (of h_0 at t = 1).
   */
  readonly paths: GruGates & { readonly direct: Matrix };
  /** This step's summands: dL/dW_ir = Σ_t terms.Wir, and so on. */
  readonly terms: GruCellParams;
}

/** Values and gradients of one run; a gradient has the shape of what it is the gradient of. */
export interface GruResult {
  /** L = Σ_t L_t. */
  readonly loss: number;
  /** Step t stands at index t − 1. */
  readonly steps: readonly GruStep[];
  /** One entry for each step that has a loss, in order of time. */
  readonly outputs: readonly Output[];
  readonly gradients: {
    readonly params: GruParams;
    /** dL/dx_t [input, batch]. */
    readonly xs: readonly Matrix[];
    /** dL/dh_0 [hidden, batch]. */
    readonly h0: Matrix;
  };
}

/** {@link GruResult} of a network with one output. */
export interface GruManyToOneResult extends GruResult {
  /** y = W_y h_T + b_y [output, batch]. */
  readonly y: Matrix;
}

/**
 * Checks all sizes and that all numbers are finite, and fills in the options.
 * Throws as the check of the RNN does.
 */
export function checkGru(
  where: string,
  params: GruParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: GruOptions,
): { h0: Matrix } {
  expectSteps(where, xs, objectives);
  const hidden: Dim = ["hidden", params.Whr.rows];
  const input: Dim = ["input", params.Wir.cols];
  const output: Dim = ["output", params.Wy.rows];
  const batch: Dim = ["batch", xs[0]?.cols ?? 0];
  const one: Dim = ["one", 1];
  expectSizes(where, [hidden, input, output, batch]);
  const h0 = options.h0 ?? zeros(hidden[1], batch[1]);

  const gates: [string, Matrix, Matrix, Matrix, Matrix][] = [
    ["r", params.Wir, params.bir, params.Whr, params.bhr],
    ["z", params.Wiz, params.biz, params.Whz, params.bhz],
    ["n", params.Win, params.bin, params.Whn, params.bhn],
  ];
  for (const [gate, Wi, bi, Wh, bh] of gates) {
    expectMatrix(where, `W_i${gate}`, Wi, hidden, input);
    expectMatrix(where, `b_i${gate}`, bi, hidden, one);
    expectMatrix(where, `W_h${gate}`, Wh, hidden, hidden);
    expectMatrix(where, `b_h${gate}`, bh, hidden, one);
  }
  expectMatrix(where, "W_y", params.Wy, output, hidden);
  expectMatrix(where, "b_y", params.by, output, one);
  expectMatrix(where, "h_0", h0, hidden, batch);
  xs.forEach((x, index) => expectMatrix(where, `x_${index + 1}`, x, input, batch));
  expectObjectives(where, objectives, output, batch);
  return { h0 };
}
