import type { TapeNode } from "@tapeloop/core";
import { operationText } from "../graph/notation.js";
import type { Value } from "../graph/values.js";

/** A formula over values of the drawing. */
export interface Expression {
  /** Text, and in between the values by which it is read. */
  readonly parts: readonly (string | Symbol)[];
  readonly level: Level;
}

/** A value in a formula, and how it is written there. */
export interface Symbol {
  readonly value: Value;
  readonly text: string;
}

/** How tightly the outermost operation of a formula binds. */
export type Level = 1 | 2 | 3 | 4;
const [SUM, PRODUCT, TIGHT, ATOM]: readonly [Level, Level, Level, Level] = [1, 2, 3, 4];

/** A name or number by itself. */
export function atom(...parts: Expression["parts"]): Expression {
  return { parts, level: ATOM };
}

export function textOf({ parts }: Expression): string {
  const text = parts.map((part) => (typeof part === "string" ? part : part.text)).join("");
  return text.replaceAll("+ −", "− ");
}

/** The values in a formula, each once. */
export function symbolsOf({ parts }: Expression): Symbol[] {
  const symbols = parts.filter((part) => typeof part !== "string");
  return symbols.filter(({ value }, i) => symbols.findIndex((other) => other.value === value) === i);
}

/** A formula with others put in for some of its values. */
export function substitute(
  { parts, level }: Expression,
  replace: (value: Value) => Expression | undefined,
): Expression {
  const [only, ...others] = parts;
  if (only !== undefined && typeof only !== "string" && others.length === 0) {
    return replace(only.value) ?? { parts, level };
  }
  return {
    parts: parts.flatMap((part, i) => {
      const found = typeof part === "string" ? undefined : replace(part.value);
      if (found === undefined) return [part];
      const [before, after] = [parts[i - 1] ?? "(", parts[i + 1] ?? ")"];
      const isFactor =
        found.level >= PRODUCT && isBeside(before, /(\(|[⊙+] )$/) && isBeside(after, /^(\)| [⊙+])/);
      return found.level === ATOM || isFactor ? found.parts : ["(", ...found.parts, ")"];
    }),
    level,
  };
}

/** A sum of terms. */
export function sumOf(terms: readonly Expression[]): Expression {
  const [only, ...others] = terms;
  if (only !== undefined && others.length === 0) return only;
  const parts = terms.flatMap((term, i): Expression["parts"] => {
    if (i === 0) return term.parts;
    const [sign, ...rest] = term.parts;
    return sign === "−" ? [" − ", ...rest] : [" + ", ...term.parts];
  });
  return { parts, level: SUM };
}

/** An operation on formulas, as it is written. `output` is which of its results is meant. */
export function expressionOf(node: TapeNode, operands: readonly Expression[], output = 0): Expression {
  const [a = atom("·"), b = atom("·")] = operands;
  const { op } = node;
  switch (op.name) {
    case "add":
      return sumOf([a, b]);
    case "sub":
      return { parts: [...grouped(a, SUM), " − ", ...grouped(b, PRODUCT)], level: SUM };
    case "mul":
      if (textOf(a) === "1") return b;
      if (textOf(b) === "1") return a;
      if (isNumber(a)) return { parts: between([a, b], TIGHT, "·"), level: TIGHT };
      return { parts: between([a, b], PRODUCT, " ⊙ "), level: PRODUCT };
    case "div":
      return { parts: [...grouped(a, PRODUCT), " / ", ...grouped(b, TIGHT)], level: PRODUCT };
    case "matmul":
      return { parts: between([a, b], TIGHT, "·"), level: TIGHT };
    case "neg":
      return { parts: ["−", ...grouped(a, TIGHT)], level: PRODUCT };
    case "square":
      return { parts: [...grouped(a, ATOM), "²"], level: ATOM };
    case "sum":
      return a.level === ATOM && textOf(a) === "1"
        ? a
        : { parts: ["Σ ", ...grouped(a, TIGHT)], level: PRODUCT };
    case "permute":
      return { parts: [...grouped(a, ATOM), "ᵀ"], level: ATOM };
    case "reshape":
    case "broadcastTo":
    case "identity":
      return a;
    case "concat":
      return atom("[", ...between(operands.map(bare), SUM, "; "), "]");
    case "split":
      return { parts: [...grouped(a, ATOM), rangeText(node, output)], level: ATOM };
    case "slice":
      return { parts: [...grouped(a, ATOM), operationText(node, []).replace(/^slice /, "")], level: ATOM };
    default: {
      const symbol = operationText(
        node,
        operands.map(() => undefined),
      );
      return { parts: [symbol, "(", ...between(operands, SUM, ", "), ")"], level: ATOM };
    }
  }
}

/** A name that is a formula in brackets, without them. */
function bare(operand: Expression): Expression {
  const [only, ...others] = operand.parts;
  if (only === undefined || typeof only === "string" || others.length > 0 || !/^\([^()]*\)$/.test(only.text))
    return operand;
  return atom({ ...only, text: only.text.slice(1, -1) });
}

function isBeside(part: string | Symbol, pattern: RegExp): boolean {
  return typeof part === "string" && pattern.test(part);
}

function isNumber({ parts: [only, ...others] }: Expression): boolean {
  return others.length === 0 && typeof only === "string" && /^[\d.]+$/.test(only);
}

function grouped({ parts, level }: Expression, least: Level): Expression["parts"] {
  return level >= least ? parts : ["(", ...parts, ")"];
}

function between(operands: readonly Expression[], least: Level, sign: string): Expression["parts"] {
  return operands.flatMap((operand, i) => [...(i === 0 ? [] : [sign]), ...grouped(operand, least)]);
}

/** The part that one output of a split is: `[:, 0:32]`. */
function rangeText({ attrs, outputs }: TapeNode, output: number): string {
  const axis = "axis" in attrs && typeof attrs.axis === "number" ? attrs.axis : 0;
  const sizes = outputs.map(({ shape }) => shape[axis] ?? 0);
  const start = sizes.slice(0, output).reduce((sum, n) => sum + n, 0);
  return `[${":, ".repeat(axis)}${start}:${start + (sizes[output] ?? 0)}]`;
}
