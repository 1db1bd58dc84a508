import type { TapeNode, Tensor } from "@tapeloop/core";
import { numberText } from "../../graph/constant.js";
import { isInfix, operationText } from "../../graph/notation.js";
import { shorten } from "../../graph/text.js";

/** How deep operands without a name are written out. */
const DEPTH = 3;
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
  const isTemplate = templates.has(node.op.name);
  const isOperator = isTemplate || isInfix(node);
  const operands = node.inputs.map((t) => operandText(t, producers, depth, isOperator));
  if (!isTemplate) return operationText(node, operands, LONGEST);
  return operationText(node, [undefined], LONGEST).replace("x", () => operands[0] ?? "");
}

function operandText(
  t: Tensor,
  producers: ReadonlyMap<Tensor, TapeNode>,
  depth: number,
  ofOperator: boolean,
): string {
  if (t.label !== undefined && t.label !== "") return shorten(t.label, 32);
  const producer = producers.get(t);
  if (producer === undefined) return numberText(t) ?? "·";
  if (depth === 0) return "·";
  const text = rightSide(producer, producers, depth - 1);
  // A function call needs no brackets around it, and neither does what is one word.
  return !ofOperator || /^[^\s()]*(\([^()]*\))?$/.test(text) ? text : `(${text})`;
}
