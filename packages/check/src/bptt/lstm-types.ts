/** What the hand-derived LSTM takes and gives, and the check of its sizes. Column layout throughout. */
import { expectMatrix, expectSizes, expectSteps, type Dim } from "./expect.js";
import { zeros, type Matrix } from "./matrix.js";
import { expectObjectives, type Objective, type Output } from "./output.js";
import type { HiddenGradient } from "./rnn-types.js";

/**
 * Weights of the four gates in concatenated form. Each W_g [hidden, hidden + input] multiplies
 * [h_{t−1}; x_t], so its first `hidden` columns act on h_{t−1} and the rest on x_t.
 */
export interface LstmCellParams {
  /** Forget gate: W_f [hidden, hidden + input], b_f [hidden, 1]. */
  readonly Wf: Matrix;
  readonly bf: Matrix;
  /** Input gate: W_i, b_i. */
  readonly Wi: Matrix;
  readonly bi: Matrix;
  /** Candidate c̃: W_c̃, b_c̃. */
  readonly Wc: Matrix;
  readonly bc: Matrix;
  /** Output gate: W_o, b_o. */
  readonly Wo: Matrix;
  readonly bo: Matrix;
}

/** Weights of the gates and of the output. */
export interface LstmParams extends LstmCellParams {
  /** W_y [output, hidden]. */
  readonly Wy: Matrix;
  /** b_y [output, 1]. */
  readonly by: Matrix;
}

export interface LstmOptions {
  /** h_0 [hidden, batch]; zeros when not given. */
  readonly h0?: Matrix;
  /** c_0 [hidden, batch]; zeros when not given. */
  readonly c0?: Matrix;
  /**
   * dL/dc_T [hidden, batch] from outside, for a loss that reads the last cell state too; zeros when not
   * given. It adds Σ dcT ⊙ c_T to the loss, the linear function of c_T that has this gradient.
   */
  readonly dcT?: Matrix;
}

/** One matrix [hidden, batch] for each gate. */
export interface LstmGates {
  readonly f: Matrix;
  readonly i: Matrix;
  /** c̃, the candidate. */
  readonly cTilde: Matrix;
  readonly o: Matrix;
}

/** dL/dc_t as the sum of the two ways in which c_t reaches the loss; each [hidden, batch]. */
export interface CellGradient {
  /** Through h_t = o_t ⊙ tanh(c_t). */
  readonly fromHidden: Matrix;
  /** Through c_{t+1} = f_{t+1} ⊙ c_t + … (at t = T the `dcT` from outside, or zeros). */
  readonly fromNext: Matrix;
  /** dL/dc_t = fromHidden + fromNext. */
  readonly total: Matrix;
}

/** Everything about step t. */
export interface LstmStep {
  /** Time step, counted from 1. */
  readonly t: number;
  /** Gate values f_t, i_t, c̃_t, o_t. */
  readonly gates: LstmGates;
  /** c_t [hidden, batch]. */
  readonly c: Matrix;
  /** h_t [hidden, batch]. */
  readonly h: Matrix;
  /** dL/dh_t: `recurrent` is the sum of the four `paths` of step t + 1. */
  readonly dh: HiddenGradient;
  /** dL/dc_t. */
  readonly dc: CellGradient;
  /** dL/dz_g, the gradient in each gate's pre-activation. */
  readonly dz: LstmGates;
  /**
   * The four paths from step t back to h_{t−1}: path g is what h_{t−1} gets through gate g alone. Their
   * sum is `dh.recurrent` of step t − 1 (of h_0 at t = 1).
   */
  readonly paths: LstmGates;
  /** This step's summands: dL/dW_f = Σ_t terms.Wf, and so on. */
  readonly terms: LstmCellParams;
}

/** Values and gradients of one run; a gradient has the shape of what it is the gradient of. */
export interface LstmResult {
  /** L = Σ_t L_t, and Σ dcT ⊙ c_T where `dcT` was given. */
  readonly loss: number;
  /** Step t stands at index t − 1. */
  readonly steps: readonly LstmStep[];
  /** One entry for each step that has a loss, in order of time. */
  readonly outputs: readonly Output[];
  readonly gradients: {
    readonly params: LstmParams;
    /** dL/dx_t [input, batch]. */
    readonly xs: readonly Matrix[];
    /** dL/dh_0 [hidden, batch]. */
    readonly h0: Matrix;
    /** dL/dc_0 [hidden, batch]. */
    readonly c0: Matrix;
  };
}

/** {@link LstmResult} of a network with one output. */
export interface LstmManyToOneResult extends LstmResult {
  /** y = W_y h_T + b_y [output, batch]. */
  readonly y: Matrix;
}

/**
 * Checks all sizes and that all numbers are finite, and fills in the options.
 * Throws as the check of the RNN does.
 */
export function checkLstm(
  where: string,
  params: LstmParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: LstmOptions,
): { h0: Matrix; c0: Matrix; dcT: Matrix } {
  expectSteps(where, xs, objectives);
  const hidden: Dim = ["hidden", params.Wf.rows];
  const input: Dim = ["input", xs[0]?.rows ?? 0];
  const joint: Dim = ["hidden + input", hidden[1] + input[1]];
  const output: Dim = ["output", params.Wy.rows];
  const batch: Dim = ["batch", xs[0]?.cols ?? 0];
  const one: Dim = ["one", 1];
  expectSizes(where, [hidden, input, output, batch]);
  const h0 = options.h0 ?? zeros(hidden[1], batch[1]);
  const c0 = options.c0 ?? zeros(hidden[1], batch[1]);
  const dcT = options.dcT ?? zeros(hidden[1], batch[1]);

  const { Wf, bf, Wi, bi, Wc, bc, Wo, bo, Wy, by } = params;
  const gates: [string, Matrix, Matrix][] = [
    ["f", Wf, bf],
    ["i", Wi, bi],
    ["c̃", Wc, bc],
    ["o", Wo, bo],
  ];
  for (const [gate, W, b] of gates) {
    expectMatrix(where, `W_${gate}`, W, hidden, joint);
    expectMatrix(where, `b_${gate}`, b, hidden, one);
  }
  expectMatrix(where, "W_y", Wy, output, hidden);
  expectMatrix(where, "b_y", by, output, one);
  expectMatrix(where, "h_0", h0, hidden, batch);
  expectMatrix(where, "c_0", c0, hidden, batch);
  expectMatrix(where, "dL/dc_T", dcT, hidden, batch);
  xs.forEach((x, index) => expectMatrix(where, `x_${index + 1}`, x, input, batch));
  expectObjectives(where, objectives, output, batch);
  return { h0, c0, dcT };
}
