import * as core from "@tapeloop/core";
import { tensor, type Tensor } from "@tapeloop/core";
import type { Parsed } from "./read-formula.js";

const binary: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  "+": core.add,
  "⊙": core.mul,
  "/": core.div,
  "^": core.pow,
  "=": core.equal,
  "≠": core.notEqual,
  "<": core.less,
  "≤": core.lessEqual,
  ">": core.greater,
  "≥": core.greaterEqual,
  "∧": core.logicalAnd,
  "∨": core.logicalOr,
  maximum: core.maximum,
  minimum: core.minimum,
};

const unary: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "−": core.neg,
  "²": core.square,
  ᵀ: core.transpose,
  σ: core.sigmoid,
  "√": core.sqrt,
  tanh: core.tanh,
  exp: core.exp,
  log: core.log,
  abs: core.abs,
  sign: core.sign,
  sin: core.sin,
  cos: core.cos,
  relu: core.relu,
  softplus: core.softplus,
};

/** What a formula amounts to. `valueOf` looks names up. */
export function evaluate(formula: Parsed, valueOf: (name: string) => Tensor): Tensor {
  if (formula.kind === "number") return tensor(formula.value, { dtype: "float64" });
  if (formula.kind === "name") return valueOf(formula.name);
  const { name, settings } = formula;
  const operands = formula.operands.map((each) => evaluate(each, valueOf));
  const [a, b, c] = operands;
  const [one, two] = [unary[name], binary[name]];
  if (a !== undefined && b === undefined && one !== undefined) return one(a);
  if (a !== undefined && b !== undefined && c === undefined && two !== undefined) return two(a, b);
  if (name === "joined") return core.concat(operands, -1);
  if (name === "where" && a && b && c) return core.where(a, b, c);
  if (name === "·" && a && b) return a.rank === 0 ? core.mul(a, b) : core.matmul(a, b);
  if (a === undefined) throw new Error(`${name} of nothing`);
  if (name === "part") return part(a, settings);
  if (name === "Σ") return reduced(core.sum, a, settings);
  if (name === "mean") return reduced(core.mean, a, settings);
  if (name === "broadcast") return core.broadcastTo(a, numbersIn(settings));
  if (name === "reshape") return core.reshape(a, numbersIn(settings));
  if (name === "permute") return core.permute(a, numbersIn(settings));
  if (name === "softmax") return core.softmax(a, numbersIn(settings)[0]);
  if (name === "place") return placed(a, settings);
  throw new Error(`no such operation: ${name}(${settings})`);
}

/** Sums keep their axes, as one element, except for those at the beginning. */
function reduced(
  reduce: (x: Tensor, options: { axes: readonly number[]; keepDims: boolean }) => Tensor,
  x: Tensor,
  subscripts: string,
): Tensor {
  const axes =
    subscripts === "" ? x.shape.map((_, i) => i) : [...subscripts].map((each) => "₀₁₂₃₄₅₆₇₈₉".indexOf(each));
  const kept = reduce(x, { axes, keepDims: true });
  const first = x.shape.findIndex((_, i) => !axes.includes(i));
  return core.reshape(kept, first < 0 ? [] : kept.shape.slice(first));
}

function part(x: Tensor, range: string): Tensor {
  return core.slice(x, rangesIn(range, x.shape));
}

/** `[:, 1:3] of [2, 4]`: x there, and zeros around it. */
function placed(x: Tensor, settings: string): Tensor {
  const [range = "", size = ""] = settings.split(" of ");
  const shape = numbersIn(size);
  const ranges = rangesIn(range, shape);
  return core.pad(
    x,
    shape.map((n, axis): [number, number] => {
      const [from, to] = ranges[axis] ?? [0, n];
      return [from, n - to];
    }),
  );
}

function rangesIn(text: string, shape: readonly number[]): (readonly [number, number])[] {
  return text
    .slice(1, -1)
    .split(", ")
    .map((range, axis): readonly [number, number] => {
      const [from = "", to = ""] = range.split(":");
      return [Number(from), to === "" ? (shape[axis] ?? 0) : Number(to)];
    });
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+/gu)].map(([digits]) => Number(digits));
}
