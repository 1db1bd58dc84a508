/**
 * One step of the gated recurrent unit and its gradients, derived by hand.
 * Column layout: x_t [input, batch], h_t [hidden, batch], y_t [output, batch].
 *
 *     r = σ(W_ir x_t + b_ir + W_hr h_{t−1} + b_hr)                  reset gate
 *     z = σ(W_iz x_t + b_iz + W_hz h_{t−1} + b_hz)                  update gate
 *     m = W_hn h_{t−1} + b_hn
 *     n = tanh(W_in x_t + b_in + r ⊙ m)                             new state
 *     h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}               y_t = W_y h_t + b_y
 *
 * This is PyTorch's `nn.GRU`: r scales the product m. Cho et al. (2014) scale h_{t−1} before the product,
 * which is a different function.
 *
 * Backwards, with a_g for the pre-activation of gate g:
 *
 *     dL/da_n = dL/dh_t ⊙ (1 − z) ⊙ (1 − n²)
 *     dL/da_z = dL/dh_t ⊙ (h_{t−1} − n) ⊙ z (1 − z)
 *     dL/da_r = dL/da_n ⊙ m ⊙ r (1 − r)             dL/dm = dL/da_n ⊙ r
 *
 * h_{t−1} is read by r, z, m and h_t itself, so its gradient is the sum of four paths, besides the local
 * term of its own output:
 *
 *     dL/dh_{t−1} = W_hrᵀ dL/da_r + W_hzᵀ dL/da_z + W_hnᵀ dL/dm + z ⊙ dL/dh_t  +  W_yᵀ dL/dy_{t−1}
 *     dL/dx_t     = W_irᵀ dL/da_r + W_izᵀ dL/da_z + W_inᵀ dL/da_n
 *     dL/dW_ig = Σ_t dL/da_g x_tᵀ        dL/dW_hg = Σ_t dL/da_g h_{t−1}ᵀ, with dL/dm for dL/da_n in W_hn
 *     dL/db_ig = Σ_t Σ_batch dL/da_g     dL/db_hg likewise, with dL/dm for dL/da_n in b_hn
 *
 * Here too the state that is paired with step t's gradient is h_{t−1}, and each W returns as its transpose.
 */
import { sigmoid } from "./activation.js";
import type { GruCellParams, GruGates, GruParams, GruStep } from "./gru-types.js";
import { add, addBias, map, matmul, mul, sub, sumBatch, transpose, zeros, zip } from "./matrix.js";
import type { Matrix } from "./matrix.js";
import { outputOf, type Objective, type Output } from "./output.js";

/** What the backward pass needs of a step. */
export interface GruForward {
  readonly t: number;
  readonly x: Matrix;
  /** h_{t−1}. */
  readonly previous: Matrix;
  readonly gates: GruGates;
  /** W_hn h_{t−1} + b_hn. */
  readonly m: Matrix;
  readonly h: Matrix;
  readonly output: Output | undefined;
}

/** Step t from h_{t−1} [hidden, batch] and x_t [input, batch]. */
export function gruForward(
  where: string,
  { Wir, bir, Whr, bhr, Wiz, biz, Whz, bhz, Win, bin, Whn, bhn, Wy, by }: GruParams,
  t: number,
  previous: Matrix,
  x: Matrix,
  objective: Objective | undefined,
): GruForward {
  const affine = (W: Matrix, v: Matrix, b: Matrix) => addBias(matmul(W, v), b);
  const r = map(add(affine(Wir, x, bir), affine(Whr, previous, bhr)), sigmoid.fn);
  const z = map(add(affine(Wiz, x, biz), affine(Whz, previous, bhz)), sigmoid.fn);
  const m = affine(Whn, previous, bhn);
  const n = map(add(affine(Win, x, bin), mul(r, m)), Math.tanh);
  const h = add(
    zip(z, n, (z, n) => (1 - z) * n),
    mul(z, previous),
  );
  const output = objective && outputOf(where, t, Wy, by, h, objective);
  return { t, x, previous, gates: { r, z, n }, m, h, output };
}

/** One step back.  `recurrent` [hidden, batch] is what step t + 1 sends to h_t. */
export function gruBackward(
  { Wir, Whr, Wiz, Whz, Win, Whn }: GruParams,
  { t, x, previous, gates, m, h, output }: GruForward,
  recurrent: Matrix,
): { step: GruStep; dx: Matrix; toHidden: Matrix } {
  const { r, z, n } = gates;
  const local = output?.dh ?? zeros(h.rows, h.cols);
  const dh = add(local, recurrent);

  const dan = mul(
    dh,
    zip(z, n, (z, n) => (1 - z) * (1 - n * n)),
  );
  const daz = mul(dh, sub(previous, n), map(z, slopeOfSigmoid));
  const dar = mul(dan, m, map(r, slopeOfSigmoid));
  const dm = mul(dan, r);

  const paths = {
    r: matmul(transpose(Whr), dar),
    z: matmul(transpose(Whz), daz),
    n: matmul(transpose(Whn), dm),
    direct: mul(z, dh),
  };
  const dx = add(matmul(transpose(Wir), dar), matmul(transpose(Wiz), daz), matmul(transpose(Win), dan));
  const xT = transpose(x);
  const hT = transpose(previous);
  const terms: GruCellParams = {
    Wir: matmul(dar, xT),
    bir: sumBatch(dar),
    Whr: matmul(dar, hT),
    bhr: sumBatch(dar),
    Wiz: matmul(daz, xT),
    biz: sumBatch(daz),
    Whz: matmul(daz, hT),
    bhz: sumBatch(daz),
    Win: matmul(dan, xT),
    bin: sumBatch(dan),
    Whn: matmul(dm, hT),
    bhn: sumBatch(dm),
  };
  const step: GruStep = {
    t,
    gates,
    h,
    dh: { local, recurrent, total: dh },
    da: { r: dar, z: daz, n: dan },
    paths,
    terms,
  };
  return { step, dx, toHidden: add(paths.r, paths.z, paths.n, paths.direct) };
}

/** σ′(a) from s = σ(a). */
function slopeOfSigmoid(s: number): number {
  return s * (1 - s);
}
