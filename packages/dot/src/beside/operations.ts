import { attributeEntries, sameShape, sizeOf, type Shape, type TapeNode } from "@tapeloop/core";
import { isTransposition, notationOf, settingsOf } from "../graph/notation.js";
import { isTerm, negative, numberOf, plus, product, term, type Expression } from "./expression.js";
import { rangeOfPart, rangeOfSlice } from "./ranges.js";

/** Operations whose result at one place depends on their operands at that place alone. */
const elementwise = new Set(
  [
    "add sub mul div pow maximum minimum neg reciprocal square sqrt rsqrt abs sign exp expm1 log log1p sin cos",
    "tanh sigmoid relu leakyRelu elu gelu geluTanh softplus softsign erf erfc clip where stopGradient identity",
    "equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor logicalNot cast",
  ].flatMap((names) => names.split(" ")),
);

/** An operation on formulas, as it is written. `output` is which of its results is meant. */
export function expressionOf(node: TapeNode, given: readonly Expression[], output = 0): Expression {
  const { op, inputs, outputs, attrs } = node;
  const made = outputs[output]?.shape ?? [];
  const isEach = elementwise.has(op.name);
  // What is the same along an axis may be written without it only where it meets the others place by place.
  const isLazy = isEach || op.name === "broadcastTo" || op.name === "reshape";
  const operands = isLazy ? given : given.map((x, i) => exactly(x, inputs[i]?.shape ?? []));
  const shape = isEach ? commonShape(operands) : made;
  const [a = numberOf("0"), b = numberOf("0")] = operands;
  switch (op.name) {
    case "add":
      return plus(a, b, shape);
    case "sub":
      return plus(a, negative(b), shape);
    case "mul":
      return product(a, b, shape);
    case "div":
      return quotient(a, b, shape);
    case "reciprocal":
      return quotient(numberOf("1"), a, shape);
    case "rsqrt":
      return quotient(numberOf("1"), term("function", [a], shape, "√"), shape);
    case "neg":
      return negative(a);
    case "square":
      return term("postfix", [a], shape, "²");
    case "pow":
      return term("power", [a, b], shape);
    case "matmul":
      return term("dot", [a, b], shape);
    case "identity":
    case "broadcastTo":
      return a;
    case "reshape":
      return reshaped(a, inputs[0]?.shape ?? [], made);
    case "permute":
      return transposed(node, a);
    case "concat":
      if (operands.length > 1 && axisOf(attrs) === made.length - 1) return term("joined", operands, shape);
      break;
    case "split":
      return term("index", [a], shape, rangeOfPart(node, output));
    case "slice": {
      const range = rangeOfSlice(node);
      if (range !== undefined) return term("index", [a], shape, range);
      break;
    }
    case "sliceGrad": {
      const range = rangeOfSlice({ attrs, inputs: outputs, outputs: inputs });
      const where = `place|${range ?? ""} of [${shape.join(", ")}]`;
      if (range !== undefined) return term("function", [a], shape, where);
    }
  }
  const { symbol, infix } = notationOf(node);
  if (infix === true && operands.length === 2) return term("relation", [a, b], shape, symbol);
  if ("keepDims" in attrs && "axes" in attrs) return reduced(node, a);
  const name = /^[\p{L}√¬]+$/u.test(symbol) && symbol.length === 1 ? symbol : op.name;
  const settings = settingsOf(node);
  return term("function", operands, shape, settings === "" ? name : `${name}|${settings}`);
}

/** x / y, with the sign of x before it. */
function quotient(x: Expression, y: Expression, shape: Shape): Expression {
  if (!isTerm(x, "negative")) return term("quotient", [x, y], shape);
  return negative(term("quotient", [negative(x), y], shape));
}

/** An expression for all of a value: broadcasting that matters is written out. */
export function exactly(x: Expression, shape: Shape): Expression {
  if (sameShape(x.shape, shape)) return x;
  const inner = isTerm(x, "function") && x.text.startsWith("reshape|") ? (x.operands[0] ?? x) : x;
  const name = stretches(x.shape, shape) ? "broadcast" : "reshape";
  if (name === "reshape" && sameShape(inner.shape, shape)) return inner;
  return term("function", [name === "reshape" ? inner : x], shape, `${name}|[${shape.join(", ")}]`);
}

/** The same elements in another shape: not seen unless places in it are counted differently. */
function reshaped(x: Expression, from: Shape, to: Shape): Expression {
  if (x.shape.length === 0) return x;
  const all = sizeOf(x.shape) === sizeOf(from) ? x : exactly(x, from);
  return stretches(all.shape, to) ? all : exactly(all, to);
}

/** The shape to which operands are broadcast together. */
function commonShape(operands: readonly Expression[]): Shape {
  const rank = Math.max(0, ...operands.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = operands.map(({ shape }) => shape[axis - rank + shape.length] ?? 1);
    return sizes.find((n) => n !== 1) ?? 1;
  });
}

/** Whether broadcasting makes the second shape of the first. */
function stretches(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((n, i) => n === 1 || n === to[i + lead]);
}

/** Reduced axes are left out if they are the first ones, and otherwise stay, as one element. */
function reduced(node: TapeNode, x: Expression): Expression {
  const { op, attrs, outputs } = node;
  const entry = attributeEntries(attrs).find(([key]) => key === "axes")?.[1];
  const axes = Array.isArray(entry) ? entry.map(Number) : x.shape.map((_, i) => i);
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const first = x.shape.findIndex((_, i) => !axes.includes(i));
  const shape = first < 0 ? [] : kept.slice(first);
  const which = axes.length === x.shape.length ? "" : axes.map(subscript).join("");
  const settings = settingsOf(node, ["axes"]);
  const made =
    op.name === "sum"
      ? term("prefix", [x], shape, `Σ${which}`)
      : term("function", [x], shape, [op.name + which, settings].filter((text) => text !== "").join("|"));
  const all = outputs[0]?.shape ?? [];
  return stretches(shape, all) ? made : exactly(made, all);
}

/** Digits below the line. */
export function subscript(n: number): string {
  return String(n).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)] ?? digit);
}

/** ᵀ swaps the last two axes; twice, it is nothing. */
function transposed(node: TapeNode, x: Expression): Expression {
  const shape = node.outputs[0]?.shape ?? [];
  if (!isTransposition(node.attrs)) {
    return shape.length < 2 ? x : term("function", [x], shape, `permute|${settingsOf(node)}`);
  }
  const seen = (x.kind === "value" ? x.written : undefined) ?? x;
  const inner = isTerm(seen, "postfix") && seen.text === "ᵀ" ? seen.operands[0] : undefined;
  return inner ?? term("postfix", [x], shape, "ᵀ");
}

function axisOf(attrs: object): number {
  return "axis" in attrs && typeof attrs.axis === "number" ? attrs.axis : 0;
}
