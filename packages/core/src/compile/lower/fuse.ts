import type { TapeNode } from "../../tape/tape.js";
import type { Where } from "../../tape/where.js";
import { contiguousStrides, sameShape, sizeOf, type Shape } from "../../tensor/shape.js";
import type { Tensor } from "../../tensor/tensor.js";
import { numbersIn } from "../attributes.js";
import type { Fold, Fused, Operand, View } from "../ir.js";
import { isLong } from "../emit/elementwise.js";
import { dependsOn } from "./dependence.js";
import { fusedOver, type Scope } from "./scope.js";
import { stretched } from "./views.js";

/** How many kernels of a shape are kept open for operations yet to come. */
const OPEN = 4;
/** Kernels that hold more than this are closed: their values would no longer fit into registers. */
const LARGEST = 96;
/**
 * Of a size between these, in elements, a value goes through memory rather than that one long operation follows upon
 * another in a kernel. A processor works ahead over some hundred instructions: in two kernels it has the chains of many
 * elements in flight, in one kernel of twice the length those of half as many. More than that is no longer in the
 * second cache, and for less, a second loop costs more than it saves.
 */
const APART = { from: 512, to: 2 ** 16 };

/** Lowers an elementwise operation: into a kernel over the same shape if one can take it, else into a new one. */
export function lowerElementwise(scope: Scope, node: TapeNode, output: Tensor): void {
  const fused = kernelFor(scope, output.shape, node.inputs, isLong(node.op.name));
  const operands = node.inputs.map((t) => operandOf(scope, fused, t));
  const member = fused.members.push({
    op: node.op.name,
    attrs: node.attrs,
    dtype: output.dtype,
    operands,
    dtypes: node.inputs.map((t) => t.dtype),
    where: node.where,
  });
  scope.sources.set(output, { kind: "member", fused, member: member - 1, view: undefined });
}

/** Lowers a reduction: a fold at the end of a kernel over the shape of what is reduced. */
export function lowerFold(scope: Scope, node: TapeNode, output: Tensor, kind: Fold["kind"]): void {
  const [x] = node.inputs;
  if (x === undefined) return;
  const fused = kernelFor(scope, x.shape, [x]);
  const axes = numbersIn(node.attrs, "axes");
  const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  const strides = contiguousStrides(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  // Many float32 numbers are summed in float64 and rounded once; in memory too, if one result is not done at once.
  const isSum = kind === "sum" || kind === "prod";
  const lastKept = x.shape.findLastIndex((n, axis) => n > 1 && !axes.includes(axis));
  const gathers = x.shape.some((n, axis) => n > 1 && axes.includes(axis) && axis < lastKept);
  const isWide = isSum && x.dtype === "float32" && gathers;
  const view = scope.allocate(
    isWide ? { shape: output.shape, dtype: "float64" } : output,
    output.label ?? kind,
  );
  fused.folds.push({
    kind,
    operand: operandOf(scope, fused, x),
    dtype: x.dtype,
    axes,
    to: { ...view, shape: x.shape, strides },
  });
  scope.writes(fused, view);
  if (!isWide) {
    scope.sources.set(output, { kind: "view", view });
    return;
  }
  rounded(scope, view, output, node.where);
}

/** Takes float32 results from float64 ones in memory. */
export function rounded(scope: Scope, view: View, output: Tensor, where: Where): void {
  const rounding = fusedOver(output.shape);
  scope.reads(rounding, view);
  rounding.members.push({
    op: "cast",
    attrs: { dtype: "float32" },
    dtype: "float32",
    operands: [{ kind: "view", view }],
    dtypes: ["float64"],
    where: where,
  });
  scope.add(rounding);
  scope.open.push(rounding);
  scope.sources.set(output, { kind: "member", fused: rounding, member: 0, view: undefined });
}

/** The kernel that an operation over `shape` on these operands may join, or a new one. */
function kernelFor(scope: Scope, shape: Shape, inputs: readonly Tensor[], long = false): Fused {
  const candidates = scope.open.filter((fused) => sameShape(fused.shape, shape)).reverse();
  const size = sizeOf(shape);
  const apart = long && size >= APART.from && size <= APART.to;
  const found = candidates.find(
    (fused) => mayJoin(scope, fused, inputs) && !(apart && followsLong(scope, fused, inputs)),
  );
  if (found !== undefined) {
    scope.serves(found);
    return found;
  }
  const fused = fusedOver(shape);
  scope.add(fused);
  const crowded = candidates.length >= OPEN ? candidates.at(-1) : undefined;
  if (crowded !== undefined) scope.open.splice(scope.open.indexOf(crowded), 1);
  scope.open.push(fused);
  return fused;
}

function mayJoin(scope: Scope, fused: Fused, inputs: readonly Tensor[]): boolean {
  if (fused.members.length >= LARGEST) return false;
  return inputs.every((t) => {
    const source = scope.source(t);
    if (source.kind === "literal") return true;
    if (source.kind === "member") {
      if (source.fused === fused) return sameShape(t.shape, fused.shape);
      return !dependsOn(source.fused, fused);
    }
    for (const writer of scope.writersOf(source.view)) {
      if (writer === fused || dependsOn(writer, fused)) return false;
    }
    return true;
  });
}

/** Whether any of the inputs is made by a long operation of the kernel, or from its result. */
function followsLong(scope: Scope, fused: Fused, inputs: readonly Tensor[]): boolean {
  const follows: boolean[] = [];
  for (const { op, operands } of fused.members) {
    follows.push(isLong(op) || operands.some((o) => o.kind === "member" && follows[o.member] === true));
  }
  return inputs.some((t) => {
    const source = scope.source(t);
    return source.kind === "member" && source.fused === fused && follows[source.member] === true;
  });
}

function operandOf(scope: Scope, fused: Fused, t: Tensor): Operand {
  const source = scope.source(t);
  if (source.kind === "literal") return { kind: "literal", literal: source.literal };
  if (source.kind === "member" && source.fused === fused) return { kind: "member", member: source.member };
  const view = scope.view(t);
  scope.reads(fused, view);
  return { kind: "view", view: stretched(view, fused.shape) };
}
