import { attributeEntries, isTape, type TapeNode } from "@tapeloop/core";
import type { Family } from "./model.js";
import { shorten } from "./text.js";

export interface Notation {
  readonly symbol: string;
  readonly family?: Family;
  /** Written between its operands. */
  readonly infix?: true;
  /** What each operand is, where their order matters and the symbol does not show it. */
  readonly operands?: readonly string[];
  /** Settings that the symbol already shows. */
  readonly hide?: readonly string[];
}

/** Settings that the type of the result shows. */
const inType = ["shape", "dtype", "keepDims", "sizes", "size"];

const nonlinear = (symbol: string): Notation => ({ symbol, family: "nonlinear" });
const infix = (symbol: string, ...operands: string[]): Notation => ({ symbol, infix: true, operands });

/** How operations are written, where that differs from their name. */
const notations = new Map<string, Notation>([
  ["add", infix("+")],
  ["sub", infix("−", "", "−")],
  ["mul", infix("⊙")],
  ["div", infix("/", "", "/")],
  ["pow", infix("^", "", "exponent")],
  ["equal", infix("=")],
  ["notEqual", infix("≠")],
  ["less", infix("<", "left", "right")],
  ["lessEqual", infix("≤", "left", "right")],
  ["greater", infix(">", "left", "right")],
  ["greaterEqual", infix("≥", "left", "right")],
  ["logicalAnd", infix("∧")],
  ["logicalOr", infix("∨")],
  ["logicalXor", infix("⊕")],
  ["logicalNot", { symbol: "¬" }],
  ["where", { symbol: "where", operands: ["if", "then", "else"] }],
  ["matmul", { symbol: "matmul", family: "linear" }],
  ["maximum", { symbol: "max" }],
  ["minimum", { symbol: "min" }],
  ["neg", { symbol: "−x" }],
  ["reciprocal", { symbol: "1 / x" }],
  ["square", { symbol: "x²" }],
  ["sqrt", { symbol: "√" }],
  ["rsqrt", { symbol: "1 / √" }],
  ["abs", { symbol: "|x|" }],
  ["sum", { symbol: "Σ" }],
  ["prod", { symbol: "Π" }],
  ["sigmoid", nonlinear("σ")],
  ...["tanh", "relu", "leakyRelu", "elu", "gelu", "softplus", "softsign", "softmax", "logSoftmax"].map(
    (name): [string, Notation] => [name, nonlinear(name)],
  ),
  ["broadcastTo", { symbol: "broadcast" }],
]);

export function familyOf({ op }: TapeNode): Family {
  return notations.get(op.name)?.family ?? "plain";
}

/** Whether the operation is written between its operands. */
export function isInfix({ op }: TapeNode): boolean {
  return notations.get(op.name)?.infix === true;
}

/** What operand i is, for operations whose operands must be told apart; otherwise empty. */
export function operandName({ op }: TapeNode, i: number): string {
  return notations.get(op.name)?.operands?.[i] ?? "";
}

/**
 * The operation as it would be written: `σ`, `concat axis 1`. Operands that are plain numbers are written in, with a
 * point for the others: `1 − ·`.
 *
 * @param numbers per operand, the number's text; `undefined` for a tensor
 * @param limit characters at most
 */
export function operationText(node: TapeNode, numbers: readonly (string | undefined)[], limit = 48): string {
  const { symbol, infix: between, hide } = notationOf(node);
  const settings = settingsText(node, hide);
  const text = numbers.every((n) => n === undefined)
    ? symbol
    : between
      ? numbers.map((n) => n ?? "·").join(` ${symbol} `)
      : `${symbol}(${numbers.map((n) => n ?? "·").join(", ")})`;
  return shorten(settings === "" ? text : `${text} ${settings}`, limit);
}

/** How an operation is written, with its settings in mind. */
export function notationOf(node: TapeNode): Notation {
  const { op, attrs, outputs } = node;
  if (op.name === "permute" && isTransposition(attrs)) return { symbol: "transpose", hide: ["axes"] };
  const ranges = op.name === "slice" ? rangesOf(node) : undefined;
  if (ranges !== undefined) return { symbol: `slice ${ranges}`, hide: ["start", "step"] };
  const notation = notations.get(op.name) ?? { symbol: op.name };
  // A sum over everything is plain from its result.
  return outputs[0]?.rank === 0 ? { ...notation, hide: [...(notation.hide ?? []), "axes"] } : notation;
}

/** Whether `axes` swaps the last two and keeps the others. */
export function isTransposition(attrs: object): boolean {
  const axes: unknown = "axes" in attrs ? attrs.axes : undefined;
  if (!Array.isArray(axes) || axes.length < 2) return false;
  const n = axes.length;
  return axes.every((axis, i) => axis === (i < n - 2 ? i : i === n - 2 ? n - 1 : n - 2));
}

/** The part that a slice takes, as `[4:7]`: `:` is a whole axis, and trailing ones are left out. */
function rangesOf({ attrs, inputs, outputs }: TapeNode): string | undefined {
  const [from, to] = [inputs[0]?.shape, outputs[0]?.shape];
  const { start, step }: { start?: unknown; step?: unknown } = attrs;
  if (!isNumbers(start) || !isNumbers(step) || from === undefined || step.some((by) => by !== 1))
    return undefined;
  const ranges = from.map((n, axis) => {
    const [first, count] = [start[axis] ?? 0, to?.[axis] ?? n];
    return count === n ? ":" : `${first}:${first + count}`;
  });
  while (ranges.at(-1) === ":") ranges.pop();
  return `[${ranges.join(", ")}]`;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

/** Settings that the type of the result does not show, besides `hide`: as `axis 1`. */
export function settingsOf(node: TapeNode, hide: readonly string[] = []): string {
  return settingsText(node, [...(notationOf(node).hide ?? []), ...hide]);
}

/** Settings other than switched-off ones and nested programs, as `axis 1`. */
function settingsText({ attrs }: TapeNode, hide: readonly string[] = []): string {
  return attributeEntries(attrs)
    .filter(
      ([key, value]) => !hide.includes(key) && !inType.includes(key) && value !== false && !isTape(value),
    )
    .flatMap(([key, value]) => {
      if (value === true) return [key];
      const text = valueText(value);
      if (text === undefined) return [];
      return key === "axes" && !text.startsWith("[") ? [`axis ${text}`] : [`${key} ${text}`];
    })
    .join(", ");
}

/** Numbers, texts and lists of them; `undefined` for what has no short text. */
function valueText(value: unknown, depth = 0): string | undefined {
  if (Array.isArray(value)) {
    const items = depth > 1 ? [undefined] : value.map((item) => valueText(item, depth + 1));
    if (items.includes(undefined)) return undefined;
    return items.length === 1 && depth === 0 ? items[0] : `[${items.join(", ")}]`;
  }
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
