import { matmulOp } from "../ops/matmul.js";
import { formatWhere } from "../tape/where.js";
import type { Tape, TapeNode } from "../tape/tape.js";
import type { Tensor } from "../tensor/tensor.js";
import { applies } from "./passes/rewrite/draft.js";
import { isScan, partsOf, type ScanTapeNode } from "./passes/rewrite/scans.js";

/** A loop of a program, and which matrix products had to stay in it. */
export interface LoopReport {
  readonly steps: number;
  /** Whether it runs from the last step to the first, as reverse sweeps do. */
  readonly reverse: boolean;
  readonly where: string;
  readonly kept: readonly {
    readonly what: string;
    readonly where: string;
    /** The values of the step before that it is made from: with any of them, no step can start before the last ends. */
    readonly needs: readonly string[];
  }[];
}

/** The loops of an optimized tape, outer before inner ones. */
export function loopReports(tape: Tape): LoopReport[] {
  return tape.nodes.filter(isScan).flatMap((node) => [loopReport(node), ...loopReports(node.attrs.body)]);
}

function loopReport(node: ScanTapeNode): LoopReport {
  const { body, length, reverse } = node.attrs;
  const needs = new Map<Tensor, ReadonlySet<string>>();
  for (const { inner, name } of partsOf(node).carries) needs.set(inner, new Set([name]));
  const kept: LoopReport["kept"][number][] = [];
  for (const each of body.nodes) {
    const all = new Set(each.inputs.flatMap((t) => [...(needs.get(t) ?? [])]));
    for (const t of each.outputs) needs.set(t, all);
    if (applies(matmulOp, each))
      kept.push({ what: product(each), where: formatWhere(each.where), needs: [...all] });
  }
  return { steps: length, reverse, where: formatWhere(node.where), kept };
}

function product({ inputs }: TapeNode): string {
  return inputs.map(({ shape }) => `[${shape.join(", ")}]`).join("·");
}

/** One line for each loop, and one for each product that is in it. */
export function formatLoops(loops: readonly LoopReport[]): string[] {
  return loops.flatMap(({ steps, reverse, where, kept }) => [
    `a loop of ${steps} steps${reverse ? " in reverse" : ""}${where === "" ? "" : ` in ${where}`}` +
      (kept.length === 0 ? ", without products" : ", in which stay"),
    ...kept.map(({ what, where: place, needs }) => {
      const why =
        needs.length === 0
          ? "one step at a time"
          : `needs ${needs.join(", ")} of the step ${reverse ? "after" : "before"}`;
      return `  ${what}${place === "" ? "" : ` in ${place}`}: ${why}`;
    }),
  ]);
}
