import { ArgumentError, isTensor } from "@tapeloop/core";
import type { DDKernels } from "./dd/kernels.js";
import { checkBoolean, checkCallback, checkCount, checkOneOf, checkSeed, kindOf, shown } from "./expect.js";
import { nearestName } from "./spelling.js";

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
   * what a gradient that is cut after 40 time steps lacks. It takes about as long as float64 for cells of a few units, and
   * two to three times as long for 32 or 100. What JavaScript computes outside of tensor operations is not seen.
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

/** The names of an options type, all of them. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>;

/** The options of `gradgradcheck`, whose order is fixed. */
export const gradgradcheckNames = {
  rtol: true,
  atol: true,
  mode: true,
  maxEntries: true,
  maxEvaluations: true,
  probes: true,
  seed: true,
  promote: true,
  domain: true,
  precision: true,
  kernels: true,
  onProgress: true,
} as const satisfies OptionNames<Omit<GradcheckOptions, "order">>;

/** The options of `gradcheck`. */
export const gradcheckNames = {
  ...gradgradcheckNames,
  order: true,
} as const satisfies OptionNames<GradcheckOptions>;

/**
 * Throws ArgumentError for options that are no object, or that the check does not have: a misspelt one would be ignored
 * without a word.
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options,
  names: OptionNames<NoInfer<Options>>,
): void {
  const given: unknown = options;
  const known = Object.keys(names);
  if (typeof given !== "object" || given === null || Array.isArray(given) || isTensor(given)) {
    throw new ArgumentError(
      `${where}: got ${kindOf(given)} as the options, expected an object of ${known.join(", ")}`,
    );
  }
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  const meant = nearestName(stranger, known);
  const help = meant === undefined ? `expected one of ${known.join(", ")}` : `did you mean '${meant}'?`;
  throw new ArgumentError(`${where}: unknown option '${stranger}'; ${help}`);
}

/** Defaults in which checks differ. */
type Defaults = Pick<ResolvedOptions, "rtol" | "probes">;

/**
 * Fills in the defaults; an option that is undefined is one that was not given. Throws ArgumentError for settings with
 * which no check could pass, or every one would.
 *
 * @param where the check that was asked for
 * @param own its defaults, where they are not those of `gradcheck`
 */
export function resolveOptions(
  where: string,
  options: GradcheckOptions,
  own: Partial<Defaults> = {},
): ResolvedOptions {
  const isDD = options.precision === "dd";
  const {
    rtol = own.rtol ?? (isDD ? 1e-14 : 1e-7),
    atol = isDD ? 1e-15 : 1e-9,
    order = 1,
    mode = "both",
    maxEntries = Infinity,
    maxEvaluations = isDD ? 1600 : 5000,
    probes = own.probes ?? 2,
    seed = 0,
    promote = false,
    precision = "float64",
    kernels = {},
    domain,
    onProgress = () => undefined,
  } = options;
  const [tolerances, counts] = [
    { rtol, atol },
    { maxEntries, maxEvaluations, probes },
  ];
  for (const [name, value] of Object.entries(tolerances)) {
    if (typeof value !== "number" || !(value >= 0 && value < 1))
      throw new ArgumentError(`${where}: got ${name} ${shown(value)}, expected a number from 0 up to 1`);
  }
  for (const [name, value] of Object.entries(counts)) if (value !== Infinity) checkCount(where, name, value);
  checkOneOf(where, "mode", mode, ["reverse", "forward", "both"]);
  checkOneOf(where, "precision", precision, ["float64", "dd"]);
  checkOneOf(where, "order", order, [1, 2]);
  checkSeed(where, seed);
  checkBoolean(where, "promote", promote);
  checkCallback(where, "onProgress", onProgress);
  checkKernels(where, kernels);
  if (domain !== undefined) checkDomain(where, domain);
  return {
    ...{ rtol, atol, order, mode, maxEntries, maxEvaluations, probes, seed, promote, precision, kernels },
    ...{ domain, onProgress },
  };
}

function checkKernels(where: string, kernels: unknown): void {
  if (typeof kernels !== "object" || kernels === null || Array.isArray(kernels))
    throw new ArgumentError(`${where}: got kernels ${shown(kernels)}, expected functions by operation name`);
  for (const [name, kernel] of Object.entries(kernels)) checkCallback(where, `kernels.${name}`, kernel);
}

function checkDomain(where: string, domain: unknown): void {
  const isRange = (v: unknown): boolean =>
    Array.isArray(v) && v.length === 2 && v.every((end) => typeof end === "number");
  if (isRange(domain)) return;
  const isRecord = typeof domain === "object" && domain !== null && !Array.isArray(domain);
  if (!isRecord)
    throw new ArgumentError(
      `${where}: got domain ${shown(domain)}, expected [low, high] or such ranges by path`,
    );
  for (const [path, range] of Object.entries(domain)) {
    if (!isRange(range))
      throw new ArgumentError(`${where}: got domain ${shown(range)} of ${path}, expected [low, high]`);
  }
}
