/**
 * The hand-derived LSTM over time, for any number of steps T. The formulas stand in `lstm-step.ts`; here is
 * only their order: forwards from step 1 to T, backwards from T to 1, with the gradient of each weight, used
 * at every step, as the sum over the steps.
 */
import { expectFinite } from "./expect.js";
import { lstmBackward, lstmForward, type LstmForward } from "./lstm-step.js";
import { checkLstm } from "./lstm-types.js";
import type { LstmCellParams, LstmManyToOneResult, LstmOptions } from "./lstm-types.js";
import type { LstmParams, LstmResult, LstmStep } from "./lstm-types.js";
import { mul, sumEntries, sumOver, zeros, type Matrix } from "./matrix.js";
import { lastOutput, onlyLast, type Objective } from "./output.js";

/**
 * T inputs, one output after the last step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objective target or dL/dy of y_T [output, batch]
 * @throws TypeError on a matrix of the wrong size, or with NaN or infinite entries, or on overflow
 * @throws RangeError on a size of zero
 */
export function lstmManyToOne(
  params: LstmParams,
  xs: readonly Matrix[],
  objective: Objective,
  options: LstmOptions = {},
): LstmManyToOneResult {
  const result = bptt("lstmManyToOne", params, xs, onlyLast(xs.length, objective), options);
  return { ...result, y: lastOutput("lstmManyToOne", result.outputs).y };
}

/**
 * T inputs, an output and a loss of its own after each step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objectives one for each step, target or dL/dy_t [output, batch]; `undefined` for a step without a loss
 * @throws as {@link lstmManyToOne}, and a RangeError when there is not one objective for each input
 */
export function lstmManyToMany(
  params: LstmParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: LstmOptions = {},
): LstmResult {
  return bptt("lstmManyToMany", params, xs, objectives, options);
}

function bptt(
  where: string,
  params: LstmParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: LstmOptions,
): LstmResult {
  const { h0, c0, dcT } = checkLstm(where, params, xs, objectives, options);
  const forward: LstmForward[] = [];
  let h = h0;
  let c = c0;
  for (const [index, x] of xs.entries()) {
    const step = lstmForward(where, params, index + 1, h, c, x, objectives[index]);
    expectFinite(where, `h_${step.t}`, step.h);
    forward.push(step);
    ({ h, c } = step);
  }

  const backward: { step: LstmStep; dx: Matrix }[] = [];
  // What step t + 1 sends to h_t and c_t; nothing follows the last step, save what is given from outside.
  let dh = zeros(h0.rows, h0.cols);
  let dc = dcT;
  for (const at of forward.toReversed()) {
    const { step, dx, toHidden, toCell } = lstmBackward(params, at, dh, dc);
    expectFinite(where, `dL/dh_${step.t - 1}`, toHidden);
    backward.push({ step, dx });
    dh = toHidden;
    dc = toCell;
  }
  backward.reverse();

  const steps = backward.map(({ step }) => step);
  const outputs = forward.flatMap(({ output }) => output ?? []);
  const overTime = (name: keyof LstmCellParams) => sumOver(params[name], steps, ({ terms }) => terms[name]);
  return {
    loss: outputs.reduce((sum, output) => sum + output.loss, 0) + sumEntries(mul(dcT, c)),
    steps,
    outputs,
    gradients: {
      params: {
        Wf: overTime("Wf"),
        bf: overTime("bf"),
        Wi: overTime("Wi"),
        bi: overTime("bi"),
        Wc: overTime("Wc"),
        bc: overTime("bc"),
        Wo: overTime("Wo"),
        bo: overTime("bo"),
        Wy: sumOver(params.Wy, outputs, (output) => output.terms.W),
        by: sumOver(params.by, outputs, (output) => output.terms.b),
      },
      xs: backward.map(({ dx }) => dx),
      h0: dh,
      c0: dc,
    },
  };
}
