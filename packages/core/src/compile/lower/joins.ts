import type { TapeNode } from "../../tape/tape.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numberIn, numbersIn, pairsIn } from "../attributes.js";
import type { Scope } from "./scope.js";
import { sliced } from "./views.js";

/** Lowers `concat`: every operand is written into its window of the result, if possible where it is computed. */
export function lowerConcat(scope: Scope, node: TapeNode, output: Tensor): void {
  const axis = numberIn(node.attrs, "axis");
  const result = scope.allocate(output, output.label ?? "concat");
  const ones = output.shape.map(() => 1);
  let at = 0;
  for (const input of node.inputs) {
    const start = output.shape.map((_, i) => (i === axis ? at : 0));
    if (input.size > 0) scope.place(input, sliced(result, input.shape, start, ones));
    at += input.shape[axis] ?? 0;
  }
  scope.sources.set(output, { kind: "view", view: result });
}

/** Lowers `pad`: the filler everywhere, then the operand inside. */
export function lowerPad(scope: Scope, node: TapeNode, output: Tensor): void {
  const start = pairsIn(node.attrs, "widths").map(([before]) => before);
  embed(
    scope,
    node,
    output,
    numberIn(node.attrs, "value"),
    start,
    output.shape.map(() => 1),
  );
}

/** Lowers `sliceGrad`, the transpose of slice: zeros, then the operand at the positions of the slice. */
export function lowerSliceGrad(scope: Scope, node: TapeNode, output: Tensor): void {
  const [start, step] = [numbersIn(node.attrs, "start"), numbersIn(node.attrs, "step")];
  embed(scope, node, output, 0, start, step);
}

function embed(
  scope: Scope,
  node: TapeNode,
  output: Tensor,
  value: number,
  start: readonly number[],
  step: readonly number[],
): void {
  const [x] = node.inputs;
  if (x === undefined) return;
  const result = scope.allocate(output, output.label ?? node.op.name);
  const filled = scope.fill({ value, dtype: output.dtype }, result);
  if (sizeOf(x.shape) > 0) scope.place(x, sliced(result, x.shape, start, step), filled);
  scope.sources.set(output, { kind: "view", view: result });
}
