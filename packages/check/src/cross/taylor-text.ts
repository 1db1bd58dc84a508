import type { TaylorLine } from "./taylor-judge.js";
import type { TaylorReport } from "./taylor.js";

type Sum = Omit<TaylorReport, "toString" | "toSvg">;

const TITLES = { pass: "passed", fail: "failed", inconclusive: "is inconclusive" } as const;

/** The verdict and the table of h, remainders and rates. */
export function formatTaylor({ verdict, reason, sees, rtol, lines, seed }: Sum, worst?: TaylorLine): string {
  const title = `taylor test ${TITLES[verdict]}: ${reason}`;
  if (worst === undefined) return title;
  const { steps, slope, noise } = worst;
  const table = steps.map((s, k) => {
    const before = steps[k - 1];
    return row([
      s.h.toExponential(2),
      short(s.without),
      rate(before?.without, s.without, noise),
      short(s.with),
      rate(before?.with, s.with, noise),
    ]);
  });
  const blind = sees > rtol ? `, more than the ${rtol.toExponential(1)} asked for` : "";
  return [
    title,
    `  ⟨∇f, v⟩ = ${slope}, rounding ${noise.toExponential(1)}, direction ${lines.indexOf(worst) + 1} of ${lines.length}, seed ${seed}`,
    `  relative errors of ⟨∇f, v⟩ from ${sees.toExponential(1)} on are seen${blind}`,
    row(["h", "|f(x+hv)−f(x)|", "rate", "|… − h⟨∇f,v⟩|", "rate"]),
    ...table,
  ].join("\n");
}

function row(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => cell.padStart([9, 15, 6, 15, 6][i] ?? 0)).join("")}`;
}

function short(value: number): string {
  return Number.isFinite(value) ? value.toExponential(3) : String(value);
}

/** From a step to its half; a dot where rounding decides. */
function rate(before: number | undefined, now: number, noise: number): string {
  if (before === undefined) return "";
  return now > 4 * noise && before > 4 * noise ? Math.log2(before / now).toFixed(2) : "·";
}
