/**
 * The hand-derived GRU over time, for any number of steps T. The formulas stand in `gru-step.ts`; here is
 * only their order: forwards from step 1 to T, backwards from T to 1, with the gradient of each weight, used
 * at every step, as the sum over the steps.
 */
import { expectFinite } from "./expect.js";
import { gruBackward, gruForward, type GruForward } from "./gru-step.js";
import { checkGru } from "./gru-types.js";
import type { GruCellParams, GruManyToOneResult, GruOptions } from "./gru-types.js";
import type { GruParams, GruResult, GruStep } from "./gru-types.js";
import { sumOver, zeros, type Matrix } from "./matrix.js";
import { lastOutput, onlyLast, type Objective } from "./output.js";

/**
 * T inputs, one output after the last step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objective target or dL/dy of y_T [output, batch]
 * @throws TypeError on a matrix of the wrong size, or with NaN or infinite entries, or on overflow
 * @throws RangeError on a size of zero
 */
export function gruManyToOne(
  params: GruParams,
  xs: readonly Matrix[],
  objective: Objective,
  options: GruOptions = {},
): GruManyToOneResult {
  const result = bptt("gruManyToOne", params, xs, onlyLast(xs.length, objective), options);
  return { ...result, y: lastOutput("gruManyToOne", result.outputs).y };
}

/**
 * T inputs, an output and a loss of its own after each step.
 *
 * @param xs x_1 … x_T, each [input, batch]; at least one
 * @param objectives one for each step, target or dL/dy_t [output, batch]; `undefined` for a step without a loss
 * @throws as {@link gruManyToOne}, and a RangeError when there is not one objective for each input
 */
export function gruManyToMany(
  params: GruParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: GruOptions = {},
): GruResult {
  return bptt("gruManyToMany", params, xs, objectives, options);
}

function bptt(
  where: string,
  params: GruParams,
  xs: readonly Matrix[],
  objectives: readonly (Objective | undefined)[],
  options: GruOptions,
): GruResult {
  const { h0 } = checkGru(where, params, xs, objectives, options);
  const forward: GruForward[] = [];
  let h = h0;
  for (const [index, x] of xs.entries()) {
    const step = gruForward(where, params, index + 1, h, x, objectives[index]);
    expectFinite(where, `h_${step.t}`, step.h);
    forward.push(step);
    h = step.h;
  }

  const backward: { step: GruStep; dx: Matrix }[] = [];
  let dh = zeros(h0.rows, h0.cols); // what step t + 1 sends to h_t; nothing follows the last step
  for (const at of forward.toReversed()) {
    const { step, dx, toHidden } = gruBackward(params, at, dh);
    expectFinite(where, `dL/dh_${step.t - 1}`, toHidden);
    backward.push({ step, dx });
    dh = toHidden;
  }
  backward.reverse();

  const steps = backward.map(({ step }) => step);
  const outputs = forward.flatMap(({ output }) => output ?? []);
  const overTime = (name: keyof GruCellParams) => sumOver(params[name], steps, ({ terms }) => terms[name]);
  return {
    loss: outputs.reduce((sum, output) => sum + output.loss, 0),
    steps,
    outputs,
    gradients: {
      params: {
        Wir: overTime("Wir"),
        bir: overTime("bir"),
        Whr: overTime("Whr"),
        bhr: overTime("bhr"),
        Wiz: overTime("Wiz"),
        biz: overTime("biz"),
        Whz: overTime("Whz"),
        bhz: overTime("bhz"),
        Win: overTime("Win"),
        bin: overTime("bin"),
        Whn: overTime("Whn"),
        bhn: overTime("bhn"),
        Wy: sumOver(params.Wy, outputs, (output) => output.terms.W),
        by: sumOver(params.by, outputs, (output) => output.terms.b),
      },
      xs: backward.map(({ dx }) => dx),
      h0: dh,
    },
  };
}
