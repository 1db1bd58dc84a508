import type { TapeNode } from "@tapeloop/core";
import type { Value } from "../graph/values.js";
import { someLeaf, type Expression } from "./expression.js";
import { isRearranging, type Plan } from "./plan.js";
import { print } from "./print.js";

/** Whether an operation has no node of its own, but is written where it is read. */
export function isWritten(plan: Plan, node: TapeNode, operands: readonly Expression[]): boolean {
  if (plan.inlined.has(node)) return true;
  // Something long is not written several times.
  return isRearranging(node) && (!plan.isShared(node) || operands.every(isShort));
}

/** A value, or some way of seeing it. */
function isShort(expression: Expression): boolean {
  return (
    expression.kind === "value" || (expression.operands.length < 2 && expression.operands.every(isShort))
  );
}

/** A value that is not drawn, but written out where it is read. */
export function expressionValue(expression: Expression): Value {
  const some = someLeaf(expression);
  const number = some === undefined ? print(expression, () => "") : "";
  return {
    name: "",
    expression,
    ...(some === undefined && { number }),
    read: (reader) => some?.value.read(reader) ?? { number },
  };
}
