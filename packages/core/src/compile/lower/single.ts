import type { TapeNode } from "../../tape/tape.js";
import type { Dtype } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numbersIn } from "../attributes.js";
import type { Single, View } from "../ir.js";
import { rounded } from "./fuse.js";
import type { Scope } from "./scope.js";
import { isDense } from "./views.js";

/** How an operation with code of its own is lowered. */
type Rule = (scope: Scope, node: TapeNode, output: Tensor) => void;

const plain: Rule = (scope, node, output) => {
  call(
    scope,
    node,
    node.inputs.map((t) => dense(scope, scope.view(t), t)),
    output,
  );
};

/** Floats are summed in float64, in memory of their own, and rounded once. */
const gathering: Rule = (scope, node, output) => {
  const inputs = node.inputs.map((t) => dense(scope, scope.view(t), t));
  if (output.dtype === "float32") callWide(scope, node, inputs, output);
  else call(scope, node, inputs, output);
};

/** The elements to choose from as rows. */
const choosing: Rule = (scope, node, output) => {
  const [x] = node.inputs;
  if (x === undefined) return;
  const axes = numbersIn(node.attrs, "axes");
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const view = scope.view(x);
  const rows: View = {
    ...view,
    shape: order.map((axis) => x.shape[axis] ?? 1),
    strides: order.map((axis) => view.strides[axis] ?? 0),
  };
  call(scope, node, [dense(scope, rows, x)], output);
};

const rules: Readonly<Record<string, Rule>> = {
  ...{ take: plain, oneHot: plain, gather: plain, cumsum: plain },
  ...{ randomBits: plain, splitKey: plain, foldIn: plain },
  ...{ takeGrad: gathering, scatterAdd: gathering, overlapAdd: gathering },
  ...{ argmax: choosing, argmin: choosing },
};

/** Lowers an operation that has code of its own, but does not fit into kernels with others. Returns whether it did. */
export function lowerSingle(scope: Scope, node: TapeNode, output: Tensor): boolean {
  const rule = rules[node.op.name];
  const isSum = rule === gathering && node.op.name !== "scatterAdd";
  if (rule === undefined || (isSum && output.dtype === "int32")) return false;
  rule(scope, node, output);
  return true;
}

/** The elements in row-major order. */
function dense(
  scope: Scope,
  view: View,
  { dtype, label }: { dtype: Dtype; label: string | undefined },
): View {
  if (isDense(view)) return view;
  const copy = scope.allocate({ shape: view.shape, dtype }, label ?? "rows");
  scope.copy(view, copy);
  return copy;
}

function call(scope: Scope, node: TapeNode, inputs: readonly View[], output: Tensor): void {
  const view = scope.allocate(output, output.label ?? node.op.name);
  add(scope, node, inputs, view);
  scope.sources.set(output, { kind: "view", view });
}

function callWide(scope: Scope, node: TapeNode, inputs: readonly View[], output: Tensor): void {
  const view = scope.allocate({ shape: output.shape, dtype: "float64" }, output.label ?? node.op.name);
  add(scope, node, inputs, view);
  rounded(scope, view, output, node.where);
}

function add(
  scope: Scope,
  { op, attrs, outputs, where }: TapeNode,
  inputs: readonly View[],
  view: View,
): void {
  const types = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  const step: Single = { kind: "single", op, attrs, inputs, types, outputs: [view], where, after: new Set() };
  for (const input of inputs) scope.reads(step, input);
  scope.add(step);
  scope.writes(step, view);
}
