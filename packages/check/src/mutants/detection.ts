import { TapeloopError } from "@tapeloop/core";
import type { MutantKind } from "./kinds.js";
import type { OmittedMutant } from "./types.js";

/** How a checker judged one mutant. */
export interface Detection {
  /** Number of time steps T. */
  readonly steps: number;
  readonly kind: MutantKind;
  readonly name: string;
  readonly description: string;
  /** The largest error of the mutant's gradient, relative to its largest entry. */
  readonly expectedError: number;
  /** Whether the checker did not pass it. */
  readonly caught: boolean;
}

/** What `assertDetects` found. */
export interface DetectionReport {
  /** Whether the cell itself passed, for every T, and every mutant was caught. */
  readonly pass: boolean;
  readonly cell: string;
  readonly batch: number;
  readonly seed: number;
  /** The numbers of time steps for which the checker does not pass the cell itself, though it is right. */
  readonly falseAlarms: readonly number[];
  readonly detections: readonly Detection[];
  /** The mutants that the checker passed. */
  readonly missed: readonly Detection[];
  /** The mutants that do not apply to the cell, or make no difference there. */
  readonly omitted: readonly (OmittedMutant & { readonly steps: number })[];
  toString(): string;
}

/** What `assertDetects` throws; `report` has the details. */
export class DetectionError extends TapeloopError {
  override name = "DetectionError";

  constructor(readonly report: DetectionReport) {
    super(report.toString());
  }
}

/** Sums up. A report without a single mutant does not pass: nothing was shown. */
export function detectionReport(
  parts: Omit<DetectionReport, "pass" | "missed" | "toString">,
): DetectionReport {
  const { detections, falseAlarms } = parts;
  const missed = detections.filter(({ caught }) => !caught);
  const pass = detections.length > 0 && missed.length === 0 && falseAlarms.length === 0;
  const report = { ...parts, pass, missed };
  return { ...report, toString: () => formatDetections(report) };
}

function formatDetections(report: Omit<DetectionReport, "toString">): string {
  const { cell, batch, seed, falseAlarms, detections, missed, omitted } = report;
  const caught = detections.length - missed.length;
  const lines = [
    `the checker caught ${caught} of ${detections.length} mutants of ${cell} (batch ${batch}, seed ${seed})`,
    ...falseAlarms.map(
      (steps) => `  T = ${steps}: it does not pass the cell itself, whose gradient is right`,
    ),
    ...(detections.length === 0 ? ["  no mutant applies: nothing was shown"] : []),
  ];
  const rows = [
    ...detections.map(({ caught: found, steps, name, expectedError, description }) => ({
      verdict: found ? "caught" : "MISSED",
      steps,
      name,
      error: expectedError.toExponential(1),
      remark: description,
    })),
    ...omitted.map(({ why, steps, name, reason }) => ({
      verdict: why,
      steps,
      name,
      error: "",
      remark: reason,
    })),
  ].sort((a, b) => a.steps - b.steps);
  const heads = { verdict: "", steps: "T", name: "mutant", error: "error", remark: "" };
  const width = (key: "verdict" | "steps" | "name" | "error"): number =>
    Math.max(...[heads, ...rows].map((row) => String(row[key]).length));
  const [w0, w1, w2, w3] = [width("verdict"), width("steps"), width("name"), width("error")];
  for (const { verdict, steps, name, error, remark } of rows.length === 0 ? [] : [heads, ...rows]) {
    const cells = [
      verdict.padEnd(w0),
      String(steps).padStart(w1),
      name.padEnd(w2),
      error.padStart(w3),
      remark,
    ];
    lines.push(`  ${cells.join("  ")}`.trimEnd());
  }
  if (rows.length > 0) lines.push("  error: of the gradient, relative to its largest entry");
  return lines.join("\n");
}
