import { ArgumentError } from "@tapeloop/core";
import type { DDKernels } from "./dd/kernels.js";

/** Which sweep is checked. */
export type GradcheckMode = "reverse" | "forward" | "both";

/**
 * The values that inputs may take: [low, high] for all of them, or for some by their path, such as
 * `{ "inputs[0].rate": [0, 1] }`. Ends belong to it, and may be infinite.
 */
export type Domain =
  readonly [low: number, high: number] | Readonly<Record<string, readonly [low: number, high: number]>>;

/** How far a check has come. */
export interface GradcheckProgress {
  /** `probes`: directions through all entries; `entries`: one by one; `search`: bisection for a wrong entry. */
  readonly phase: "probes" | "entries" | "search";
  readonly done: number;
  readonly total: number;
}

/** Settings of `gradcheck`. */
export interface GradcheckOptions {
  /** Relative tolerance, of the entry itself; 1e-7 by default (1e-14 with `precision: "dd"`). */
  readonly rtol?: number;
  /** Tolerance as a part of the largest entry of the whole gradient; 1e-9 by default (1e-15 with `"dd"`). */
  readonly atol?: number;
  /** 2 also checks the gradient of the gradient, reverse over reverse and forward over reverse; 1 by default. */
  readonly order?: 1 | 2;
  /** The sweep to check, by default both. */
  readonly mode?: GradcheckMode;
  /** At most so many entries are checked one by one, chosen at random; by default as `maxEvaluations` allows. */
  readonly maxEntries?: number;
  /**
   * About so many calls of the function are spent on finite differences, for each order; 5000 by default. What is
   * left after probing all entries at once is spent on entries, of which each takes about a dozen.
   */
  readonly maxEvaluations?: number;
  /** Cotangents by which a result with several elements is probed; 2 by default. A scalar result needs only one. */
  readonly probes?: number;
  /** Seed of the directions, the cotangents and the choice of entries; 0 by default. Reports name it. */
  readonly seed?: number;
  /** Converts float32 inputs to float64 instead of refusing them. */
  readonly promote?: boolean;
  /** Where the function may be evaluated; everywhere by default. No point outside is ever tried. */
  readonly domain?: Domain;
  /**
   * The arithmetic of the check, `"float64"` by default. With `"dd"` the tape of the function is differentiated in
   * double-double arithmetic (32 digits), and compared with the replayed tape of the sweep, to errors of 1e-14: it finds
   * what a gradient that is cut after 40 time steps lacks. It is slow, some twenty times slower than float64, and
   * what JavaScript computes outside of tensor operations is not seen.
   */
  readonly precision?: "float64" | "dd";
  /** For `precision: "dd"`, kernels of your own operations in double-double, by name. */
  readonly kernels?: DDKernels;
  /** Called now and then, and at the end of each phase. */
  readonly onProgress?: (progress: GradcheckProgress) => void;
}

/** The settings with all defaults filled in. */
export interface ResolvedOptions extends Required<Omit<GradcheckOptions, "domain" | "onProgress">> {
  readonly domain: Domain | undefined;
  readonly onProgress: (progress: GradcheckProgress) => void;
}

/** Fills in the defaults. Throws ArgumentError for settings with which no check could pass, or every one would. */
export function resolveOptions(options: GradcheckOptions): ResolvedOptions {
  const isDD = options.precision === "dd";
  const resolved = {
    rtol: isDD ? 1e-14 : 1e-7,
    atol: isDD ? 1e-15 : 1e-9,
    order: 1,
    mode: "both",
    maxEntries: Infinity,
    maxEvaluations: isDD ? 1600 : 5000,
    probes: 2,
    seed: 0,
    promote: false,
    precision: "float64",
    kernels: {},
    domain: undefined,
    onProgress: () => undefined,
    // An option that is undefined is one that was not given.
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as const;
  for (const name of ["rtol", "atol"] as const) {
    const value = resolved[name];
    if (!(value >= 0 && value < 1))
      throw new ArgumentError(`gradcheck: got ${name} ${value}, expected a number from 0 up to 1`);
  }
  for (const name of ["maxEntries", "maxEvaluations", "probes"] as const) {
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
  if (!["float64", "dd"].includes(resolved.precision)) {
    throw new ArgumentError(`gradcheck: got precision "${resolved.precision}", expected "float64" or "dd"`);
  }
  if (![1, 2].includes(resolved.order))
    throw new ArgumentError(`gradcheck: got order ${resolved.order}, expected 1 or 2`);
  return resolved;
}
