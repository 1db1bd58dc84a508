import { isLiteral } from "../../../tape/apply.js";
import type { Tape, TapeNode } from "../../../tape/tape.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { permuteOp } from "../../../ops/movement.js";
import { sliceOp } from "../../../ops/slice.js";
import { isNode } from "./draft.js";

/** Longer names say less than none. */
const LONGEST = 24;

const infix: Readonly<Record<string, string>> = { add: " + ", sub: " − ", mul: " ⊙ ", matmul: "·" };
const silent: ReadonlySet<string> = new Set(["barrier", "broadcastTo", "identity", "reshape"]);

/**
 * What a value is called by those that get it: its label, or the expression that makes it of labelled values, as in
 * `x·wf[4:7] + bf`. `undefined` where that would be long, or something in it has no name.
 */
export function nameOf(tape: Tape, t: Tensor): string | undefined {
  const name = expression(tape, t);
  return name === undefined || name.length > LONGEST ? undefined : name;
}

function expression(tape: Tape, t: Tensor): string | undefined {
  if (t.label !== undefined) return t.label;
  if (isLiteral(t)) return String(t.item());
  const node = tape.producer(t)?.node;
  if (node === undefined || node.outputs.length > 1) return undefined;
  const [a, b] = node.inputs;
  if (a === undefined) return undefined;
  const first = expression(tape, a);
  if (first === undefined || first.length > LONGEST) return undefined;
  if (silent.has(node.op.name)) return first;
  const mark = postfix(node, a);
  if (mark !== undefined) return /^[^\s·]+$/.test(first) ? first + mark : undefined;
  const sign = infix[node.op.name];
  const second = sign === undefined || b === undefined ? undefined : expression(tape, b);
  if (second === undefined) return undefined;
  return sign === " + " ? first + sign + second : factor(first) + (sign ?? "") + factor(second);
}

/** The transpose of a matrix, or the part of it that is read. */
function postfix(node: TapeNode, x: Tensor): string | undefined {
  if (isNode(permuteOp, node)) return x.rank === 2 ? "ᵀ" : undefined;
  if (!isNode(sliceOp, node)) return undefined;
  const { start, size, step } = node.attrs;
  const ranges = x.shape.map((n, axis) => {
    const [from = 0, count = 0, by = 1] = [start[axis], size[axis], step[axis]];
    if (by !== 1) return undefined;
    return count === n ? ":" : `${from}:${from + count}`;
  });
  if (ranges.includes(undefined)) return undefined;
  while (ranges.at(-1) === ":") ranges.pop();
  return `[${ranges.join(", ")}]`;
}

function factor(name: string): string {
  return name.includes(" ") ? `(${name})` : name;
}
