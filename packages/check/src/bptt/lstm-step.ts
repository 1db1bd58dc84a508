/**
 * One step of the LSTM in concatenated form and its gradients, derived by hand.
 * Column layout: x_t [input, batch], h_t and c_t [hidden, batch], y_t [output, batch].
 *
 *     z_g = W_g [h_{t−1}; x_t] + b_g      for g in f, i, c̃, o
 *     f = σ(z_f)    i = σ(z_i)    c̃ = tanh(z_c̃)    o = σ(z_o)
 *     c_t = f ⊙ c_{t−1} + i ⊙ c̃           h_t = o ⊙ tanh(c_t)           y_t = W_y h_t + b_y
 *
 * Backwards, c_t is read by h_t and by c_{t+1}:
 *
 *     dL/dc_t  = dL/dh_t ⊙ o ⊙ (1 − tanh²(c_t))  +  f_{t+1} ⊙ dL/dc_{t+1}
 *     dL/dz_o  = dL/dh_t ⊙ tanh(c_t) ⊙ o (1 − o)
 *     dL/dz_f  = dL/dc_t ⊙ c_{t−1}   ⊙ f (1 − f)
 *     dL/dz_i  = dL/dc_t ⊙ c̃         ⊙ i (1 − i)
 *     dL/dz_c̃ = dL/dc_t ⊙ i         ⊙ (1 − c̃²)
 *
 * Write W_g = [W_gh, W_gx] for the columns that act on h_{t−1} and on x_t. All four gates read h_{t−1}, so
 * its gradient is the sum of four paths, besides the local term of its own output:
 *
 *     dL/dh_{t−1} = W_ohᵀ dL/dz_o + W_fhᵀ dL/dz_f + W_ihᵀ dL/dz_i + W_c̃hᵀ dL/dz_c̃  +  W_yᵀ dL/dy_{t−1}
 *     dL/dx_t     = W_oxᵀ dL/dz_o + W_fxᵀ dL/dz_f + W_ixᵀ dL/dz_i + W_c̃xᵀ dL/dz_c̃
 *     dL/dW_g     = Σ_t dL/dz_g [h_{t−1}; x_t]ᵀ          dL/db_g = Σ_t Σ_batch dL/dz_g
 *
 * The working notes behind this package wrote some gradients without transposes and with shifted time
 * indices. Here it pays to mind which step a factor belongs to: dL/dz_f holds c_{t−1}, not c_t, and what flows
 * from c_{t+1} back to c_t is scaled by f_{t+1}, not f_t.
 *
 * The recurrence is that of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000).
 */
import { sigmoid } from "./activation.js";
import type { LstmCellParams, LstmGates, LstmParams, LstmStep } from "./lstm-types.js";
import { add, addBias, columns, map, matmul, mul, sumBatch, transpose, vstack, zeros } from "./matrix.js";
import type { Matrix } from "./matrix.js";
import { outputOf, type Objective, type Output } from "./output.js";

/** What the backward pass needs of a step. */
export interface LstmForward {
  readonly t: number;
  /** [h_{t−1}; x_t]. */
  readonly hx: Matrix;
  /** c_{t−1}. */
  readonly cPrevious: Matrix;
  readonly gates: LstmGates;
  readonly c: Matrix;
  readonly tanhC: Matrix;
  readonly h: Matrix;
  readonly output: Output | undefined;
}

/** Step t from h_{t−1} and c_{t−1} [hidden, batch] and x_t [input, batch]. */
export function lstmForward(
  where: string,
  { Wf, bf, Wi, bi, Wc, bc, Wo, bo, Wy, by }: LstmParams,
  t: number,
  hPrevious: Matrix,
  cPrevious: Matrix,
  x: Matrix,
  objective: Objective | undefined,
): LstmForward {
  const hx = vstack(hPrevious, x);
  const f = map(addBias(matmul(Wf, hx), bf), sigmoid.fn);
  const i = map(addBias(matmul(Wi, hx), bi), sigmoid.fn);
  const cTilde = map(addBias(matmul(Wc, hx), bc), Math.tanh);
  const o = map(addBias(matmul(Wo, hx), bo), sigmoid.fn);
  const c = add(mul(f, cPrevious), mul(i, cTilde));
  const tanhC = map(c, Math.tanh);
  const h = mul(o, tanhC);
  const output = objective && outputOf(where, t, Wy, by, h, objective);
  return { t, hx, cPrevious, gates: { f, i, cTilde, o }, c, tanhC, h, output };
}

/** One step back.  `recurrent` and `fromNext` [hidden, batch] are what step t + 1 sends to h_t and c_t. */
export function lstmBackward(
  { Wf, Wi, Wc, Wo }: LstmParams,
  { t, hx, cPrevious, gates, c, tanhC, h, output }: LstmForward,
  recurrent: Matrix,
  fromNext: Matrix,
): { step: LstmStep; dx: Matrix; toHidden: Matrix; toCell: Matrix } {
  const { f, i, cTilde, o } = gates;
  const local = output?.dh ?? zeros(h.rows, h.cols);
  const dh = add(local, recurrent);
  const fromHidden = mul(dh, o, map(tanhC, slopeOfTanh));
  const dc = add(fromHidden, fromNext);

  const dzo = mul(dh, tanhC, map(o, slopeOfSigmoid));
  const dzf = mul(dc, cPrevious, map(f, slopeOfSigmoid));
  const dzi = mul(dc, cTilde, map(i, slopeOfSigmoid));
  const dzc = mul(dc, i, map(cTilde, slopeOfTanh));

  const onHidden = (W: Matrix) => columns(W, 0, h.rows); // W_gh
  const onInput = (W: Matrix) => columns(W, h.rows, W.cols); // W_gx
  const paths: LstmGates = {
    o: matmul(transpose(onHidden(Wo)), dzo),
    f: matmul(transpose(onHidden(Wf)), dzf),
    i: matmul(transpose(onHidden(Wi)), dzi),
    cTilde: matmul(transpose(onHidden(Wc)), dzc),
  };
  const dx = add(
    matmul(transpose(onInput(Wo)), dzo),
    matmul(transpose(onInput(Wf)), dzf),
    matmul(transpose(onInput(Wi)), dzi),
    matmul(transpose(onInput(Wc)), dzc),
  );
  const hxT = transpose(hx);
  const terms: LstmCellParams = {
    Wf: matmul(dzf, hxT),
    bf: sumBatch(dzf),
    Wi: matmul(dzi, hxT),
    bi: sumBatch(dzi),
    Wc: matmul(dzc, hxT),
    bc: sumBatch(dzc),
    Wo: matmul(dzo, hxT),
    bo: sumBatch(dzo),
  };
  const step: LstmStep = {
    t,
    gates,
    c,
    h,
    dh: { local, recurrent, total: dh },
    dc: { fromHidden, fromNext, total: dc },
    dz: { f: dzf, i: dzi, cTilde: dzc, o: dzo },
    paths,
    terms,
  };
  const toHidden = add(paths.o, paths.f, paths.i, paths.cTilde);
  return { step, dx, toHidden, toCell: mul(f, dc) };
}

/** σ′(z) from s = σ(z). */
function slopeOfSigmoid(s: number): number {
  return s * (1 - s);
}

/** tanh′(z) from t = tanh(z). */
function slopeOfTanh(t: number): number {
  return 1 - t * t;
}
