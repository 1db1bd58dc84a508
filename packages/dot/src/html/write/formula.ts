import type { TapeNode, Tensor } from "@tapeloop/core";
import { numberText } from "../../graph/constant.js";
import { operationText } from "../../graph/notation.js";
import { shorten } from "../../graph/text.js";

/** How deep operands without a name are written out. */
const DEPTH = 2;
/** Longest formula, in characters. */
const LONGEST = 96;

/** Where the operand stands in the symbol of an operation that is not written as a function. */
const templates = new Set(["neg", "reciprocal", "square", "abs"]);

/**
 * A node's formula, such as `h = o ⊙ tanh(c)`: operands by their names; those without one written out to some depth.
 */
export function formulaOf(node: TapeNode, producers: ReadonlyMap<Tensor, TapeNode>): string {
  const right = rightSide(node, producers, DEPTH);
  const label = node.outputs.length === 1 ? node.outputs[0]?.label : undefined;
  return shorten(label === undefined ? right : `${shorten(label, 32)} = ${right}`, LONGEST);
}

function rightSide(node: TapeNode, producers: ReadonlyMap<Tensor, TapeNode>, depth: number): string {
  const operands = node.inputs.map((t) => operandText(t, producers, depth));
  const [only = ""] = operands;
  if (templates.has(node.op.name)) return operationText(node, [undefined], LONGEST).replace("x", () => only);
  return operationText(node, operands, LONGEST);
}

function operandText(t: Tensor, producers: ReadonlyMap<Tensor, TapeNode>, depth: number): string {
  if (t.label !== undefined && t.label !== "") return shorten(t.label, 32);
  const producer = producers.get(t);
  if (producer === undefined) return numberText(t) ?? "·";
  if (depth === 0) return "·";
  const text = rightSide(producer, producers, depth - 1);
  // A function call needs no brackets around it, and neither does what is one word.
  return /^[^\s()]*(\([^()]*\))?$/.test(text) ? text : `(${text})`;
}
