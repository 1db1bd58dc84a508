/**
 * The plain recurrent network and its gradients, derived by hand, for any number of steps T and any
 * activation. Column layout: x_t [input, batch], h_t [hidden, batch], y_t [output, batch].
 *
 *     z_t = W_xh x_t + W_hh h_{t−1} + b_h       h_t = act(z_t)       y_t = W_hy h_t + b_y
 *     L = Σ_t L_t(y_t)                          (many-to-one: L = L_T alone)
 *
 * h_t is read in two places, by its own output y_t and by the next step's z_{t+1}, so dL/dh_t is a sum
 * of two terms; the second is zero at t = T, the first at a step without a loss:
 *
 *     dL/dh_t = W_hyᵀ dL/dy_t  +  W_hhᵀ dL/dz_{t+1}
 *               (local)           (recurrent)
 *     dL/dz_t = dL/dh_t ⊙ act′(z_t)
 *
 * The same weights are used at every step, so their gradients are sums over the steps:
 *
 *     dL/dW_hh = Σ_t dL/dz_t h_{t−1}ᵀ        dL/dx_t = W_xhᵀ dL/dz_t
 *     dL/dW_xh = Σ_t dL/dz_t x_tᵀ            dL/dh_0 = W_hhᵀ dL/dz_1
 *     dL/db_h  = Σ_t Σ_batch dL/dz_t
 *
 * The working notes behind this package wrote some of these without their transposes and with shifted time
 * indices. Mistakes of that kind, W_hh for W_hhᵀ or h_t for h_{t−1}, run without complaint, since W_hh is
 * square and all h_t have one size; only a comparison with a numeric derivative shows them.
 */
import { expectFinite } from "./expect.js";
import { add, addBias, map, matmul, mul, sumBatch, sumOver, transpose, zeros, zip } from "./matrix.js";
import type { Matrix } from "./matrix.js";
import { lastOutput, onlyLast, outputOf, type Objective, type Output } from "./output.js";
import { checkRnn } from "./rnn-types.js";
import type { RnnManyToOneResult, RnnOptions, RnnParams, RnnResult, RnnStep } from "./rnn-types.js";

/**
 * T inputs, one output after the last step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objective target or dL/dy of y_T [output, batch]
 * @throws TypeError on a matrix of the wrong size, or with NaN or infinite entries, or on overflow
 * @throws RangeError on a size of zero
 */
export function rnnManyToOne(
  params: RnnParams,
  xs: readonly Matrix[],
  objective: Objective,
  options: RnnOptions = {},
): RnnManyToOneResult {
  const result = bptt("rnnManyToOne", params, xs, onlyLast(xs.length, objective), options);
  return { ...result, y: lastOutput("rnnManyToOne", result.outputs).y };
}

/**
 * T inputs, an output and a loss of its own after each step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objectives one for each step, target or dL/dy_t [output, batch]; `undefined` for a step without a loss
 * @throws as {@link rnnManyToOne}, and a RangeError when there is not one objective for each input
 */
export function rnnManyToMany(
  params: RnnParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: RnnOptions = {},
): RnnResult {
  return bptt("rnnManyToMany", params, xs, objectives, options);
}

/**
 * One input, at step 1; after it z_t = W_hh h_{t−1} + b_h. An output and a loss of its own after each step.
 *
 * @param x x_1 [input, batch]
 * @param objectives one for each of the T steps, as for {@link rnnManyToMany}; their number is T
 * @returns as {@link rnnManyToMany}, with dL/dx_1 alone in `gradients.xs`
 * @throws as {@link rnnManyToOne}
 */
export function rnnOneToMany(
  params: RnnParams,
  x: Matrix,
  objectives: readonly (Objective | undefined)[],
  options: RnnOptions = {},
): RnnResult {
  // No input is an input of zeros: it adds nothing to z_t, nor dL/dz_t 0ᵀ to dL/dW_xh.
  const xs = objectives.map((_, index) => (index === 0 ? x : zeros(x.rows, x.cols)));
  const result = bptt("rnnOneToMany", params, xs, objectives, options);
  return { ...result, gradients: { ...result.gradients, xs: result.gradients.xs.slice(0, 1) } };
}

function bptt(
  where: string,
  params: RnnParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: RnnOptions,
): RnnResult {
  const { activation, h0 } = checkRnn(where, params, xs, objectives, options);
  const { Wxh, Whh, bh, Why, by } = params;

  const forward: Forward[] = [];
  let previous = h0;
  for (const [index, x] of xs.entries()) {
    const t = index + 1;
    const z = addBias(add(matmul(Wxh, x), matmul(Whh, previous)), bh);
    const h = map(z, activation.fn);
    expectFinite(where, `h_${t}`, h);
    const objective = objectives[index];
    const output = objective && outputOf(where, t, Why, by, h, objective);
    forward.push({ t, x, previous, z, h, output });
    previous = h;
  }

  const backward: { step: RnnStep; dx: Matrix }[] = [];
  const none = zeros(h0.rows, h0.cols);
  let recurrent = none; // W_hhᵀ dL/dz_{t+1}; nothing follows the last step
  for (const { t, x, previous, z, h, output } of forward.toReversed()) {
    const local = output?.dh ?? none;
    const total = add(local, recurrent);
    const dz = mul(total, zip(z, h, activation.derivative));
    expectFinite(where, `dL/dz_${t}`, dz);
    const terms = { Wxh: matmul(dz, transpose(x)), Whh: matmul(dz, transpose(previous)), bh: sumBatch(dz) };
    backward.push({
      step: { t, z, h, dh: { local, recurrent, total }, dz, terms },
      dx: matmul(transpose(Wxh), dz),
    });
    recurrent = matmul(transpose(Whh), dz);
  }
  backward.reverse();

  const steps = backward.map(({ step }) => step);
  const outputs = forward.flatMap(({ output }) => output ?? []);
  return {
    loss: outputs.reduce((sum, output) => sum + output.loss, 0),
    steps,
    outputs,
    gradients: {
      params: {
        Wxh: sumOver(Wxh, steps, (step) => step.terms.Wxh),
        Whh: sumOver(Whh, steps, (step) => step.terms.Whh),
        bh: sumOver(bh, steps, (step) => step.terms.bh),
        Why: sumOver(Why, outputs, (output) => output.terms.W),
        by: sumOver(by, outputs, (output) => output.terms.b),
      },
      xs: backward.map(({ dx }) => dx),
      h0: recurrent,
    },
  };
}

/** What the backward pass needs of a step. */
interface Forward {
  readonly t: number;
  readonly x: Matrix;
  /** h_{t−1}. */
  readonly previous: Matrix;
  readonly z: Matrix;
  readonly h: Matrix;
  readonly output: Output | undefined;
}
