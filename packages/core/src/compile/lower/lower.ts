import { isScan } from "../../control/scan-op.js";
import { isLibraryOp } from "../../tape/op.js";
import type { Tape, TapeNode } from "../../tape/tape.js";
import { sizeOf } from "../../tensor/shape.js";
import type { Layout } from "../../tensor/layout.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numberOf } from "../uniform.js";
import { barrierOp } from "../passes/index.js";
import { isElementwise } from "../emit/elementwise.js";
import type { Buffer, Fold, Literal, Program, View } from "../ir.js";
import { ordered } from "./dependence.js";
import { lowerElementwise, lowerFold } from "./fuse.js";
import { lowerHost } from "./host.js";
import { lowerConcat, lowerPad, lowerSliceGrad } from "./joins.js";
import { lowerScan } from "./loop.js";
import { absorbSum, lowerProduct } from "./products.js";
import { lowerSingle } from "./single.js";
import { Scope } from "./scope.js";
import { isDense, viewRules, wholeOf } from "./views.js";

/**
 * From a closed tape to steps over buffers. `given` says which of the tape's inputs are known now: captured outer
 * tensors, whose values never change. The other inputs are written before each call: row by row, or as `layouts` says
 * for each of the tape's inputs.
 */
export function lower(
  tape: Tape,
  given: ReadonlyMap<Tensor, Tensor>,
  layouts?: readonly (Layout & { readonly length: number })[],
): Program {
  const scope = new Scope();
  const inputs: Buffer[] = [];
  const constants: { buffer: Buffer; data: ArrayLike<number> }[] = [];
  const used = new Set([...tape.nodes.flatMap((node) => node.inputs), ...tape.outputs]);
  for (const [i, input] of tape.inputs.entries()) {
    const value = given.get(input);
    if (value !== undefined && !used.has(input)) continue;
    const uniform = value && uniformOf(value);
    if (uniform !== undefined) {
      scope.sources.set(input, { kind: "literal", literal: uniform });
      continue;
    }
    const layout = layouts?.[i];
    const buffer = bufferOf(input, value === undefined ? "input" : "constant", layout?.length);
    const whole = wholeOf(buffer, input.shape);
    const view = layout === undefined ? whole : { ...whole, strides: layout.strides, offset: layout.offset };
    scope.sources.set(input, { kind: "view", view });
    if (value === undefined) inputs.push(buffer);
    else constants.push({ buffer, data: value.data });
  }
  lowerTape(scope, tape);
  const outputs = tape.outputs.map((t): View | Literal => {
    const source = scope.source(t);
    if (source.kind === "literal") return source.literal;
    const view = scope.view(t);
    if (isDense(view)) return view;
    const dense = scope.allocate(t, t.label ?? "output");
    scope.node = tape.producer(t)?.node;
    scope.copy(view, dense);
    return dense;
  });
  return { steps: ordered(scope.steps), inputs, constants, outputs };
}

function bufferOf(t: Tensor, name: string, elements = sizeOf(t.shape)): Buffer {
  return { dtype: t.dtype, elements, name: t.label ?? name, lasting: true };
}

/** The number that all elements are, if they are all one. */
function uniformOf(t: Tensor): Literal | undefined {
  const value = numberOf(t);
  return value === undefined ? undefined : { value, dtype: t.dtype };
}

/** Lowers all nodes of a tape whose inputs the scope knows. */
function lowerTape(scope: Scope, tape: Tape): void {
  for (const t of tape.constants) {
    const value = uniformOf(t);
    if (value === undefined) throw new RangeError("compile: a body holds a constant that is not one number");
    scope.sources.set(t, { kind: "literal", literal: value });
  }
  const count = (t: Tensor): unknown => scope.uses.set(t, (scope.uses.get(t) ?? 0) + 1);
  for (const node of tape.nodes) node.inputs.forEach(count);
  tape.outputs.forEach(count);
  for (const node of tape.nodes) {
    scope.node = node;
    lowerNode(scope, node);
  }
  scope.node = undefined;
}

const folds: Readonly<Record<string, Fold["kind"]>> = {
  sum: "sum",
  prod: "prod",
  max: "max",
  min: "min",
  any: "any",
  all: "all",
};

const rules: Readonly<Record<string, (scope: Scope, node: TapeNode, output: Tensor) => void>> = {
  matmul: lowerProduct,
  concat: lowerConcat,
  pad: lowerPad,
  sliceGrad: lowerSliceGrad,
};

function lowerNode(scope: Scope, node: TapeNode): void {
  const [output] = node.outputs;
  const { name } = node.op;
  if (isScan(node)) {
    lowerScan(scope, node, node.attrs, lowerTape);
    return;
  }
  if (node.op === barrierOp && output !== undefined && node.inputs[0] !== undefined) {
    scope.alias(output, node.inputs[0], scope.source(node.inputs[0]));
    return;
  }
  // An operation from elsewhere may have the name of one of ours.
  if (output === undefined || !isLibraryOp(node.op)) {
    lowerHost(scope, node);
    return;
  }
  const kind = folds[name];
  const rule = rules[name];
  if (lowerView(scope, node, output)) return;
  if (name === "add" && node.inputs.length === 2) {
    if (absorbSum(scope, node.inputs, output)) return;
    if (absorbSum(scope, node.inputs.toReversed(), output)) return;
  }
  if (isElementwise(node)) lowerElementwise(scope, node, output);
  else if (kind !== undefined) lowerFold(scope, node, output, kind);
  else if (rule !== undefined) rule(scope, node, output);
  else if (!lowerSingle(scope, node, output)) lowerHost(scope, node);
}

/** Whether the node only looks at memory in another way. */
function lowerView(scope: Scope, node: TapeNode, output: Tensor): boolean {
  const viewRule = viewRules[node.op.name];
  const [x] = node.inputs;
  if (viewRule === undefined || x === undefined) return false;
  const source = scope.source(x);
  if (source.kind === "literal" || node.op.name === "identity" || node.op.name === "stopGradient") {
    scope.alias(output, x, source);
    return true;
  }
  const view = viewRule(scope.view(x), node.attrs, output.shape);
  if (view !== undefined) {
    scope.alias(output, x, { kind: "view", view });
    // A product in another shape is still a product, from which a sum may start.
    const product = scope.products.get(x);
    if (node.op.name === "reshape" && product !== undefined && scope.uses.get(x) === 1) {
      scope.products.set(output, product);
    }
    return true;
  }
  if (node.op.name !== "reshape") return false;
  // The elements have to be put in order first.
  const dense = scope.allocate(x, x.label ?? "reshape");
  scope.copy(scope.view(x), dense);
  scope.sources.set(output, { kind: "view", view: wholeOf(dense.buffer, output.shape) });
  return true;
}
