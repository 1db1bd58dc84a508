import { GradientError } from "../errors.js";
import { add } from "../ops/arithmetic.js";
import { broadcastTo } from "../ops/movement.js";
import { applyAll } from "../tape/apply.js";
import type { Tape, TapeNode } from "../tape/tape.js";
import { formatWhere, runAt } from "../tape/where.js";
import { zerosLike } from "../tensor/create.js";
import { isFloat } from "../tensor/dtype.js";
import { sameShape } from "../tensor/shape.js";
import { describe, type Tensor } from "../tensor/tensor.js";
import { checkSweep, missingRule, ofTensor, wrongCount } from "./backward.js";

/**
 * The forward sweep: walks the tape once and pushes tangents of its inputs through to its outputs. Its rules are
 * independent of the reverse sweep's, so the two can be tested against each other.
 *
 * @param seeds tangents of tensors on the tape, usually its inputs
 * @returns the tangent of each tensor of `outputs`; `undefined` where it does not depend on a seed
 * @throws GradientError for an operation without a forward derivative
 */
export function forward(
  tape: Tape,
  seeds: ReadonlyMap<Tensor, Tensor>,
  outputs: readonly Tensor[],
): (Tensor | undefined)[] {
  checkSweep("forward", tape, seeds, outputs);
  const tangents = new Map<Tensor, Tensor>(seeds);
  for (const node of tape.nodes) {
    const dxs = node.inputs.map((t) => tangents.get(t));
    if (
      node.op.stopsGradient === true ||
      dxs.every((dx) => dx === undefined) ||
      !node.outputs.some((t) => isFloat(t.dtype))
    )
      continue;
    runAt({ ...node.where, derivative: { mode: "jvp", of: ofTensor(node) } }, () => {
      push(node, dxs).forEach((dy, k) => {
        const output = node.outputs[k];
        if (dy !== undefined && output !== undefined && isFloat(output.dtype))
          tangents.set(output, fit(node, output, dy));
      });
    });
  }
  return outputs.map((t) => tangents.get(t));
}

function push(node: TapeNode, dxs: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] {
  const { op, inputs, attrs } = node;
  const rule = op.jvp;
  if (rule === undefined) throw missingRule("jvp", node);
  const application = { ...node, wanted: inputs.map((t) => isFloat(t.dtype)) };
  switch (rule.kind) {
    case "all":
      return rule.rule(dxs, application);
    case "linear":
      return applyAll(
        op,
        dxs.map((dx, i) => dx ?? zeroTangent(inputs[i])),
        attrs,
      );
    case "sum": {
      // A rule only asks for the tangents of terms that are called, and those exist: the holes are never seen.
      const known: Tensor[] = new Array<Tensor>(inputs.length);
      dxs.forEach((dx, i) => {
        if (dx !== undefined) known[i] = dx;
      });
      const terms = rule.terms(known, application);
      if (terms.length !== inputs.length) throw wrongCount("jvp", node, terms.length);
      const parts = terms.flatMap((term, i) => (term === null || dxs[i] === undefined ? [] : [term()]));
      return parts.length === 0 ? [] : [parts.reduce((a, b) => add(a, b))];
    }
  }
}

function zeroTangent(input: Tensor | undefined): Tensor {
  if (input === undefined) throw new GradientError("jvp: got fewer inputs than tangents");
  return zerosLike(input);
}

/** Stretches a tangent that lacks broadcast axes to its output, and checks it. */
function fit(node: TapeNode, output: Tensor, dy: Tensor): Tensor {
  if (sameShape(dy.shape, output.shape) && dy.dtype === output.dtype) return dy;
  if (dy.dtype !== output.dtype || dy.rank > output.rank) {
    throw new GradientError(
      `${node.op.name}: its jvp rule returned ${describe(dy)}, expected ${describe(output)}`,
    ).locate(formatWhere(node.where));
  }
  return broadcastTo(dy, output.shape);
}
