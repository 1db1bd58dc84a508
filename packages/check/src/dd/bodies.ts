import {
  isTape,
  sizeOf,
  Tensor,
  zeros,
  type Attributes,
  type ScanAttrs,
  type Tape,
  type TapeNode,
} from "@tapeloop/core";
import type { Runner } from "./run.js";
import { allocateDD, isDD, type DDValue } from "./tensor.js";

/* Operations whose program is a tape of its own: they are walked in double-double in turn. */

/** What runs a node with a body; `undefined` for other nodes. */
export function bodyRunner(
  { op, attrs, outputs }: TapeNode,
  prepare: (tape: Tape) => Runner,
): Runner | undefined {
  switch (op.name) {
    case "scan":
      return isScan(attrs) ? scanRunner(attrs, outputs, prepare(attrs.body)) : undefined;
    case "checkpoint":
    case "customGradient":
      return hasBody(attrs) ? prepare(attrs.body) : undefined;
    default:
      return undefined;
  }
}

function hasBody(attrs: Attributes): attrs is { readonly body: Tape } {
  return "body" in attrs && isTape(attrs.body);
}

function isScan(attrs: Attributes): attrs is ScanAttrs {
  return hasBody(attrs) && "carry" in attrs && "xs" in attrs && "length" in attrs && "reverse" in attrs;
}

/** The loop, step by step. The body may return more than the cell does: residuals for a reverse sweep. */
function scanRunner(attrs: ScanAttrs, types: readonly Tensor[], step: Runner): Runner {
  const { carry, xs, length, reverse } = attrs;
  return (inputs, signature) => {
    let state = inputs.slice(0, carry);
    const data = inputs.slice(carry, carry + xs);
    const captured = inputs.slice(carry + xs);
    const stacked = types.slice(carry).map(emptyStack);
    for (let k = 0; k < length; k++) {
      const t = reverse ? length - 1 - k : k;
      const results = step([...state, ...data.map((x) => rowOf(x, t)), ...captured], signature, t);
      state = results.slice(0, carry);
      stacked.forEach((stack, i) => keepRow(stack, results[carry + i], t));
    }
    return [...state, ...stacked];
  };
}

function emptyStack({ shape, dtype }: Tensor): DDValue {
  return dtype === "float64" ? allocateDD(shape) : zeros(shape, { dtype });
}

/** Row t of stacked data, as a view. */
function rowOf(x: DDValue, t: number): DDValue {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  if (isDD(x)) {
    const [from, to] = [t * size, (t + 1) * size];
    return { shape, hi: x.hi.subarray(from, to), lo: x.lo.subarray(from, to) };
  }
  const { buffer, strides, offset } = x.storage;
  const row = { buffer, strides: strides.slice(1), offset: offset + t * (strides[0] ?? 0) };
  return new Tensor({ shape, dtype: x.dtype }, { storage: row });
}

/** Writes row t of a stack that the loop itself made. */
function keepRow(stack: DDValue, row: DDValue | undefined, t: number): void {
  if (isDD(stack) && isDD(row)) {
    stack.hi.set(row.hi, t * row.hi.length);
    stack.lo.set(row.lo, t * row.lo.length);
  } else if (!isDD(stack) && row !== undefined && !isDD(row)) {
    stack.storage.buffer.set(row.data, t * row.size);
  }
}
