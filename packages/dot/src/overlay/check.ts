import { isTape, ArgumentError, type Tape, type TensorType } from "@tapeloop/core";
import { amount } from "./number-text.js";
import type { Mark, Overlay } from "./overlay.js";

/** What is needed of a gradient check's report: that of `gradcheck` of \@tapeloop/check, for one. */
export interface CheckedGradients {
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly all: readonly {
    /** The variable, such as `inputs[0].wf`. */
    readonly path: string;
    readonly index: readonly number[];
    readonly error: number;
    readonly tolerance: number;
    readonly verdict: "pass" | "fail" | "inconclusive";
  }[];
}

const signs = { pass: "✓", fail: "✗", inconclusive: "?" } as const;
const tones = { pass: "right", fail: "wrong", inconclusive: "undecided" } as const;
const order = ["fail", "inconclusive", "pass"] as const;

/**
 * What a gradient check of the recorded function found, on each of its parameters and inputs: the verdict, the largest
 * error, and where that is.
 *
 * @throws ArgumentError unless it is given a recorded tape
 */
export function checkOverlay(tape: Tape, report: CheckedGradients): Overlay {
  if (!isTape(tape)) throw new ArgumentError(`checkOverlay: got ${typeof tape}, expected a tape`);
  if (!isReport(report)) {
    throw new ArgumentError(`checkOverlay: got ${typeof report}, expected the report of a gradient check`);
  }
  const marks = new Map<TensorType, Mark>();
  for (const [t, { argument, path }] of tape.origins) {
    const name = `inputs[${argument}]${path === "" || path.startsWith("[") ? path : `.${path}`}`;
    const mark = worstOf(report.all.filter((one) => one.path === name));
    if (mark !== undefined) marks.set(t, mark);
  }
  return {
    legend: [`gradient check: ${report.verdict}; largest error of each parameter`],
    markOf: (value) => marks.get(value),
  };
}

function isReport(value: unknown): boolean {
  return typeof value === "object" && value !== null && "all" in value && Array.isArray(value.all);
}

function worstOf(comparisons: CheckedGradients["all"]): Mark | undefined {
  for (const verdict of order) {
    const [first, ...others] = comparisons.filter((one) => one.verdict === verdict);
    if (first === undefined) continue;
    const worst = others.reduce((a, b) => (b.error > a.error ? b : a), first);
    const place = verdict === "pass" || worst.index.length === 0 ? "" : ` at [${worst.index.join(", ")}]`;
    return { text: `${signs[verdict]} ${amount(worst.error)}${place}`, strength: 1, tone: tones[verdict] };
  }
  return undefined;
}
