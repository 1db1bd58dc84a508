import { checkCell, type CheckCellReport, type Verdict } from "@tapeloop/check";
import type { Tape } from "@tapeloop/core";
import { checkOverlay, type CheckedGradients, type Overlay } from "@tapeloop/dot";
import type { Cell, CellSizes } from "@tapeloop/nn";
import { CHECK } from "./check-defaults.js";

type Found = CheckedGradients["all"][number];

/**
 * What `tapeloop check` finds, on the parameters, the state and the data of a tape of (params, data) or
 * (params, state, data).
 *
 * @throws what the cell throws
 */
export function foundOverlay(cell: Cell, tape: Tape, sizes: CellSizes): Overlay {
  const report = checkCell(cell, {
    ...CHECK,
    sizes,
    onPart: ({ cause }) => {
      // A cell that does not run is no cell with a wrong gradient.
      if (cause !== undefined) throw cause;
    },
  });
  const found = foundOf(report);
  const data = Math.max(...[...tape.origins.values()].map(({ argument }) => argument));
  const all = [...tape.origins.values()].flatMap(({ argument, path }) => {
    const rest = path === "" || path.startsWith("[") ? path : `.${path}`;
    const name = argument === 0 ? `params${rest}` : argument === data ? "xs" : `state${rest}`;
    return (found.get(name) ?? []).map((one) => ({ ...one, path: `inputs[${argument}]${rest}` }));
  });
  const overlay = checkOverlay(tape, { verdict: report.verdict, all });
  return { ...overlay, legend: [...overlay.legend, ...otherFailures(report)] };
}

/** What was found out about the first derivatives, by the name of the variable: `params.wf`. */
function foundOf({ parts, timeline }: CheckCellReport): ReadonlyMap<string, readonly Found[]> {
  const found = new Map<string, Found[]>();
  for (const { kind, gradcheck } of parts) {
    if (kind !== "gradient") continue;
    for (const one of gradcheck?.all ?? []) {
      const name = one.path.replace(/^inputs\[0\]\.?/, "");
      found.set(name, [...(found.get(name) ?? []), one]);
    }
  }
  // What is wrong at a single time step can be too small to be seen in the sum over all of them.
  for (const { path, relative, verdicts } of timeline?.rows ?? []) {
    const known = found.get(path) ?? [];
    const verdict = worst(verdicts);
    if (worst(known.map((one) => one.verdict)) !== "pass" || verdict === "pass") continue;
    const error = Math.max(...relative.filter((_, t) => verdicts[t] === verdict));
    found.set(path, [...known, { path, index: [], error, tolerance: 0, verdict }]);
  }
  return found;
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("fail")) return "fail";
  return verdicts.includes("inconclusive") ? "inconclusive" : "pass";
}

/** What did not pass and is no gradient of a variable. */
function otherFailures({ parts }: CheckCellReport): string[] {
  const others = parts.filter(
    ({ kind, verdict }) => kind !== "gradient" && kind !== "time steps" && verdict !== "pass",
  );
  const texts = others.map(({ name, verdict }) => `${name}: ${verdict}`);
  return texts.length === 0 ? [] : [texts.join("; ")];
}
