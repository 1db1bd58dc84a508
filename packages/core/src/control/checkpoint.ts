import { TraceError } from "../errors.js";
import { checkFunction } from "../expect.js";
import { applyAll } from "../tape/apply.js";
import type { Op } from "../tape/op.js";
import { recordOn, replay, tensorsWithin, trace } from "../tape/record.js";
import { Tape } from "../tape/tape.js";
import { zerosLike } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { mapTensors, treeLeaves, treeUnflatten } from "../tensor/tree.js";
import { accumulate, backward } from "../transforms/backward.js";
import { forward } from "../transforms/forward.js";
import { checkBodyInputs, runBody } from "./body.js";
import { link } from "./lists.js";

/** Settings of a `checkpoint` node. */
export interface BodyAttrs {
  readonly body: Tape;
}

/**
 * The same function, whose intermediate values are not kept for the reverse sweep but computed again when it gets
 * there: less memory for one more forward pass. The function is traced on shapes, so it must not look at values;
 * it may use outer tensors. A long loop in blocks of √T steps, each a checkpoint, needs memory for 2√T steps.
 */
export function checkpoint<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
): (...args: Args) => R {
  checkFunction("checkpoint", fn);
  return (...args) => {
    const inputs = tensorsWithin(args);
    const { body, outputs } = traceCall(fn, args, inputs);
    const results = applyAll(checkpointOp, [...inputs, ...body.captures.keys()], { body });
    return treeUnflatten(outputs, results);
  };
}

/** Traces `fn` on stand-ins for the tensors within its arguments; `outputs` shows the structure of its result. */
export function traceCall<Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
  args: Args,
  inputs: readonly Tensor[],
): { readonly body: Tape; readonly outputs: R } {
  const result: { outputs?: R } = {};
  const body = trace((own) => {
    let next = 0;
    result.outputs = fn(...mapTensors(args, (t) => own[next++] ?? t));
    return treeLeaves(result.outputs, "result").map((leaf) => leaf.tensor);
  }, inputs);
  if (!("outputs" in result)) throw new TraceError("trace: the function was never called");
  return { body, outputs: result.outputs };
}

export const checkpointOp: Op<BodyAttrs> = {
  name: "checkpoint",
  infer(inputs, { body }) {
    checkBodyInputs("checkpoint", body, inputs);
    return body.outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  },
  forward: (inputs, { body }) => runBody(body, inputs),
  vjp(cotangents, { inputs, wanted, attrs }) {
    let found: readonly (Tensor | undefined)[] | undefined;
    const all = (): readonly (Tensor | undefined)[] => {
      const { tape, own, outputs } = again(attrs.body, inputs, true);
      const seeds = new Map<Tensor, Tensor>();
      outputs.forEach((t, i) => {
        const dy = cotangents[i];
        if (dy !== undefined) accumulate(seeds, t, dy);
      });
      const wrt = own.filter((_, i) => wanted[i] === true);
      const gradients = new Map(backward(tape, seeds, wrt).map((g, i) => [wrt[i], g] as const));
      return own.map((t) => gradients.get(t));
    };
    return inputs.map((x, i) => (wanted[i] === true ? () => (found ??= all())[i] ?? zerosLike(x) : null));
  },
  jvp: {
    kind: "all",
    rule(tangents, { inputs, attrs }) {
      const { tape, own, outputs } = again(attrs.body, inputs, false);
      const seeds = new Map<Tensor, Tensor>();
      own.forEach((t, i) => link(seeds, t, tangents[i]));
      return forward(tape, seeds, outputs);
    },
  },
};

/** Records the body once more, on inputs of its own. */
function again(body: Tape, inputs: readonly Tensor[], differentiates: boolean) {
  const recording = recordOn(new Tape({ differentiates }), (own: readonly Tensor[]) => replay(body, own), [
    inputs,
  ]);
  const [own] = recording.args;
  return { tape: recording.tape, own, outputs: recording.outputs };
}
