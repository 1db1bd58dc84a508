import type { TapeloopError } from "@tapeloop/core";
import type { AdjointReport } from "../adjoint.js";
import type { BatchIndependenceReport } from "../cross/batch-independence.js";
import type { GradgradcheckReport } from "../cross/gradgradcheck.js";
import type { GradcheckReport } from "../report.js";
import type { Verdict } from "../verdict.js";
import type { Agreement } from "./agreement.js";
import type { Timeline } from "./timeline.js";

/** What is checked, in the order in which to look at it: what a failure of a later kind may follow from comes first. */
export const partKinds = [
  "state",
  "repeat",
  "gradient",
  "second order",
  "scan and loop",
  "adjoint",
  "batch",
  "time steps",
] as const;

/** One of the things that were checked. */
export interface CellPart {
  /** Such as `gradient, steps 5, batch 3`. */
  readonly name: string;
  readonly kind: (typeof partKinds)[number];
  readonly verdict: Verdict;
  /** The largest relative error, where there is one. */
  readonly error: number | undefined;
  /** What was found, in a line or more. */
  readonly text: string;
  /** Of gradient checks. */
  readonly gradcheck?: GradcheckReport;
  readonly steps?: number;
  readonly batch?: number;
  /** What the cell threw, if its step does not run. */
  readonly cause?: TapeloopError;
}

/** Of the parts with the verdict of the whole, if that is no pass: the worst of each kind, what to look at first first. */
export function worstParts(parts: readonly CellPart[], verdict: Verdict): readonly CellPart[] {
  if (verdict === "pass") return [];
  // An error that is not a number is the worst.
  const size = ({ error = 0 }: CellPart): number => (Number.isNaN(error) ? Infinity : error);
  return partKinds.flatMap((kind) =>
    parts
      .filter((part) => part.kind === kind && part.verdict === verdict)
      .sort((a, b) => size(b) - size(a))
      .slice(0, 1),
  );
}

/** A check of first derivatives, or of second ones. */
export function gradientPart(
  report: GradcheckReport | GradgradcheckReport,
  steps: number,
  batch: number,
): CellPart {
  const isSecond = "gradcheck" in report;
  const gradcheck = isSecond ? report.gradcheck : report;
  const { worst } = gradcheck;
  const size = worst === undefined ? 0 : Math.max(Math.abs(worst.analytic), Math.abs(worst.numeric));
  const error = worst === undefined ? undefined : worst.error === 0 ? 0 : worst.error / size;
  return {
    name: `${isSecond ? "second order" : "gradient"}, steps ${steps}, batch ${batch}`,
    kind: isSecond ? "second order" : "gradient",
    verdict: report.verdict,
    text: report.toString(),
    ...{ error, gradcheck, steps, batch },
  };
}

export function agreementPart({ pass, error, path }: Agreement): CellPart {
  const text = pass
    ? "a scan and a plain loop agree in outputs and gradients"
    : `a scan and a plain loop differ in ${path}`;
  return { name: "scan and loop", kind: "scan and loop", verdict: pass ? "pass" : "fail", error, text };
}

/**
 * Of several adjoint tests, the worst. Sweeps that differ by more than rounding, though by less than the tolerance of
 * gradients, are not shown to be wrong; they are when finite differences say so.
 *
 * @param rtol tolerance of gradients
 */
export function adjointPart(reports: readonly AdjointReport[], rtol: number): CellPart {
  const worst = reports.reduce((a, b) => (a.pass && !(b.pass && b.error <= a.error) ? b : a));
  const part = { name: "forward and reverse", kind: "adjoint", error: worst.error } as const;
  if (worst.pass) return { ...part, verdict: "pass", text: "the forward and the reverse sweep agree" };
  const isOpen = worst.products.length === 0 || worst.error <= rtol;
  return { ...part, verdict: isOpen ? "inconclusive" : "fail", text: worst.toString() };
}

export function batchPart(report: BatchIndependenceReport, isMixingAllowed: boolean): CellPart {
  const part = { name: "batch independence", kind: "batch", error: undefined } as const;
  const { verdict } = report;
  if (verdict === "pass")
    return { ...part, verdict, text: "each sequence of a batch is independent of the others" };
  if (verdict === "fail" && isMixingAllowed)
    return {
      ...part,
      verdict: "pass",
      text: "note: the sequences of a batch have an influence on one another",
    };
  return { ...part, verdict, text: report.toString() };
}

export function timelinePart({ verdict, hint, rows, steps }: Timeline): CellPart {
  const error = Math.max(0, ...rows.flatMap(({ errors }) => errors));
  const text =
    hint !== ""
      ? hint
      : `gradients of ${rows.length} parameter${rows.length === 1 ? "" : "s"} at each of ${steps} time steps` +
        (verdict === "pass" ? " agree with finite differences" : "");
  return { name: "time steps", kind: "time steps", verdict, error, text, steps };
}
