import { concat, relu, scan, square, sum, sub, treeLeaves, type Tensor, type Tree } from "@tapeloop/core";
import { gradcheck } from "@tapeloop/check";
import { cellCase, type CellCase } from "@tapeloop/check/arbitraries";
import { gru, lstm, rnnCell, type Cell } from "@tapeloop/nn";
import fc from "fast-check";
import type { Tally } from "./relu-rnn.js";

/** One random case of a cell, as a check of it. */
type Check = (seed: number) => ReturnType<typeof gradcheck>;

/**
 * Checks random cells over random sequences at the default settings: sizes, parameters, states and data differ from
 * run to run, and all gradients are right.
 */
export function checkCells(runs: number, firstSeed = 0): Tally {
  const checks = [checkOf(rnnCell()), checkOf(rnnCell({ activation: relu })), checkOf(lstm), checkOf(gru)];
  const failures: string[] = [];
  let inconclusive = 0;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const report = checks[seed % checks.length]?.(seed);
    if (report?.verdict === "fail") failures.push(`seed ${seed}: ${report.toString()}`);
    if (report?.verdict === "inconclusive") inconclusive++;
  }
  return { runs, inconclusive, failures };
}

function checkOf<P extends Tree, S extends Tree>(cell: Cell<P, S>): Check {
  const cases = cellCase<P, S>(cell, { maxTime: 12 });
  return (seed) => {
    const [point] = fc.sample(cases, { numRuns: 1, seed });
    if (point === undefined) throw new Error("fast-check drew nothing");
    const { params, state, xs }: CellCase<P, S> = point;
    const loss = (p: P, s: S, x: Tensor): Tensor => {
      const step = (carried: S, xt: Tensor) => {
        const { state: next, output } = cell.step(p, carried, xt);
        return [next, output] as const;
      };
      const [last, outputs] = scan(step, s, x);
      const states = treeLeaves(last, "state").map(({ tensor }) => tensor);
      return sum(square(sub(concat(states), 0.3))).add(sum(square(outputs)));
    };
    return gradcheck(loss, [params, state, xs], { seed, maxEntries: 8 });
  };
}
