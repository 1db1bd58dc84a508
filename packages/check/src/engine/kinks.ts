import { formatWhere } from "@tapeloop/core";
import type { Difference } from "../numeric/branch.js";
import type { NumericDerivative } from "../numeric/stencil.js";
import { unravel } from "../sampling.js";

/** A kink that finite differences met. */
export interface Kink {
  /** The operation that has it; empty when JavaScript itself took another way. */
  readonly op: string;
  /** Scope and time step, as in error messages; empty outside of both. */
  readonly where: string;
  readonly timeStep: number | undefined;
  /** The element of the operation's result. */
  readonly index: readonly number[];
  /** How far away it is at most, in units of the entry (of t along a direction); 0 if the point lies on it. */
  readonly distance: number;
}

export function kinkOf({ obstacle }: NumericDerivative): Kink | undefined {
  if (obstacle === undefined) return undefined;
  const { difference, distance } = obstacle;
  const { choice, element } = difference;
  if (choice === undefined) return { op: "", where: "", timeStep: undefined, index: [], distance };
  return {
    op: choice.op,
    where: formatWhere(choice.where),
    timeStep: choice.where.step,
    index: unravel(element, choice.shape),
    distance,
  };
}

/** `a kink of relu (in lstm/forget, t = 3, element [0, 2])`. */
export function describeDifference({ choice, element }: Difference): string {
  if (choice === undefined) return "a kink, or a point where the program takes another way,";
  const where = formatWhere(choice.where);
  const index = unravel(element, choice.shape);
  const place = [where, index.length === 0 ? "" : `element [${index.join(", ")}]`].filter((s) => s !== "");
  return `a kink of ${choice.op}${place.length === 0 ? "" : ` (${place.join(", ")})`}`;
}
