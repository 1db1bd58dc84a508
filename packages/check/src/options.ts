import { ArgumentError } from "@tapeloop/core";

/** Which sweep is checked. */
export type GradcheckMode = "reverse" | "forward" | "both";

/** Settings of `gradcheck`. */
export interface GradcheckOptions {
  /** Relative tolerance, of the entry itself; 1e-7 by default. */
  readonly rtol?: number;
  /** Tolerance as a part of the largest entry of the whole gradient; 1e-9 by default. */
  readonly atol?: number;
  /** 2 also checks the gradient of the gradient, reverse over reverse and forward over reverse; 1 by default. */
  readonly order?: 1 | 2;
  /** The sweep to check, by default both. */
  readonly mode?: GradcheckMode;
  /** At most so many entries are checked one by one, chosen at random; 1000 by default. */
  readonly maxEntries?: number;
  /** Cotangents by which a result with several elements is probed; 2 by default. A scalar result needs only one. */
  readonly probes?: number;
  /** Seed of the cotangents and of the choice of entries; 0 by default. */
  readonly seed?: number;
  /** Converts float32 inputs to float64 instead of refusing them. */
  readonly promote?: boolean;
}

export type ResolvedOptions = Required<GradcheckOptions>;

/** Fills in the defaults. Throws ArgumentError for settings with which no check could pass, or every one would. */
export function resolveOptions(options: GradcheckOptions): ResolvedOptions {
  const resolved = {
    rtol: 1e-7,
    atol: 1e-9,
    order: 1,
    mode: "both",
    maxEntries: 1000,
    probes: 2,
    seed: 0,
    promote: false,
    ...options,
  } as const;
  for (const name of ["rtol", "atol"] as const) {
    const value = resolved[name];
    if (!(value >= 0 && value < 1))
      throw new ArgumentError(`gradcheck: got ${name} ${value}, expected a number from 0 up to 1`);
  }
  for (const name of ["maxEntries", "probes"] as const) {
    const value = resolved[name];
    if (!(value >= 1) || (value !== Infinity && !Number.isInteger(value))) {
      throw new ArgumentError(`gradcheck: got ${name} ${value}, expected a whole number of 1 or more`);
    }
  }
  if (!["reverse", "forward", "both"].includes(resolved.mode)) {
    throw new ArgumentError(
      `gradcheck: got mode "${resolved.mode}", expected "reverse", "forward" or "both"`,
    );
  }
  if (![1, 2].includes(resolved.order))
    throw new ArgumentError(`gradcheck: got order ${resolved.order}, expected 1 or 2`);
  return resolved;
}
