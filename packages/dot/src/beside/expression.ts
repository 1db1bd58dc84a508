import type { Shape, Tensor } from "@tapeloop/core";
import type { Value } from "../graph/values.js";

/**
 * A formula, as data. Each stands for a value up to broadcasting, as the operands of an elementwise operation do: its
 * own shape may lack axes along which the value is the same all over.
 */
export type Expression = Leaf | Term;

/** A value that the formula reads. */
export interface Leaf {
  readonly kind: "value";
  readonly value: Value;
  readonly tensor: Tensor;
  readonly shape: Shape;
  /** What is written instead of a name: a short formula. */
  readonly written?: Expression | undefined;
}

/** A number, or an operation on formulas. */
export interface Term {
  readonly kind: TermKind;
  readonly operands: readonly Expression[];
  /** The number, the name of a function, the sign between operands, or what follows the operand. */
  readonly text: string;
  readonly shape: Shape;
  /** One of the values in it, if there are any. */
  readonly some: Leaf | undefined;
}

export type TermKind =
  | "number"
  /** Two terms. */
  | "sum"
  | "negative"
  /** Elementwise, of two factors. */
  | "product"
  | "quotient"
  /** A matrix product, or a number times a tensor. */
  | "dot"
  /** `Σ₀ x`, and the running sum `Σₜ x`. */
  | "prefix"
  /** `x > y` */
  | "relation"
  /** `x²`, `xᵀ` */
  | "postfix"
  | "power"
  /** `x[:, 4:7]` */
  | "index"
  /** `[x; y]` */
  | "joined"
  /** `name(x, y)` */
  | "function";

export function term(kind: TermKind, operands: readonly Expression[], shape: Shape, text = ""): Term {
  const some = operands.map(someLeaf).find((leaf) => leaf !== undefined);
  return { kind, operands, text, shape, some };
}

/** One of the values in a formula; `undefined` if it is a number. */
export function someLeaf(expression: Expression): Leaf | undefined {
  return expression.kind === "value" ? expression : expression.some;
}

export function numberOf(text: string): Expression {
  if (!text.startsWith("−")) return term("number", [], [], text);
  return negative(term("number", [], [], text.slice(1)));
}

export function isTerm<K extends TermKind>(
  expression: Expression,
  kind: K,
): expression is Term & { readonly kind: K } {
  return expression.kind === kind;
}

/** −x; what is negative already becomes positive. */
export function negative(x: Expression): Expression {
  return (isTerm(x, "negative") ? x.operands[0] : undefined) ?? term("negative", [x], x.shape);
}

/** x ⊙ y. Signs and numbers come first, and a 1 is left out. */
export function product(x: Expression, y: Expression, shape: Shape): Expression {
  const [a, b] = [positive(x), positive(y)];
  const [first, second] = isTerm(b, "number") && !isTerm(a, "number") ? [b, a] : [a, b];
  const isOne = isTerm(first, "number") && first.text === "1";
  const made = isOne ? second : term(isTerm(first, "number") ? "dot" : "product", [first, second], shape);
  return (a === x) === (b === y) ? made : negative(made);
}

/** An expression without the sign before it. */
export function positive(x: Expression): Expression {
  return (isTerm(x, "negative") ? x.operands[0] : undefined) ?? x;
}

/** x + y; terms of a sum are found by {@link termsOf}. */
export function plus(x: Expression, y: Expression, shape: Shape): Expression {
  return term("sum", [x, y], shape);
}

/** The terms of a sum of sums, in order; anything else is a sum of one. Not recursive, for there may be thousands. */
export function termsOf(expression: Expression): Expression[] {
  const terms: Expression[] = [];
  const todo = [expression];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (isTerm(next, "sum")) for (const each of next.operands.toReversed()) todo.push(each);
    else terms.push(next);
  }
  return terms;
}

/** The factors of a product of products, in order. */
export function factorsOf(expression: Expression): Expression[] {
  return isTerm(expression, "product") ? expression.operands.flatMap(factorsOf) : [expression];
}

/** The values that a formula reads, each once; what is written instead of a name does not count. */
export function leavesOf(expression: Expression): Leaf[] {
  const found = new Map<Value, Leaf>();
  const todo = [expression];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next.kind !== "value") for (const each of next.operands.toReversed()) todo.push(each);
    else if (!found.has(next.value)) found.set(next.value, next);
  }
  return [...found.values()];
}

/** The same formula of other values. */
export function withValues(
  expression: Expression,
  replace: (value: Value, tensor: Tensor) => Value,
): Expression {
  if (expression.kind === "value")
    return { ...expression, value: replace(expression.value, expression.tensor), written: undefined };
  const { kind, operands, shape, text } = expression;
  return term(
    kind,
    operands.map((x) => withValues(x, replace)),
    shape,
    text,
  );
}
