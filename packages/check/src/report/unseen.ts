import type { Comparison } from "../report.js";

/** An input whose gradient is so small that the check could not tell it from zero. */
export interface UnseenInput {
  /** The input, such as `params.wx`. */
  readonly path: string;
  /** The largest entry of its gradient, by the sweep or, where it could be measured, by differences. */
  readonly largest: number;
  /** Entries below this pass, whatever they are. */
  readonly visible: number;
  /** Whether the result does not depend on it at all at this point: nothing was found, and the sweep says 0. */
  readonly isZero: boolean;
}

/** The sweeps by which an input's own gradient is checked. */
const FIRST_ORDER = new Set(["reverse", "forward"]);

/** Inputs of which a gradient of zero would have passed in all comparisons by entry. */
export function unseenInputs(comparisons: readonly Comparison[]): UnseenInput[] {
  const byPath = new Map<string, Comparison[]>();
  for (const each of comparisons) {
    if (each.isDirection || each.output !== undefined || !FIRST_ORDER.has(each.sweep)) continue;
    byPath.set(each.path, [...(byPath.get(each.path) ?? []), each]);
  }
  return [...byPath].flatMap(([path, entries]) => {
    const isUnseen = entries.every((c) => c.verdict === "pass" && measured(c) <= c.tolerance);
    if (!isUnseen) return [];
    const known = entries.map((c) => Math.max(Math.abs(c.analytic), measured(c) > c.bound ? measured(c) : 0));
    const largest = known.reduce((a, b) => Math.max(a, b), 0);
    const visible = entries.reduce((least, { tolerance }) => Math.min(least, tolerance), Infinity);
    return [{ path, largest, visible, isZero: largest === 0 }];
  });
}

function measured({ numeric, sides = [numeric, numeric] }: Comparison): number {
  return Math.max(...sides.map(Math.abs));
}

/** Inputs that are listed by name. */
const LISTED = 6;

/** What a report says of them, a line for each kind. */
export function describeUnseen(inputs: readonly UnseenInput[]): string[] {
  const zero = inputs.filter(({ isZero }) => isZero).map(({ path }) => path);
  const small = inputs.filter(({ isZero }) => !isZero);
  const names = small.map(({ path, largest }) => `${path} (at most ${largest.toExponential(0)})`);
  const visible = small.reduce((least, each) => Math.min(least, each.visible), Infinity);
  return [
    ...(zero.length === 0
      ? []
      : [
          `the result does not depend on ${listed(zero)} here, by sweep and by differences: dead or saturated?`,
        ]),
    ...(small.length === 0
      ? []
      : [
          `the gradient of ${listed(names)} is below what this tolerance can see (${visible.toExponential(0)}), ` +
            "and would pass if it were wrong; another point, a smaller atol or a higher precision would show it",
        ]),
  ];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(", ");
  return names.length > LISTED ? `${shown} and ${names.length - LISTED} more` : shown;
}
