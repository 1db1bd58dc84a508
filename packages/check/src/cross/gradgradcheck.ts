import { checkInputs } from "../expect.js";
import { gradcheckAs } from "../gradcheck.js";
import type { AnyInputs, InputsFor } from "../inputs.js";
import { checkOptions, gradgradcheckNames, type GradcheckOptions } from "../options.js";
import { createRandom, randomWeights } from "../random.js";
import type { GradcheckReport } from "../report.js";
import type { Subject } from "../subject.js";
import type { Verdict } from "../verdict.js";
import { startCheck } from "./start.js";
import { directionThrough, inner, innerSize, length, type Vectors } from "./vectors.js";

/** Settings of {@link gradgradcheck}: those of `gradcheck`, whose order is 2 here. */
export type GradgradcheckOptions = Omit<GradcheckOptions, "order">;

/** ⟨u, Hv⟩ in the two ways that must agree, H being the Hessian of the weighted result. */
export interface HessianProduct {
  readonly forward: number;
  readonly reverse: number;
  /** |forward − reverse| as a part of the sizes of their terms. */
  readonly error: number;
}

/** What {@link gradgradcheck} found. */
export interface GradgradcheckReport {
  readonly pass: boolean;
  readonly verdict: Verdict;
  /** First and second derivatives beside finite differences. */
  readonly gradcheck: GradcheckReport;
  /** ⟨u, Hv⟩ beside ⟨v, Hu⟩, both forward over reverse. Empty if forward mode was not asked for. */
  readonly symmetry: readonly HessianProduct[];
  /** ⟨u, Hv⟩ forward over reverse beside ⟨Hᵀu, v⟩ reverse over reverse. Empty unless mode is "both". */
  readonly sweeps: readonly HessianProduct[];
  /** The largest error of symmetry and sweeps that passes. */
  readonly rtol: number;
  toString(): string;
}

/** Room for rounding in two sweeps over one tape, relative to the sizes of the terms. */
const ROUNDING = 1e-11;
const PROBES = 3;

/**
 * Checks second derivatives: `gradcheck` of order 2 (PyTorch's `gradgradcheck`), the symmetry of the Hessian
 * ⟨u, Hv⟩ = ⟨v, Hu⟩, and forward over reverse against reverse over reverse. The last two need no finite differences,
 * so they are sharp to rounding. A gradient whose Hessian is not symmetric is the gradient of no function.
 *
 * @throws as `gradcheck`, and ArgumentError for inputs without float64 tensors or with numbers that are not finite
 */
export function gradgradcheck<Args extends readonly unknown[], Given extends AnyInputs = AnyInputs>(
  fn: (...args: Args) => unknown,
  inputs: InputsFor<NoInfer<Args>, Given>,
  options: GradgradcheckOptions = {},
): GradgradcheckReport {
  const where = "gradgradcheck";
  checkOptions(where, options, gradgradcheckNames);
  checkInputs<Args>(where, inputs);
  const subject = startCheck(where, fn, inputs, options);
  const check = gradcheckAs(where, fn, inputs, { ...options, order: 2 });
  const { mode = "both", seed = 0 } = options;
  const products =
    mode === "reverse" || check.problems.length > 0 ? undefined : hessianProducts(subject, mode, seed);
  const { symmetry = [], sweeps = [] } = products ?? {};
  const agree = [...symmetry, ...sweeps].every(({ error }) => error <= ROUNDING);
  const verdict = agree ? check.verdict : "fail";
  const report = { pass: verdict === "pass", verdict, gradcheck: check, symmetry, sweeps, rtol: ROUNDING };
  return { ...report, toString: () => format(report) };
}

/** As {@link gradgradcheck}, from a subject: products with the Hessian of the result weighted by random cotangents. */
function hessianProducts(
  subject: Subject,
  mode: "forward" | "both",
  seed: number,
): Pick<GradgradcheckReport, "symmetry" | "sweeps"> {
  const given = subject.variables.map(({ tensor }) => tensor);
  const { length: size } = subject.evaluate(given);
  const sizes = given.map((t) => t.size);
  if (size === 0 || sizes.every((n) => n === 0)) return { symmetry: [], sweeps: [] };
  const random = createRandom(seed);
  const weights = size === 1 ? Float64Array.of(1) : randomWeights(random, size);
  const second = subject.gradient(weights);
  const held = second.variables.slice(given.length).map(({ tensor }) => new Float64Array(tensor.size));
  // A Hessian of zero may come out as the rounding of the gradient.
  const slack =
    Number.EPSILON *
    subject
      .reverse()(weights)
      .reduce((max, g) => Math.max(max, length([g])), 0);
  /** H·v, forward over reverse, with the cotangent held. */
  const times = (v: Vectors): Float64Array[] => cut(second.forward([...v, ...held]), sizes);
  const pull = mode === "both" ? second.reverse() : undefined;
  const symmetry: HessianProduct[] = [];
  const sweeps: HessianProduct[] = [];
  for (let k = 0; k < PROBES; k++) {
    const [u, v] = [directionThrough(random, sizes), directionThrough(random, sizes)];
    const [hu, hv] = [times(u), times(v)];
    symmetry.push(productOf([u, hv], [v, hu], slack));
    if (pull === undefined) continue;
    const transposed = pull(joined(u)).slice(0, given.length);
    sweeps.push(productOf([u, hv], [v, transposed], slack));
  }
  return { symmetry, sweeps };
}

function productOf(
  [u, hv]: readonly [Vectors, Vectors],
  [v, hu]: readonly [Vectors, Vectors],
  slack: number,
): HessianProduct {
  const [forward, reverse] = [inner(u, hv), inner(v, hu)];
  const apart = Math.abs(forward - reverse);
  // Terms may cancel: their own size is what rounding is relative to.
  const size = Math.max(innerSize(u, hv), innerSize(v, hu));
  return { forward, reverse, error: apart <= slack ? 0 : apart / size };
}

function joined(parts: Vectors): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

function cut(values: Float64Array, sizes: readonly number[]): Float64Array[] {
  let end = 0;
  return sizes.map((size) => values.slice(end, (end += size)));
}

const TITLES = { pass: "passed", fail: "failed", inconclusive: "is inconclusive" } as const;

function format({
  verdict,
  gradcheck: check,
  symmetry,
  sweeps,
  rtol,
}: Omit<GradgradcheckReport, "toString">): string {
  const line = (products: readonly HessianProduct[], agree: string, differ: string): string[] => {
    if (products.length === 0) return [];
    const [worst] = [...products].sort((a, b) => (b.error > a.error || Number.isNaN(b.error) ? 1 : -1));
    const { forward, reverse, error } = worst ?? { forward: NaN, reverse: NaN, error: NaN };
    if (error <= rtol) return [`  ${agree}: relative difference ${error.toExponential(1)}`];
    return [`  ${differ}: ${forward} and ${reverse}, relative difference ${error.toExponential(1)}`];
  };
  return [
    `gradgradcheck ${TITLES[verdict]}`,
    ...line(
      symmetry,
      "the Hessian is symmetric",
      "the Hessian is NOT symmetric, so the gradient is that of no function (a reverse rule is wrong)",
    ),
    ...line(
      sweeps,
      "forward over reverse and reverse over reverse agree",
      "forward over reverse and reverse over reverse DIFFER (a forward and a reverse rule do not fit together)",
    ),
    check.toString().replace(/^/gm, "  "),
  ].join("\n");
}
