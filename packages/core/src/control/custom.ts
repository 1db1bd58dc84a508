import { EndedTraceError, GradientError, TraceError } from "../errors.js";
import { checkFunction, checkMethods } from "../expect.js";
import { applyAll } from "../tape/apply.js";
import type { Op } from "../tape/op.js";
import { tensorsWithin } from "../tape/record.js";
import { zerosLike } from "../tensor/create.js";
import { describe, type Tensor } from "../tensor/tensor.js";
import { mapTensors, treeUnflatten } from "../tensor/tree.js";
import { checkBodyInputs, runBody } from "./body.js";
import { traceCall, type BodyAttrs } from "./checkpoint.js";

/** The derivatives that {@link customGradient} uses instead of those of the function's own operations. */
export interface CustomRules<Args extends readonly unknown[], R> {
  /** Cotangents of the arguments (a tuple like `args`; `null` for zero) from that of the result. */
  vjp(cotangent: R, args: Args, result: R): { readonly [K in keyof Args]: Args[K] | null };
  /** Tangent of the result from those of the arguments. Without it, forward mode is an error. */
  jvp?(tangents: Args, args: Args, result: R): R;
}

interface CustomAttrs extends BodyAttrs {
  vjp(
    cotangents: readonly Tensor[],
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
  ): readonly (Tensor | null)[];
  readonly jvp:
    | ((
        tangents: readonly Tensor[],
        inputs: readonly Tensor[],
        outputs: readonly Tensor[],
      ) => readonly Tensor[])
    | undefined;
  /** How many inputs are arguments; those after are captured. */
  readonly args: number;
}

/**
 * A function with derivatives of its own: for a more stable gradient, a clipped one, or a straight-through
 * estimate. The rules are written in public operations, so they are differentiated in turn.
 *
 * @throws GradientError when differentiated by a tensor that `fn` uses without taking it as an argument, in
 *   forward mode without a `jvp` rule, or when a rule returns the wrong number of tensors
 */
export function customGradient<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  rules: CustomRules<Args, R>,
): (...args: Args) => R {
  checkFunction("customGradient", fn);
  checkMethods("customGradient", rules, "the rules, expected { vjp, jvp }", ["vjp"]);
  return (...args) => {
    const inputs = tensorsWithin(args);
    const { body, outputs } = traceCall(fn, args, inputs);
    const argsOf = (tensors: readonly Tensor[]): Args => refill(args, tensors);
    const resultOf = (tensors: readonly Tensor[]): R => treeUnflatten(outputs, tensors);
    const attrs: CustomAttrs = {
      body,
      args: inputs.length,
      vjp: (dys, xs, ys) => flattenLike(args, rules.vjp(resultOf(dys), argsOf(xs), resultOf(ys))),
      jvp: rules.jvp && ((dxs, xs, ys) => tensorsWithin(rules.jvp?.(argsOf(dxs), argsOf(xs), resultOf(ys)))),
    };
    return resultOf(applyAll(customOp, [...inputs, ...body.captures.keys()], attrs));
  };
}

export const customOp: Op<CustomAttrs> = {
  name: "customGradient",
  infer(inputs, { body }) {
    checkBodyInputs("customGradient", body, inputs);
    return body.outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  },
  forward: (inputs, { body }) => runBody(body, inputs),
  vjp(cotangents, { inputs, outputs, wanted, attrs }) {
    const { args } = attrs;
    const captured = inputs.find((_, i) => i >= args && wanted[i] === true);
    if (captured !== undefined) {
      throw new GradientError(
        `customGradient: the function uses ${describe(captured)} without taking it as an argument, ` +
          "so its rule gives no gradient for it; pass it as an argument, or wrap it in stopGradient",
      );
    }
    const dys = cotangents.map((dy, i) => dy ?? zeroOf(outputs[i]));
    const gradients = ruled("vjp", () => attrs.vjp(dys, inputs.slice(0, args), outputs));
    return inputs.map((_, i) => {
      const g = gradients[i] ?? null;
      return g === null ? null : () => g;
    });
  },
  jvp: {
    kind: "all",
    rule(tangents, { inputs, outputs, attrs }) {
      const { jvp, args } = attrs;
      if (jvp === undefined)
        throw new GradientError(
          "customGradient: has no jvp rule, which forward mode needs; give it one, or use reverse mode alone",
        );
      const dxs = inputs.slice(0, args).map((x, i) => tangents[i] ?? zeroOf(x));
      const dys = ruled("jvp", () => jvp(dxs, inputs.slice(0, args), outputs));
      if (dys.length !== outputs.length) {
        throw new GradientError(
          `customGradient: jvp returned ${dys.length} tensors, expected ${outputs.length}`,
        );
      }
      return dys;
    },
  },
};

/** Runs a rule. It runs long after the function did, when the body around it may be over, and its tensors with it. */
function ruled<T>(name: "vjp" | "jvp", rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    if (!(error instanceof EndedTraceError)) throw error;
    throw new TraceError(
      `customGradient: its ${name} rule uses ${error.got} of a scan body or compiled function without being given it; ` +
        "pass it to the function as an argument, and take it from the rule's args",
    );
  }
}

function zeroOf(t: Tensor | undefined): Tensor {
  if (t === undefined) throw new GradientError("customGradient: a tensor is missing");
  return zerosLike(t);
}

/** The arguments with other tensors in their places; whatever else they hold stays. */
function refill<Args>(args: Args, tensors: readonly Tensor[]): Args {
  let next = 0;
  return mapTensors(args, (t) => tensors[next++] ?? t);
}

/** One gradient per tensor within the arguments, in order; a `null` argument stands for all of its tensors. */
function flattenLike(args: readonly unknown[], gradients: readonly unknown[]): (Tensor | null)[] {
  if (gradients.length !== args.length) {
    throw new GradientError(
      `customGradient: vjp returned ${gradients.length} gradients, expected ${args.length}, one per argument`,
    );
  }
  return args.flatMap((arg, i) => {
    const count = tensorsWithin(arg).length;
    const gradient = gradients[i];
    if (gradient === null) return new Array<null>(count).fill(null);
    const tensors = tensorsWithin(gradient);
    if (tensors.length !== count) {
      throw new GradientError(
        `customGradient: vjp returned ${tensors.length} tensors for argument ${i}, expected ${count}`,
      );
    }
    return tensors;
  });
}
